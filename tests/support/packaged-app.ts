/**
 * Packages the app into a folder with electron-builder's own configuration, in a copy of what a release is made of. For the
 * tests' older Electron the lowered build goes in, with the shim in front; Playwright needs the inspector that a release lacks.
 */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { electronAppFolder, electronExecutable } from './electron-executable.ts';
import { projectRoot } from './project-paths.ts';
import { lastLine, runCommand } from './run-command.ts';

const packagingLimitMs = 100_000;

export interface PackagedApp {
  executable: string;
  resourcesFolder: string;
}

/** Packages into `folder`, which must be empty. Rejects with electron-builder's complaint. */
export async function packageApp(folder: string): Promise<PackagedApp> {
  const project = join(folder, 'project');
  const output = join(folder, 'release');
  const electronDist = dirname(electronExecutable());
  const electronVersion = readFileSync(join(electronDist, 'version'), 'utf8').trim().replace(/^v/, '');
  await makeProject(project, electronVersion.startsWith('22.'));

  const result = await runCommand(
    process.execPath,
    [
      ...[join(projectRoot, 'node_modules/electron-builder/cli.js'), '--dir', '--projectDir', project],
      ...[`-c.directories.output=${output}`, `-c.electronDist=${electronDist}`],
      `-c.electronVersion=${electronVersion}`,
    ],
    { timeoutMs: packagingLimitMs, cwd: project },
  );
  if (result.status !== 0) throw new Error(`electron-builder: ${lastLine(result)}\n${result.stdout}`);
  const unpacked = join(output, 'linux-unpacked');
  return { executable: join(unpacked, 'sidetone'), resourcesFolder: join(unpacked, 'resources') };
}

/** A project folder with the release's parts and nothing else. */
async function makeProject(project: string, isOldRuntime: boolean): Promise<void> {
  mkdirSync(project, { recursive: true });
  for (const part of ['build', 'node_modules/@napi-rs']) {
    cpSync(join(projectRoot, part), join(project, part), { recursive: true });
  }
  const configuration = readFileSync(join(projectRoot, 'electron-builder.yml'), 'utf8');
  writeFileSync(join(project, 'electron-builder.yml'), withTestFuses(configuration, isOldRuntime));
  cpSync(electronAppFolder(), join(project, 'dist'), { recursive: true });
  const manifest = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  const { devDependencies: _development, scripts: _scripts, ...shipped } = manifest;
  if (isOldRuntime) {
    shipped['main'] = 'dist/start.cjs';
    writeFileSync(
      join(project, 'dist/start.cjs'),
      "require('./shim.cjs');\nrequire('./electron/main.cjs');\n",
    );
    await build({
      entryPoints: [join(projectRoot, 'tests/support/electron-22-shim.cjs')],
      outfile: join(project, 'dist/shim.cjs'),
      bundle: true,
      platform: 'node',
      target: 'node16',
      external: ['electron'],
      logLevel: 'error',
    });
  }
  writeFileSync(join(project, 'package.json'), JSON.stringify(shipped, null, 2));
}

/** Playwright speaks to the app through the inspector; the older runtime does not have the fuse that came last. */
function withTestFuses(configuration: string, isOldRuntime: boolean): string {
  const open = configuration.replace(
    /(enableNodeCliInspectArguments|enableNodeOptions\w+): false/g,
    '$1: true',
  );
  return isOldRuntime ? open.replace(/^ *grantFileProtocolExtraPrivileges.*\n/m, '') : open;
}
