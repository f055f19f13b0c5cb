/**
 * `npm start`: gets ready, then shows the phone in Electron, or in a browser where there is no Electron or no display, and says which
 * and why. Plain JavaScript for Node 20 without dependencies.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { productElectronIsInstalled, resolveElectron } from './electron-path.mjs';
import {
  ensureBuilt,
  ensureInstalled,
  isStartedDirectly,
  projectEnvironment,
  projectNode,
  root,
} from './ensure-ready.mjs';

const electronInstallTimeoutMs = 60_000;
/** A download of Electron that failed is tried again after so long. */
const electronRetryMs = 24 * 60 * 60 * 1000;
const failedInstallMark = join(root, '.cache/electron-install-failed');

function say(text) {
  process.stderr.write(`${text}\n`);
}

export function hasDisplay(environment = process.env, platform = process.platform) {
  if (platform === 'darwin' || platform === 'win32') return true;
  return Boolean(environment.DISPLAY) || Boolean(environment.WAYLAND_DISPLAY);
}

function failedLately(version) {
  if (!existsSync(failedInstallMark) || readFileSync(failedInstallMark, 'utf8') !== version) return false;
  return Date.now() - statSync(failedInstallMark).mtimeMs < electronRetryMs;
}

/** Runs Electron's own installer once, within a bounded time. Its failure is no failure of ours. */
function tryToInstallElectron() {
  const folder = join(root, 'node_modules/electron');
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (failedLately(version)) return;
  say(`Getting Electron ${version}, at most ${electronInstallTimeoutMs / 1000} s, this happens once…`);
  const { status, stderr, error } = spawnSync(projectNode(), [join(folder, 'install.js')], {
    cwd: root,
    env: projectEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    timeout: electronInstallTimeoutMs,
    killSignal: 'SIGKILL',
  });
  if (status === 0) return;
  const cause = error?.code === 'ETIMEDOUT' ? 'it took too long' : firstLine(stderr ?? '');
  say(`Electron's download failed (${cause}); going on without it, and not trying again today.`);
  mkdirSync(join(root, '.cache'), { recursive: true });
  writeFileSync(failedInstallMark, version);
}

function firstLine(text) {
  return (
    text
      .split('\n')
      .find((line) => line.trim() !== '')
      ?.trim() ?? 'no reason given'
  );
}

/** What to start. Pure, so that every machine's case can be tested: display or not, which Electron, root or not. */
export function plan({ display, electron, isRoot }) {
  if (display && electron !== undefined) {
    const notes = [];
    if (electron.kind === 'test') {
      notes.push("Starting in the tests' own Electron 22: the product's Electron is not installed.");
    }
    if (isRoot) notes.push('Started as root: Electron runs without its sandbox (--no-sandbox).');
    return { shell: 'electron', target: electron.target, notes, options: isRoot ? ['--no-sandbox'] : [] };
  }
  const note = display
    ? 'No Electron is installed here: the phone opens in your browser.'
    : 'There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set): the phone waits for a browser on this machine.';
  return { shell: 'web', target: 'product', notes: [note], options: [display ? '--open' : '--no-open'] };
}

/** Runs a child as if it were this process: its output, its signals, its exit status. */
function become(command, commandArguments) {
  const child = spawn(command, commandArguments, { cwd: root, env: projectEnvironment(), stdio: 'inherit' });
  // A terminal sends SIGINT to the child as well; this process waits for it to end in order.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('error', (error) => {
    say(`${command} cannot be started: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143);
  });
}

function start(passedOn) {
  ensureInstalled();
  const display = hasDisplay();
  const overridden = Boolean(process.env.ELECTRON_OVERRIDE_DIST_PATH);
  if (display && !overridden && !productElectronIsInstalled()) tryToInstallElectron();
  const electron = display ? resolveElectron() : undefined;
  const chosen = plan({ display, electron, isRoot: process.getuid?.() === 0 });
  ensureBuilt(chosen.target);
  chosen.notes.forEach(say);
  if (chosen.shell === 'electron') {
    const folder = join(root, chosen.target === 'test' ? 'dist-test' : 'dist');
    become(electron.executable, [...chosen.options, folder, ...passedOn]);
  } else {
    become(projectNode(), [join(root, 'dist/web/main.cjs'), ...chosen.options, ...passedOn]);
  }
}

if (isStartedDirectly(import.meta.url)) {
  try {
    start(process.argv.slice(2));
  } catch (error) {
    say(error.message);
    process.exitCode = 1;
  }
}
