/**
 * A linphonec that registers and is driven by its console. It says the tests' speech from a file in every call, and keeps what it
 * hears.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { debianPackages, ensureDebianPackages } from './debian-packages.ts';
import type { FarPhone, FarPhoneAccount } from './far-phone.ts';
import { freePort } from './free-ports.ts';
import type { NetworkNamespace } from './network-namespace.ts';
import { runCommand } from './run-command.ts';
import { type Recording, readWav } from './wav-file.ts';

const eventLimitMs = 15_000;
const stopGraceMs = 3_000;
/** linphonec's own keys last 100 ms; more than 16 pressed faster than this hang it. */
const keyEveryMs = 320;

export class Linphone implements FarPhone {
  readonly user: string;
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #account: FarPhoneAccount;
  readonly #says: string;
  #said = '';
  /** Where in what it said the newest call begins. */
  #callFrom = 0;
  #recordings = 0;
  #closed: Promise<void> | undefined;

  private constructor(account: FarPhoneAccount, process: ChildProcess, folder: string, says: string) {
    this.user = account.user;
    this.#account = account;
    this.#process = process;
    this.#folder = folder;
    this.#says = says;
    process.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
  }

  /** Why it cannot be had here, or undefined. Installs it where that is possible. */
  static async missing(): Promise<string | undefined> {
    const packages = await ensureDebianPackages(debianPackages.linphone);
    return packages.ready ? undefined : packages.reason;
  }

  /** `linphonec 5.1.65`, as it tells itself. */
  static async version(): Promise<string> {
    const { stdout, stderr } = await runCommand('linphonec', ['--version'], { timeoutMs: 10_000 });
    return `linphonec ${/version: (\S+)/.exec(stdout + stderr)?.[1] ?? ''}`.trim();
  }

  /**
   * @param says WAV file, 8 kHz
   * @param options.registers false: not before it is told to
   */
  static async start(
    account: FarPhoneAccount,
    says: string,
    { network, registers = true }: { network?: NetworkNamespace; registers?: boolean } = {},
  ): Promise<Linphone> {
    const folder = await mkdtemp(join(tmpdir(), 'sidetone-linphone-'));
    mkdirSync(join(folder, '.local/share/linphone'), { recursive: true });
    const sipPort = await freePort(17_100, 17_499, account.server.host);
    await writeFile(
      join(folder, 'rc'),
      configuration(account, sipPort, { registers, ownAddress: network?.address }),
    );
    const tool = ['setpriv', ['--pdeathsig', 'KILL', 'linphonec', '-c', join(folder, 'rc')]] as const;
    const [command, given] = network?.command(tool[0], ...tool[1]) ?? tool;
    const child = spawn(command, given, {
      stdio: ['pipe', 'pipe', 'ignore'],
      cwd: folder,
      env: { ...process.env, HOME: folder },
    });
    const phone = new Linphone(account, child, folder, says);
    await phone.#until('its prompt', /linphonec>/, 0);
    phone.#command('soundcard use files');
    phone.#prepare();
    return phone;
  }

  /** Of the program itself. */
  get pid(): number {
    return this.#process.pid ?? 0;
  }

  registered(): Promise<void> {
    return this.#asked('status register', /registered, identity/, 'its registration');
  }

  /** Asks to register, once for each phone that was started unregistered; {@link registered} waits for it. */
  register(): void {
    const { user, password, server } = this.#account;
    const at = `${isIPv6(server.host) ? `[${server.host}]` : server.host}:${server.port}`;
    this.#command(`register sip:${user}@${at} sip:${at} ${password}`);
  }

  async dial(target: string): Promise<void> {
    const { host, port } = this.#account.server;
    this.#command(`call sip:${target}@${isIPv6(host) ? `[${host}]` : host}:${port}`);
  }

  rings(): Promise<void> {
    return this.#until('an incoming call', /Receiving new incoming call/, this.#callFrom);
  }

  async answer(): Promise<void> {
    await this.rings();
    this.#command('answer');
    await this.connected();
  }

  connected(): Promise<void> {
    return this.#until('its call to be answered', /Call \d+ with .* connected/, this.#callFrom);
  }

  async hangUp(): Promise<void> {
    this.#command('terminate all');
  }

  async over(): Promise<void> {
    await this.#asked('calls', /No active call/, 'its calls to be over');
    this.#callFrom = this.#said.length;
    this.#prepare();
  }

  async hold(): Promise<void> {
    this.#command('pause');
  }

  async resume(): Promise<void> {
    this.#command('resume');
  }

  async transfer(target: string): Promise<void> {
    const { host, port } = this.#account.server;
    this.#command(`transfer ${this.#lastCall()} sip:${target}@${isIPv6(host) ? `[${host}]` : host}:${port}`);
  }

  async press(keys: string): Promise<void> {
    for (const key of keys) {
      this.#command(key);
      await delay(keyEveryMs);
    }
  }

  keys(): string {
    return [...this.#said.matchAll(/Receiving tone (\S) from/g)].map((match) => match[1]).join('');
  }

  async heard(): Promise<Recording> {
    return readWav(join(this.#folder, `heard-${this.#recordings - 1}.wav`));
  }

  close(): Promise<void> {
    this.#closed ??= (async () => {
      const exited = once(this.#process, 'exit');
      if (this.#process.exitCode === null) {
        this.#command('quit');
        const stopped = await Promise.race([exited.then(() => true), delay(stopGraceMs, false)]);
        if (!stopped) this.#process.kill('SIGKILL');
      }
      await rm(this.#folder, { recursive: true, force: true });
    })();
    return this.#closed;
  }

  /** Files for the next call: what it says, from the start, and what it hears. While it rings, the console takes none. */
  #prepare(): void {
    this.#recordings += 1;
    this.#command(`play ${this.#says}`);
    this.#command(`record ${join(this.#folder, `heard-${this.#recordings}.wav`)}`);
  }

  #lastCall(): string {
    return [...this.#said.matchAll(/Call (\d+) with/g)].at(-1)?.[1] ?? '1';
  }

  #command(command: string): void {
    this.#process.stdin?.write(`${command}\n`);
  }

  /** Asks until the answer fits. */
  async #asked(command: string, pattern: RegExp, what: string): Promise<void> {
    const deadline = performance.now() + eventLimitMs;
    for (;;) {
      const from = this.#said.length;
      this.#command(command);
      await delay(200);
      if (pattern.test(this.#said.slice(from))) return;
      if (performance.now() > deadline) throw this.#failure(what);
    }
  }

  async #until(what: string, pattern: RegExp, from: number): Promise<void> {
    const deadline = performance.now() + eventLimitMs;
    while (!pattern.test(this.#said.slice(from))) {
      if (performance.now() > deadline) throw this.#failure(what);
      await delay(20);
    }
  }

  #failure(what: string): Error {
    const told = this.#said.replaceAll('linphonec>', '').split('\n').filter(Boolean).slice(-4).join('; ');
    return new Error(`linphonec waited for ${what}; it told: ${told}`);
  }
}

const mediaEncryption = { sdes: 'media_encryption=srtp', dtls: 'media_encryption=dtls' } as const;

function configuration(
  { user, password, server, transport, encryption }: FarPhoneAccount,
  sipPort: number,
  { registers, ownAddress = server.host }: { registers: boolean; ownAddress: string | undefined },
): string {
  const host = isIPv6(server.host) ? `[${server.host}]` : server.host;
  const ports = ['udp', 'tcp', 'tls'].map((name) => {
    const key = name === 'udp' ? 'sip_port' : `sip_${name}_port`;
    return `${key}=${name === transport ? sipPort : 0}`;
  });
  const account = `[auth_info_0]
username=${user}
userid=${user}
passwd=${password}
domain=${host}
[proxy_0]
reg_proxy=<sip:${host}:${server.port};transport=${transport}>
reg_route=<sip:${host}:${server.port};transport=${transport};lr>
reg_identity=<sip:${user}@${host}:${server.port}>
reg_expires=600
reg_sendregister=1
publish=0
`;
  return `[sip]
${ports.join('\n')}
use_ipv6=${isIPv6(server.host) ? 1 : 0}
bind_address=${ownAddress}
default_proxy=0
guess_hostname=1
verify_server_certs=0
verify_server_cn=0
contact="Far phone" <sip:${user}@${host}>
${encryption === undefined ? '' : `${mediaEncryption[encryption]}\nmedia_encryption_mandatory=1\n`}[rtp]
audio_rtp_port=32000-32700
audio_jitt_comp=60
[video]
enabled=0
capture=0
display=0
automatically_initiate=0
automatically_accept=0
[sound]
echocancellation=0
[misc]
config_migration_done=1
${registers ? account : ''}[audio_codec_0]
mime=PCMU
rate=8000
channels=1
enabled=1
`;
}
