/**
 * Gets a checkout ready to run: `npm ci` when what is installed differs from package-lock.json, the build when a source is newer.
 * Plain JavaScript for Node 20 without dependencies, because it runs before there are any. Speaks on stderr only.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** What goes into the bundles. */
const sources = [
  'contract',
  'engine',
  'native-wasm',
  'practice-pbx',
  'host',
  'cli',
  'electron',
  'web',
  'renderer',
  'resources',
  'scripts/build.mjs',
  'scripts/old-runtime.mjs',
  'package-lock.json',
  'vite.config.ts',
];
/** Made by the build itself. */
const made = new Set(['generated']);

const outputs = { product: 'dist', test: 'dist-test' };

function say(text) {
  process.stderr.write(`${text}\n`);
}

/** The Node that the project brings along, or this one while it is not installed. */
export function projectNode() {
  const executable = join(root, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node');
  return existsSync(executable) ? executable : process.execPath;
}

/** The environment in which `node` and the project's tools are the project's own. */
export function projectEnvironment() {
  const bin = join(root, 'node_modules/.bin');
  return { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` };
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** True when node_modules holds what package-lock.json asks for. npm writes its own record of that when it is done. */
export function isInstalled(folder = root) {
  const wanted = readJson(join(folder, 'package-lock.json'))?.packages;
  const present = readJson(join(folder, 'node_modules/.package-lock.json'))?.packages;
  if (wanted === undefined || present === undefined) return false;
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    if (path === '') return true;
    const found = present[path];
    // Optional packages of other systems are not installed.
    if (found === undefined) return optional === true;
    return found.version === version && found.integrity === integrity;
  });
}

/** Throws an Error with one sentence when npm fails. */
export function ensureInstalled() {
  if (isInstalled()) return;
  say('Installing the packages (npm ci), this happens once…');
  // Errors only: that some packages want a newer Node than this one is provided for (projectNode).
  const { status, error } = spawnSync('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', process.stderr, process.stderr],
    shell: process.platform === 'win32',
  });
  if (error !== undefined) throw new Error(`npm cannot be started: ${error.message}`);
  if (status !== 0) throw new Error('npm ci failed; what it printed above says why.');
}

/** Time of the newest file under a path, in ms since 1970; 0 when there is none. */
function newest(path) {
  if (!existsSync(path)) return 0;
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(path)
    .filter((name) => !made.has(name))
    .reduce((latest, name) => Math.max(latest, newest(join(path, name))), 0);
}

/** True when the build is there and no source is newer than it. */
export function isBuilt(target = 'product', folder = root) {
  const stamp = join(folder, outputs[target], '.stamp');
  if (!existsSync(stamp)) return false;
  const builtAt = statSync(stamp).mtimeMs;
  return sources.every((source) => newest(join(folder, source)) <= builtAt);
}

/** Builds dist/ (`product`) or dist-test/ (`test`) when it is missing or stale. Throws an Error when the build fails. */
export function ensureBuilt(target = 'product') {
  if (isBuilt(target)) return;
  say(`Building ${outputs[target]}/…`);
  const { status } = spawnSync(projectNode(), [join(root, 'scripts/build.mjs'), `--target=${target}`], {
    cwd: root,
    env: projectEnvironment(),
    stdio: ['ignore', process.stderr, process.stderr],
  });
  if (status !== 0) throw new Error('The build failed; what it printed above says why.');
}

/** Whether a module is the one that Node was started with. */
export function isStartedDirectly(moduleUrl) {
  const started = process.argv[1];
  return started !== undefined && realpathSync(started) === realpathSync(fileURLToPath(moduleUrl));
}

if (isStartedDirectly(import.meta.url)) {
  try {
    ensureInstalled();
    ensureBuilt('product');
  } catch (error) {
    say(error.message);
    process.exitCode = 1;
  }
}
