/** Installs the Debian packages that a stage of the tests needs, when this is a Debian and we are root. */
import { lastLine, runCommand } from './run-command.ts';
import { notReady, readyWith, type Readiness } from './readiness.ts';

/** What each stage needs on a fresh Debian 12. */
export const debianPackages = {
  asterisk: ['debootstrap', 'debian-archive-keyring', 'util-linux'],
  speech: ['espeak-ng'],
  bench: ['tcpdump', 'nftables', 'iproute2', 'util-linux'],
  turn: ['coturn'],
  interop: ['sip-tester', 'nftables', 'iproute2', 'tcpdump'],
  kamailio: ['kamailio', 'kamailio-tls-modules', 'kamailio-websocket-modules'],
  baresip: ['baresip-core'],
  linphone: ['linphone-cli'],
  electronRuntime: [
    'xvfb',
    'xauth',
    'libgtk-3-0',
    'libnss3',
    'libasound2',
    'libgbm1',
    'libxss1',
    'libatk-bridge2.0-0',
    'libdrm2',
    'libcups2',
    'unzip',
    'python3-pip',
  ],
  keychain: ['gnome-keyring', 'dbus-x11', 'libsecret-1-0'],
  chromium: ['chromium'],
} as const satisfies Record<string, readonly string[]>;

const queryTimeoutMs = 10_000;
const updateTimeoutMs = 180_000;
const installTimeoutMs = 600_000;

/** Which of these packages are not installed (all of them when dpkg does not answer). */
async function missingPackages(packages: readonly string[]): Promise<string[]> {
  const query = await runCommand(
    'dpkg-query',
    ['-W', '-f', '${Package}\t${db:Status-Status}\n', ...packages],
    {
      timeoutMs: queryTimeoutMs,
    },
  );
  const installed = new Set(
    query.stdout
      .split('\n')
      .map((line) => line.split('\t'))
      .filter(([, state]) => state === 'installed')
      .map(([name]) => name),
  );
  return packages.filter((name) => !installed.has(name));
}

/** Makes sure the packages are installed. Says in one sentence why not when that cannot be done. */
export async function ensureDebianPackages(packages: readonly string[]): Promise<Readiness> {
  const missing = await missingPackages(packages);
  if (missing.length === 0) return readyWith(undefined);
  const names = missing.join(' ');
  if ((await runCommand('apt-get', ['--version'], { timeoutMs: queryTimeoutMs })).status !== 0) {
    return notReady(`this system has no apt to install ${names}`);
  }
  if (process.getuid?.() !== 0) return notReady(`not root, and these Debian packages are missing: ${names}`);

  const lockWait = ['-o', 'DPkg::Lock::Timeout=120'];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const update = await runCommand('apt-get', [...lockWait, 'update', '-qq'], {
    timeoutMs: updateTimeoutMs,
    env,
  });
  // A source of someone else's that fails does not matter as long as Debian's own lists came.
  const install = await runCommand(
    'apt-get',
    [...lockWait, 'install', '-y', '-qq', '--no-install-recommends', ...missing],
    { timeoutMs: installTimeoutMs, env },
  );
  if (install.status === 0) return readyWith(undefined);
  const cause = lastLine(install.stderr.trim() === '' ? update : install);
  return notReady(`apt-get could not install ${names}: ${cause}`);
}
