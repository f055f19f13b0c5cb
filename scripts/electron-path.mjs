/**
 * Which Electron to start, in this order: the one that ELECTRON_OVERRIDE_DIST_PATH names, the one that `install-electron` put into
 * node_modules, the tests' runtime. Without dependencies: it also runs before `npm ci`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const testRuntime = join(root, '.cache/electron-22/electron');

/** Where an Electron folder keeps its executable (as in electron's own install script). */
const executableNames = { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' };

/** The executable in a folder of Electron's, if it is there. */
function executableIn(folder, name = executableNames[process.platform] ?? 'electron') {
  const executable = join(folder, name);
  return existsSync(executable) ? executable : undefined;
}

/** `install-electron` writes path.txt last: without it the folder may be half unpacked. */
function productExecutable() {
  const folder = join(root, 'node_modules/electron');
  const pathFile = join(folder, 'path.txt');
  if (!existsSync(pathFile)) return undefined;
  return executableIn(join(folder, 'dist'), readFileSync(pathFile, 'utf8').trim());
}

/** True when `install-electron` has put the product's own Electron into node_modules. */
export function productElectronIsInstalled() {
  return productExecutable() !== undefined;
}

/** Which build fits an Electron: the lowered one in dist-test/ for the tests' old runtime, wherever it lies. */
function targetFor(executable) {
  const versionFile = join(dirname(executable), 'version');
  const version = existsSync(versionFile) ? readFileSync(versionFile, 'utf8').trim().replace(/^v/, '') : '';
  return version.startsWith('22.') ? 'test' : 'product';
}

/**
 * @returns {{ executable: string, kind: 'override' | 'product' | 'test', target: 'product' | 'test' } | undefined} undefined when there
 *   is none. `target` is the build to start with it.
 */
export function resolveElectron(environment = process.env) {
  const override = environment.ELECTRON_OVERRIDE_DIST_PATH;
  const candidates = [
    { kind: 'override', executable: override ? executableIn(override) : undefined },
    { kind: 'product', executable: productExecutable() },
    { kind: 'test', executable: existsSync(testRuntime) ? testRuntime : undefined },
  ];
  const found = candidates.find(({ executable }) => executable !== undefined);
  return found === undefined ? undefined : { ...found, target: targetFor(found.executable) };
}
