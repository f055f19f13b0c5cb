/** A real Kamailio on this computer for tests: registrar and proxy with Record-Route, over UDP, TCP, TLS, WS and WSS. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createWriteStream, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { TestAuthority } from './certificates.ts';
import { debianPackages, ensureDebianPackages } from './debian-packages.ts';
import { freePort } from './free-ports.ts';
import { kamailioConfig } from './kamailio-config.ts';
import { runCommand } from './run-command.ts';

export interface KamailioOptions {
  extensions: readonly string[];
  /** An address of this computer; 127.0.0.1 when absent. */
  host?: string;
}

interface User {
  extension: string;
  password: string;
}

const bootLimitMs = 15_000;
const stopGraceMs = 3_000;

export class KamailioProxy {
  readonly host: string;
  /** PEM that signed its certificate. */
  readonly authority: string;
  readonly #ports: { sipPort: number; tlsPort: number };
  readonly #users: readonly User[];
  readonly #folder: string;
  readonly #process: ChildProcess;
  #closed: Promise<void> | undefined;

  private constructor(made: {
    host: string;
    authority: string;
    ports: { sipPort: number; tlsPort: number };
    users: readonly User[];
    folder: string;
    process: ChildProcess;
  }) {
    this.host = made.host;
    this.authority = made.authority;
    this.#ports = made.ports;
    this.#users = made.users;
    this.#folder = made.folder;
    this.#process = made.process;
  }

  /** Why it cannot be had here, or undefined. Installs it where that is possible. */
  static async missing(): Promise<string | undefined> {
    const packages = await ensureDebianPackages(debianPackages.kamailio);
    return packages.ready ? undefined : packages.reason;
  }

  /** `kamailio 5.6.3`, as it tells itself. */
  static async version(): Promise<string> {
    const { stdout } = await runCommand('kamailio', ['-v'], { timeoutMs: 10_000 });
    return /version: (kamailio \S+)/.exec(stdout)?.[1] ?? stdout.trim();
  }

  /** Starts one and resolves when it listens. */
  static async start({ extensions, host = '127.0.0.1' }: KamailioOptions): Promise<KamailioProxy> {
    const folder = await mkdtemp(join(tmpdir(), 'sidetone-kamailio-'));
    const authority = await TestAuthority.create();
    const issued = await authority.issue({ hosts: ['pbx.test', 'localhost', host] });
    await writeFile(join(folder, 'server.pem'), issued.certificate);
    await writeFile(join(folder, 'server.key'), issued.key);
    await authority.close();
    const sipPort = await freePort(19_100, 19_499, host);
    const tlsPort = await freePort(19_500, 19_999, host);
    const users = extensions.map((extension) => ({
      extension,
      password: randomBytes(12).toString('base64url'),
    }));
    const file = join(folder, 'kamailio.cfg');
    await writeFile(
      file,
      kamailioConfig({
        host,
        sipPort,
        tlsPort,
        certificateFile: join(folder, 'server.pem'),
        keyFile: join(folder, 'server.key'),
        users,
      }),
    );
    // setpriv: it ends its children in order when this process ends, however it ends.
    const child = spawn(
      'setpriv',
      ['--pdeathsig', 'TERM', 'kamailio', '-f', file, '-DD', '-E', '-m', '64', '-w', folder, '-Y', folder],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const log = createWriteStream(join(folder, 'log'));
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    const proxy = new KamailioProxy({
      host,
      authority: authority.certificate,
      ports: { sipPort, tlsPort },
      users,
      folder,
      process: child,
    });
    try {
      await proxy.#listening();
    } catch (error) {
      const text = proxy.log();
      await proxy.close();
      throw new Error(`Kamailio did not start: ${String(error)}\n${text.split('\n').slice(-15).join('\n')}`);
    }
    return proxy;
  }

  /** Port of a transport. WebSocket shares its listener with TCP, secure WebSocket with TLS. */
  port(transport: 'udp' | 'tcp' | 'tls' | 'ws' | 'wss'): number {
    return transport === 'tls' || transport === 'wss' ? this.#ports.tlsPort : this.#ports.sipPort;
  }

  /** One of its users. Throws when there is none with that number. */
  line(extension: string): User {
    const user = this.#users.find((each) => each.extension === extension);
    if (user === undefined) throw new Error(`this Kamailio has no user ${extension}`);
    return user;
  }

  /** What it has said so far: one line for each request, with the Route it came with. */
  log(): string {
    return readFileSync(join(this.#folder, 'log'), 'utf8');
  }

  /** Ends it and removes its folder. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= (async () => {
      const exited = new Promise<void>((resolve) => this.#process.once('exit', () => resolve()));
      if (this.#process.exitCode === null) {
        this.#process.kill('SIGTERM');
        const stopped = await Promise.race([exited.then(() => true), delay(stopGraceMs, false)]);
        if (!stopped) this.#process.kill('SIGKILL');
      }
      await rm(this.#folder, { recursive: true, force: true });
    })();
    return this.#closed;
  }

  async #listening(): Promise<void> {
    const deadline = performance.now() + bootLimitMs;
    while (!(await accepts(this.host, this.#ports.tlsPort))) {
      if (this.#process.exitCode !== null) throw new Error(`it ended with ${this.#process.exitCode}`);
      if (performance.now() > deadline) throw new Error('it does not listen');
      await delay(50);
    }
  }
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    const end = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}
