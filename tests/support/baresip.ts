/**
 * A baresip that registers and is driven over its control port. It says the tests' speech from a file in each call, and keeps what
 * it hears.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { connect, isIPv6, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { debianPackages, ensureDebianPackages } from './debian-packages.ts';
import type { FarPhone, FarPhoneAccount } from './far-phone.ts';
import { freePort } from './free-ports.ts';
import type { NetworkNamespace } from './network-namespace.ts';
import { runCommand } from './run-command.ts';
import { type Recording, readWav } from './wav-file.ts';

/** What baresip tells of itself, as ctrl_tcp writes it. */
interface BaresipEvent {
  type: string;
  param: string;
}

/** How it is set up, where that is not the tests' usual way. */
export interface BaresipOptions {
  /** It runs there instead of beside the test. */
  network?: NetworkNamespace;
  /** Says what it hears, by way of its own buffers, instead of a file. */
  loops?: boolean;
  /** Packets of 20 ms: the least and the most that wait in its jitter buffer. */
  jitterBuffer?: string;
}

const loopback = '127.0.0.1';
const startLimitMs = 10_000;
const eventLimitMs = 15_000;
const stopGraceMs = 2_000;
const usualKeys = { keyMs: 120, gapMs: 120 };
/** Lets go of a key, on baresip's console. */
const keyUp = '\u0004';

export class Baresip implements FarPhone {
  readonly user: string;
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #socket: Socket;
  readonly #consolePort: number;
  /** Where its control ports listen. */
  readonly #control: string;
  readonly #account: FarPhoneAccount;
  readonly #events: BaresipEvent[] = [];
  /** Recordings of earlier calls: a hold begins another in the same call. */
  #recordingsBefore = 0;
  readonly #answers: ((data: string) => void)[] = [];
  #established = false;
  #ringing = false;
  #closed: Promise<void> | undefined;

  private constructor(made: {
    account: FarPhoneAccount;
    process: ChildProcess;
    folder: string;
    socket: Socket;
    consolePort: number;
    control: string;
  }) {
    this.user = made.account.user;
    this.#account = made.account;
    this.#process = made.process;
    this.#folder = made.folder;
    this.#socket = made.socket;
    this.#consolePort = made.consolePort;
    this.#control = made.control;
    readNetstrings(made.socket, (text) => this.#take(text));
  }

  /** Why it cannot be had here, or undefined. Installs it where that is possible. */
  static async missing(): Promise<string | undefined> {
    const packages = await ensureDebianPackages(debianPackages.baresip);
    return packages.ready ? undefined : packages.reason;
  }

  /** `baresip v1.0.0`, as it tells itself. */
  static async version(): Promise<string> {
    const { stdout } = await runCommand('baresip', ['-h'], { timeoutMs: 10_000 });
    return /baresip v\S+/.exec(stdout)?.[0] ?? stdout.trim();
  }

  /** @param says WAV file, 8 kHz */
  static async start(account: FarPhoneAccount, says: string, options: BaresipOptions = {}): Promise<Baresip> {
    const encrypts = account.encryption !== undefined;
    const { network, loops = false, jitterBuffer = '2-10' } = options;
    const host = network?.address ?? account.server.host;
    const control = network?.address ?? loopback;
    const folder = await mkdtemp(join(tmpdir(), 'sidetone-baresip-'));
    const controlPort = await freePort(18_100, 18_399);
    const consolePort = await freePort(18_400, 18_699);
    const sipPort = await freePort(18_700, 18_999, account.server.host);
    await writeFile(
      join(folder, 'config'),
      config({
        host,
        control,
        sipPort,
        controlPort,
        consolePort,
        folder,
        says,
        loops,
        jitterBuffer,
        encrypts,
      }),
    );
    await writeFile(join(folder, 'accounts'), accountLine(account));
    await writeFile(join(folder, 'contacts'), '');
    const tool = ['setpriv', ['--pdeathsig', 'KILL', 'baresip', '-f', folder]] as const;
    const [command, given] = network?.command(tool[0], ...tool[1]) ?? tool;
    const child = spawn(command, given, { stdio: 'ignore', cwd: folder });
    const socket = await controlSocket(control, controlPort).catch(async (error: unknown) => {
      child.kill('SIGKILL');
      await rm(folder, { recursive: true, force: true });
      throw error;
    });
    return new Baresip({ account, process: child, folder, socket, consolePort, control });
  }

  /** Of the program itself. */
  get pid(): number {
    return this.#process.pid ?? 0;
  }

  registered(): Promise<void> {
    return this.#until('its registration', async () => {
      const failure = this.#events.find(({ type }) => type === 'REGISTER_FAIL');
      if (failure !== undefined) throw new Error(`baresip cannot register: ${failure.param}`);
      return (await this.#ask('reginfo')).includes('OK');
    });
  }

  /** Drops its account, by which it signs off. */
  unregister(): void {
    const { user, server } = this.#account;
    this.#command('uadel', `sip:${user}@${inUri(server.host)}:${server.port}`);
    this.#events.length = 0;
  }

  /** Takes its account again, by which it registers; {@link registered} waits for it. */
  register(): void {
    this.#command('uanew', accountLine(this.#account).trim());
  }

  async dial(target: string): Promise<void> {
    this.#begin();
    this.#command('dial', this.#uri(target));
  }

  rings(): Promise<void> {
    return this.#until('an incoming call', () => this.#ringing);
  }

  async answer(): Promise<void> {
    await this.rings();
    this.#command('accept');
    await this.connected();
  }

  connected(): Promise<void> {
    return this.#until('its call to be answered', () => this.#established);
  }

  async hangUp(): Promise<void> {
    this.#command('hangup');
  }

  over(): Promise<void> {
    return this.#until('its calls to be over', async () =>
      (await this.#ask('callstat')).includes('no active calls'),
    );
  }

  async hold(): Promise<void> {
    this.#command('hold');
  }

  async resume(): Promise<void> {
    this.#command('resume');
  }

  async transfer(target: string): Promise<void> {
    this.#command('transfer', this.#uri(target));
  }

  async press(keys: string, { keyMs, gapMs } = usualKeys): Promise<void> {
    const keyboard = createSocket('udp4');
    for (const key of keys) {
      keyboard.send(key, this.#consolePort, this.#control);
      await delay(keyMs);
      keyboard.send(keyUp, this.#consolePort, this.#control);
      await delay(gapMs);
    }
    keyboard.close();
  }

  keys(): string {
    return this.#events
      .filter(({ type }) => type === 'CALL_DTMF_START')
      .map(({ param }) => param)
      .join('');
  }

  async heard(): Promise<Recording> {
    const names = (await readdir(this.#folder)).filter((name) => name.endsWith('-dec.wav')).sort();
    const recordings = names.slice(this.#recordingsBefore).map((name) => readWav(join(this.#folder, name)));
    const longest = recordings.sort((one, other) => other.samples.length - one.samples.length)[0];
    if (longest === undefined) throw new Error('baresip has heard nothing');
    return longest;
  }

  close(): Promise<void> {
    this.#closed ??= (async () => {
      const exited = once(this.#process, 'exit');
      if (this.#process.exitCode === null) {
        this.#command('quit');
        const stopped = await Promise.race([exited.then(() => true), delay(stopGraceMs, false)]);
        if (!stopped) this.#process.kill('SIGKILL');
      }
      this.#socket.destroy();
      await rm(this.#folder, { recursive: true, force: true });
    })();
    return this.#closed;
  }

  #uri(target: string): string {
    const { host, port } = this.#account.server;
    return `sip:${target}@${inUri(host)}:${port}`;
  }

  #ask(command: string): Promise<string> {
    const answer = new Promise<string>((resolve) => this.#answers.push(resolve));
    this.#command(command, '', 'asked');
    return answer;
  }

  #command(command: string, params = '', token = 'told'): void {
    const text = JSON.stringify({ command, params, token });
    this.#socket.write(`${Buffer.byteLength(text)}:${text},`);
  }

  #take(text: string): void {
    const { token, data, type, param } = JSON.parse(text) as Partial<Record<string, string>>;
    if (token === 'asked') this.#answers.shift()?.(data ?? '');
    if (type === undefined) return;
    this.#events.push({ type, param: param ?? '' });
    if (type === 'CALL_INCOMING') {
      this.#ringing = true;
      this.#begin();
    }
    if (type === 'CALL_ESTABLISHED') {
      this.#ringing = false;
      this.#established = true;
    }
    if (type === 'CALL_CLOSED') this.#ringing = false;
  }

  #begin(): void {
    this.#established = false;
    this.#recordingsBefore = readdirSync(this.#folder).filter((name) => name.endsWith('-dec.wav')).length;
  }

  async #until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = performance.now() + eventLimitMs;
    while (!(await holds())) {
      if (performance.now() > deadline) {
        const told = this.#events.map(({ type, param }) => `${type} ${param}`.trim()).slice(-5);
        throw new Error(`baresip waited for ${what}; it told: ${told.join(', ') || 'nothing'}`);
      }
      await delay(20);
    }
  }
}

function config(at: {
  host: string;
  control: string;
  sipPort: number;
  controlPort: number;
  consolePort: number;
  folder: string;
  says: string;
  loops: boolean;
  jitterBuffer: string;
  encrypts: boolean;
}): string {
  return `poll_method epoll
sip_listen ${inUri(at.host)}:${at.sipPort}
net_interface ${at.host}
call_local_timeout 120
call_max_calls 4
audio_player aubridge,${at.loops ? 'loop' : 'nowhere'}
audio_source ${at.loops ? 'aubridge,loop' : `aufile,${at.says}`}
audio_alert aubridge,alert
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
audio_buffer 20-160
rtp_ports 31200-31999
rtcp_mux no
jitter_buffer_delay ${at.jitterBuffer}
module_path /usr/lib/baresip/modules
module ctrl_tcp.so
module cons.so
module g711.so
module aubridge.so
module aufile.so
${at.encrypts ? 'module srtp.so\nmodule dtls_srtp.so\n' : ''}${at.loops ? '' : `module sndfile.so\nsnd_path ${at.folder}\n`}module_tmp uuid.so
module_tmp account.so
module_app menu.so
ctrl_tcp_listen ${at.control}:${at.controlPort}
cons_listen ${at.control}:${at.consolePort}
`;
}

/** Its names for ways to encrypt; with either nothing goes out unencrypted. */
const mediaEncryption = { sdes: 'srtp-mand', dtls: 'dtls_srtp' } as const;

function accountLine({ user, password, server, transport, encryption }: FarPhoneAccount): string {
  const address = `sip:${user}@${inUri(server.host)}:${server.port};transport=${transport}`;
  const proxy = `sip:${inUri(server.host)}:${server.port};transport=${transport}`;
  return `<${address}>;outbound="${proxy}";auth_user=${user};auth_pass=${password};regint=600;audio_codecs=pcmu;answermode=manual${
    encryption === undefined ? '' : `;mediaenc=${mediaEncryption[encryption]}`
  }\n`;
}

async function controlSocket(control: string, port: number): Promise<Socket> {
  const deadline = performance.now() + startLimitMs;
  for (;;) {
    const socket = connect(port, control);
    try {
      await once(socket, 'connect');
      return socket;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(50);
    }
  }
}

/** `12:{"event":…},` one after the other, in pieces as they come. */
function readNetstrings(socket: Socket, take: (text: string) => void): void {
  let rest = Buffer.alloc(0);
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const colon = rest.indexOf(':');
      const length = Number(rest.toString('latin1', 0, Math.max(0, colon)));
      if (colon < 0 || rest.length < colon + 1 + length + 1) return;
      take(rest.toString('utf8', colon + 1, colon + 1 + length));
      rest = rest.subarray(colon + 1 + length + 1);
    }
  });
}

/** Brackets around an IPv6 address. */
function inUri(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}
