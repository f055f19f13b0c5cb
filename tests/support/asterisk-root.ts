/**
 * A root folder with the real Asterisk 22 of Debian, made once by debootstrap and cached. The mirror is whichever one this
 * system's own apt uses for Debian.
 */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { debianPackages, ensureDebianPackages } from './debian-packages.ts';
import { cacheFolder } from './project-paths.ts';
import { notReady, readyWith, type Readiness } from './readiness.ts';
import { lastLine, runCommand } from './run-command.ts';

const suite = 'sid';
const packages = 'asterisk,asterisk-modules,asterisk-core-sounds-en-gsm';
const rootFolder = join(cacheFolder, 'asterisk-root');
/** Inside the root; written last, so that a half-made root is never taken for a whole one. */
const markerName = '.complete';
const bootstrapTimeoutMs = 600_000;

/** Set by a caller that has already found out that there is no Asterisk here, so that no test file tries again. */
const unavailableVariable = 'SIDETONE_TEST_NO_ASTERISK';

/** The mirror and proxy of the machine's apt configuration. */
async function aptMirror(): Promise<{ mirror: string; proxy: string } | undefined> {
  const targets = await runCommand(
    'apt-get',
    ['indextargets', '--format', '$(ORIGIN)\t$(LABEL)\t$(REPO_URI)', 'Created-By: Packages'],
    { timeoutMs: 20_000 },
  );
  const mirror = targets.stdout
    .split('\n')
    .map((line) => line.split('\t'))
    .find(([origin, label]) => origin === 'Debian' && label === 'Debian')?.[2];
  if (mirror === undefined) return undefined;
  const proxy = await runCommand('apt-config', ['dump', '--format', '%v%n', 'Acquire::http::Proxy'], {
    timeoutMs: 20_000,
  });
  return { mirror, proxy: proxy.stdout.trim() };
}

/** The cached root's folder, made when it is missing (about a minute, 500 MB). Needs root for debootstrap and chroot. */
export async function ensureAsteriskRoot(): Promise<Readiness<string>> {
  const known = process.env[unavailableVariable];
  if (known !== undefined && known !== '') return notReady(known);
  if (process.platform !== 'linux') return notReady('Asterisk is started in a chroot, which is for Linux');
  if (process.getuid?.() !== 0)
    return notReady('not root, which debootstrap and chroot for Asterisk 22 need');
  if (existsSync(join(rootFolder, markerName))) return readyWith(rootFolder);

  const tools = await ensureDebianPackages(debianPackages.asterisk);
  if (!tools.ready) return tools;
  let source = await aptMirror();
  if (source === undefined) {
    await runCommand('apt-get', ['update', '-qq'], { timeoutMs: 180_000 });
    source = await aptMirror();
  }
  if (source === undefined) return notReady('apt has no Debian mirror to take Asterisk 22 from');

  const partial = `${rootFolder}.${process.pid}.partial`;
  await mkdir(cacheFolder, { recursive: true });
  const made = await runCommand(
    'debootstrap',
    ['--variant=minbase', `--include=${packages}`, suite, partial, source.mirror],
    {
      timeoutMs: bootstrapTimeoutMs,
      env: source.proxy === '' ? process.env : { ...process.env, http_proxy: source.proxy },
    },
  );
  if (made.status !== 0) {
    await rm(partial, { recursive: true, force: true });
    return notReady(`debootstrap could not make Asterisk's root: ${lastLine(made)}`);
  }
  await rm(join(partial, 'var/cache/apt/archives'), { recursive: true, force: true });
  await writeFile(join(partial, markerName), `${suite} ${packages}\n`);
  if (existsSync(join(rootFolder, markerName))) {
    await rm(partial, { recursive: true, force: true });
  } else {
    await rm(rootFolder, { recursive: true, force: true });
    await rename(partial, rootFolder);
  }
  return readyWith(rootFolder);
}

/** The environment that tells child processes that there is no Asterisk. */
export function withoutAsterisk(reason: string): Record<string, string> {
  return { [unavailableVariable]: reason };
}
