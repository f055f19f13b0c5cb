/** Which Electron the end-to-end tests start, and which build of the product fits it. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder, projectRoot } from './project-paths.ts';

/** Set by `npm test`; by hand, the tests' runtime is taken from the cache. */
const executableVariable = 'SIDETONE_TEST_ELECTRON';

/** Path of the executable. Throws when there is none (`npm test -- --only e2e-electron` gets one). */
export function electronExecutable(): string {
  const executable = process.env[executableVariable] ?? join(cacheFolder, 'electron-22/electron');
  if (!existsSync(executable)) throw new Error(`no Electron at ${executable}`);
  return executable;
}

/** The app folder to start with it: the product's build, or the lowered one for an older Electron. */
export function electronAppFolder(): string {
  const versionFile = join(dirname(electronExecutable()), 'version');
  const version = existsSync(versionFile) ? readFileSync(versionFile, 'utf8').trim() : '';
  return join(projectRoot, version.startsWith('22.') ? 'dist-test' : 'dist');
}
