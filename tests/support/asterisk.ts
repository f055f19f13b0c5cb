/**
 * A real Asterisk 22 on loopback for one test file, with ports, passwords and a folder of its own; several run side by side.
 *
 * Numbers: 101 to 106 the lines · 600 echo · 601 tone · 602 speech for ever · 603 collects 16 keys, `dtmfDigits()` tells them ·
 * 604 busy · 605 rings for ever · 606 congestion · 607 hangs up after 2 s · 608 is not answered for 3 s · *97 the caller's voicemail box · *101 leaves a
 * message for 101 · **101 picks up what rings at 101 · *72102 and *73 forward the caller's calls to 102, and no longer. Extensions have hints,
 * mailboxes and texts (MESSAGE).
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { asteriskConfig, type AsteriskLine } from './asterisk-config.ts';
import { ensureAsteriskRoot } from './asterisk-root.ts';
import { TestAuthority } from './certificates.ts';
import { freePort, freePortRange } from './free-ports.ts';
import { runCommand } from './run-command.ts';
import { speech } from './speech.ts';
import { steadyTone } from './steady-tone.ts';
import { encodeWav } from './wav-file.ts';

export interface AsteriskOptions {
  /** Numbers of the lines; 101 to 106 when absent. */
  extensions?: readonly string[];
  /** extensions.conf lines after those of the context that the lines call in. */
  dialplan?: string;
  /** Address of this computer that it listens on; IPv4's loopback when absent. */
  host?: string;
  /** Further settings of an extension's endpoint, as pjsip.conf has them: `{ '104': ['timers=always'] }`. */
  endpointLines?: Readonly<Record<string, readonly string[]>>;
}

export type PbxTransport = 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';

/** What a call on hold hears: a tone, so that a test can tell it from a voice. */
export const holdMusicHz = 450;
/** Inside the root: one folder per instance, named by the process that owns it. */
const instancesFolder = 'srv/instances';
const bootTimeoutMs = 30_000;
const cliTimeoutMs = 10_000;
const rtpPortCount = 200;
const stopGraceMs = 3_000;

let instanceNumber = 0;

export class AsteriskPbx {
  readonly host: string;
  /** UDP and TCP. */
  readonly sipPort: number;
  readonly tlsPort: number;
  /** HTTP port of the WebSocket, whose path is /ws. */
  readonly wsPort: number;
  /** The same with TLS. */
  readonly wssPort: number;
  /** PEM: signed its certificate, which is for `host`, `localhost` and `pbx.test`. */
  readonly authority: string;
  readonly lines: readonly AsteriskLine[];
  readonly #root: string;
  /** As Asterisk sees it. */
  readonly #folder: string;
  #process: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();
  #closed: Promise<void> | undefined;

  private constructor(made: {
    host: string;
    ports: { sipPort: number; tlsPort: number; wsPort: number; wssPort: number };
    authority: string;
    lines: readonly AsteriskLine[];
    root: string;
    folder: string;
  }) {
    this.host = made.host;
    this.sipPort = made.ports.sipPort;
    this.tlsPort = made.ports.tlsPort;
    this.wsPort = made.ports.wsPort;
    this.wssPort = made.ports.wssPort;
    this.authority = made.authority;
    this.lines = made.lines;
    this.#root = made.root;
    this.#folder = made.folder;
  }

  /** Why no Asterisk can be started here, or undefined when one can. Makes the root when it is missing. */
  static async missing(): Promise<string | undefined> {
    const root = await ensureAsteriskRoot();
    return root.ready ? undefined : root.reason;
  }

  /** Starts one and resolves when it is fully booted. Rejects when that is not possible (see `missing`). */
  static async start(options: AsteriskOptions = {}): Promise<AsteriskPbx> {
    const root = await ensureAsteriskRoot();
    if (!root.ready) throw new Error(root.reason);
    await removeAbandoned(root.value);

    instanceNumber += 1;
    const folder = `/${instancesFolder}/${process.pid}-${instanceNumber}`;
    const hostFolder = join(root.value, folder);
    const names = ['etc', 'var', 'spool', 'run', 'log', 'cache'];
    await Promise.all(names.map((name) => mkdir(join(hostFolder, name), { recursive: true })));
    await copyFile((await speech({ seconds: 30, rate: 8000 })).path, join(hostFolder, 'speech.wav'));
    await mkdir(join(hostFolder, 'moh'));
    const music = { samples: steadyTone(holdMusicHz, 8_000, 10), rate: 8_000 };
    await writeFile(join(hostFolder, 'moh/music.wav'), encodeWav(music));

    const host = options.host ?? '127.0.0.1';
    const sipPort = await freePort(20_100, 20_999, host);
    const ports = { sipPort, tlsPort: 0, wsPort: 0, wssPort: 0 };
    for (const name of ['tlsPort', 'wsPort', 'wssPort'] as const)
      ports[name] = await freePortBeside(Object.values(ports), host);
    const rtpPortMin = await freePortRange(21_000, 31_000, rtpPortCount, host);
    const authority = await placeCertificate(join(hostFolder, 'etc'), host);
    const extensions = options.extensions ?? ['101', '102', '103', '104', '105', '106'];
    const lines = extensions.map((extension) => ({
      extension,
      password: randomBytes(12).toString('base64url'),
      pin: String(randomInt(1000, 10_000)),
    }));
    const files = asteriskConfig({
      folder,
      modulesFolder: await modulesFolder(root.value),
      host,
      ...ports,
      certificateFile: `${folder}/etc/server.pem`,
      keyFile: `${folder}/etc/server.key`,
      rtpPortMin,
      rtpPortMax: rtpPortMin + rtpPortCount - 1,
      lines,
      endpointLines: options.endpointLines ?? {},
      musicFolder: `${folder}/moh`,
      dialplan: options.dialplan ?? '',
      speechSound: `${folder}/speech`,
    });
    await Promise.all(
      Object.entries(files).map(([name, text]) => writeFile(join(hostFolder, 'etc', name), text)),
    );

    const pbx = new AsteriskPbx({ host, ports, authority, lines, root: root.value, folder });
    try {
      await pbx.#boot();
    } catch (error) {
      const log = existsSync(pbx.#logPath) ? pbx.log() : '';
      await pbx.close();
      throw new Error(`Asterisk did not start: ${String(error)}\n${log.split('\n').slice(-15).join('\n')}`);
    }
    return pbx;
  }

  /** Port of a transport. */
  port(transport: PbxTransport): number {
    const { sipPort, tlsPort, wsPort, wssPort } = this;
    return { udp: sipPort, tcp: sipPort, tls: tlsPort, ws: wsPort, wss: wssPort }[transport];
  }

  /** One of the lines. Throws when there is no such extension. */
  line(extension: string): AsteriskLine {
    const line = this.lines.find((each) => each.extension === extension);
    if (line === undefined) throw new Error(`this Asterisk has no extension ${extension}`);
    return line;
  }

  /** Its SRTP module knows this name in a=crypto; which ones it does was settled when it was built. */
  async knowsCryptoSuite(suite: string): Promise<boolean> {
    const module = join(this.#root, await modulesFolder(this.#root), 'res_srtp.so');
    return (await readFile(module)).includes(suite);
  }

  /** What Asterisk's command line answers. */
  async cli(command: string): Promise<string> {
    const run = await runCommand('chroot', this.#cliArguments(command), { timeoutMs: cliTimeoutMs });
    if (run.status !== 0) throw new Error(`asterisk -rx '${command}': ${run.stderr}${run.stdout}`);
    return run.stdout;
  }

  /** The log: notices, warnings, errors, verbose lines and keys. */
  log({ after = 0 } = {}): string {
    return readFileSync(this.#logPath).toString('utf8', after);
  }

  /** The end of the log now, for `after`. */
  logMark(): number {
    return statSync(this.#logPath).size;
  }

  logContains(what: string | RegExp): boolean {
    return typeof what === 'string' ? this.log().includes(what) : what.test(this.log());
  }

  /** Waits until the log (after a mark) matches, and resolves with the text that matched. */
  async waitForLog(pattern: RegExp, { after = 0, limitMs = 10_000 } = {}): Promise<string> {
    let found: RegExpExecArray | null = null;
    await eventually(`the log to match ${String(pattern)}`, limitMs, () => {
      found = pattern.exec(this.log({ after }));
      return found !== null;
    });
    return String(found);
  }

  /** The keys of the first caller of 603 to be done after the mark, or of the first from that extension. */
  async dtmfDigits({ from = '\\S*', after = 0, limitMs = 10_000 } = {}): Promise<string> {
    const line = await this.waitForLog(new RegExp(`"1,DTMFGOT ${from} [^"]*"`), { after, limitMs });
    return line.slice(line.lastIndexOf(' ') + 1, -1);
  }

  /** Calls a line and connects it with an application. */
  async originate(extension: string, application: string, data = ''): Promise<void> {
    await this.cli(`channel originate PJSIP/${extension} application ${application} ${data}`.trim());
  }

  /** How many channels (legs of calls) are open on one line. */
  async channelCount(extension: string): Promise<number> {
    return (await this.#channels()).filter((name) => name.startsWith(`PJSIP/${extension}-`)).length;
  }

  /** How many channels are open in all. */
  async activeChannels(): Promise<number> {
    return (await this.#channels()).length;
  }

  /** Hangs up every call from Asterisk's side. */
  async hangUpAll(): Promise<void> {
    await this.cli('channel request hangup all');
  }

  /** Contact URIs registered for a line. */
  async contacts(extension: string): Promise<string[]> {
    const answer = await this.cli('pjsip show contacts');
    return [...answer.matchAll(/Contact:\s+(\S+?)\/(sips?:\S+)/g)]
      .filter(([, aor]) => aor === extension)
      .map(([, , uri]) => uri ?? '');
  }

  /** Waits until the condition holds; asked ten times a second. */
  async until(what: string, condition: () => boolean | Promise<boolean>, limitMs = 10_000): Promise<void> {
    await eventually(what, limitMs, condition);
  }

  /** Sound files of the messages in a line's voicemail box, as paths on this machine. */
  async voicemailMessages(extension: string): Promise<string[]> {
    const folder = join(this.#root, this.#folder, 'spool/voicemail/default', extension, 'INBOX');
    if (!existsSync(folder)) return [];
    return (await readdir(folder)).filter((name) => name.endsWith('.wav')).map((name) => join(folder, name));
  }

  /**
   * Ends Asterisk without a word to anybody, as a power cut would, and starts it again with the same settings, ports and mailboxes.
   * Registrations are kept in its database, as on any PBX, unless `forget`. Resolves when it is fully booted.
   */
  async restart({ downMs = 0, forget = false } = {}): Promise<void> {
    this.#process?.kill('SIGKILL');
    await this.#exited;
    if (forget) await rm(join(this.#root, this.#folder, 'var/astdb.sqlite3'), { force: true });
    await rm(join(this.#root, this.#folder, 'run/asterisk.ctl'), { force: true });
    await delay(downMs);
    await this.#boot();
  }

  /** Ends Asterisk and removes its folder. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= (async () => {
      if (this.#process?.exitCode === null && this.#process.pid !== undefined) {
        this.#process.kill('SIGTERM');
        const stopped = await Promise.race([this.#exited.then(() => true), delay(stopGraceMs, false)]);
        if (!stopped) this.#process.kill('SIGKILL');
        await this.#exited;
      }
      await rm(join(this.#root, this.#folder), { recursive: true, force: true });
    })();
    return this.#closed;
  }

  async #channels(): Promise<string[]> {
    const rows = (await this.cli('core show channels concise'))
      .split('\n')
      .filter((row) => row.includes('!'));
    return rows.map((row) => row.split('!')[0] ?? '');
  }

  get #logPath(): string {
    return join(this.#root, this.#folder, 'log/full');
  }

  #cliArguments(command: string): string[] {
    return [this.#root, '/usr/sbin/asterisk', '-C', `${this.#folder}/etc/asterisk.conf`, '-rx', command];
  }

  async #boot(): Promise<void> {
    const started = [
      'chroot',
      this.#root,
      '/usr/sbin/asterisk',
      '-f',
      '-C',
      `${this.#folder}/etc/asterisk.conf`,
    ];
    // setpriv: the kernel ends Asterisk when this process ends, however it ends. nice: a PBX has a machine of its own.
    const child = spawn('nice', ['-n', '-10', 'setpriv', '--pdeathsig', 'KILL', ...started], {
      stdio: 'ignore',
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', TZ: 'UTC' },
    });
    this.#process = child;
    this.#exited = new Promise((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    });
    await writeFile(join(this.#root, this.#folder, 'pid'), String(child.pid ?? ''));
    await this.#booted(child);
  }

  async #booted(child: ChildProcess): Promise<void> {
    await eventually('Asterisk to boot', bootTimeoutMs, async () => {
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
      if (!existsSync(join(this.#root, this.#folder, 'run/asterisk.ctl'))) return false;
      const run = await runCommand('chroot', this.#cliArguments('core waitfullybooted'), {
        timeoutMs: cliTimeoutMs,
      });
      return run.stdout.includes('fully booted');
    });
  }
}

/** A free port that is not one of those just chosen. */
async function freePortBeside(taken: readonly number[], host: string): Promise<number> {
  for (;;) {
    const port = await freePort(20_100, 20_999, host);
    if (!taken.includes(port)) return port;
  }
}

/** Puts a certificate and its key where Asterisk finds them. Resolves to the authority's. */
async function placeCertificate(folder: string, host: string): Promise<string> {
  const authority = await TestAuthority.create();
  const issued = await authority.issue({ hosts: ['pbx.test', 'localhost', host] });
  await copyFile(issued.certificateFile, join(folder, 'server.pem'));
  await copyFile(issued.keyFile, join(folder, 'server.key'));
  await authority.close();
  return authority.certificate;
}

async function eventually(
  what: string,
  limitMs: number,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited ${limitMs} ms for ${what}`);
    await delay(100);
  }
}

/** `/usr/lib/x86_64-linux-gnu/asterisk/modules` or its like on another architecture. */
async function modulesFolder(root: string): Promise<string> {
  for (const name of await readdir(join(root, 'usr/lib'))) {
    const folder = `/usr/lib/${name}/asterisk/modules`;
    if (existsSync(join(root, folder))) return folder;
  }
  return '/usr/lib/asterisk/modules';
}

/** Ends and removes what test processes that were killed have left behind. */
async function removeAbandoned(root: string): Promise<void> {
  const folder = join(root, instancesFolder);
  if (!existsSync(folder)) return;
  for (const name of await readdir(folder)) {
    const owner = Number(name.split('-')[0]);
    if (existsSync(`/proc/${owner}`)) continue;
    const pidFile = join(folder, name, 'pid');
    const pid = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : 0;
    if (pid > 0 && commandLine(pid).includes(`/${instancesFolder}/${name}/`)) process.kill(pid, 'SIGKILL');
    await rm(join(folder, name), { recursive: true, force: true });
  }
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}
