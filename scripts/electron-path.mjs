/**
 * Which Electron to start, in this order: the one that ELECTRON_OVERRIDE_DIST_PATH names, the one that `install-electron` put into
 * node_modules, the tests' runtime. Without dependencies: it also runs before `npm ci`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const testRuntime = join(root, '.cache/electron-22/electron');

/** Where an Electron folder keeps its executable (as in electron's own install script). */
const executableNames = { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' };

function installedExecutable(folder) {
  const pathFile = join(root, 'node_modules/electron/path.txt');
  const name = existsSync(pathFile)
    ? readFileSync(pathFile, 'utf8').trim()
    : (executableNames[process.platform] ?? 'electron');
  const executable = join(folder, name);
  return existsSync(executable) ? executable : undefined;
}

/** True when `install-electron` has put the product's own Electron into node_modules. */
export function productElectronIsInstalled() {
  return installedExecutable(join(root, 'node_modules/electron/dist')) !== undefined;
}

/**
 * @returns {{ executable: string, kind: 'override' | 'product' | 'test' } | undefined} undefined when there is none. `test`: the
 *   tests' older runtime, which wants the build in dist-test/.
 */
export function resolveElectron(environment = process.env) {
  const override = environment.ELECTRON_OVERRIDE_DIST_PATH;
  if (override !== undefined && override !== '') {
    const executable = installedExecutable(override);
    if (executable !== undefined) return { executable, kind: 'override' };
  }
  const installed = installedExecutable(join(root, 'node_modules/electron/dist'));
  if (installed !== undefined) return { executable: installed, kind: 'product' };
  return existsSync(testRuntime) ? { executable: testRuntime, kind: 'test' } : undefined;
}
