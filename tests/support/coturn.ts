/** A real TURN server (coturn) on loopback: UDP, TCP and TLS, with one user, or with a shared secret for time-limited credentials. */
import { spawn, type ChildProcess } from 'node:child_process';
import { connect } from 'node:net';
import { debianPackages, ensureDebianPackages } from './debian-packages.ts';
import { freePort } from './free-ports.ts';

const startWithinMs = 10_000;

export interface CoturnOptions {
  credential: { username: string; password: string } | { secret: string };
  /** PEM files; without them there is no TLS. */
  certificate?: { certificateFile: string; keyFile: string };
  /** Where it receives for others; 127.0.0.1 when absent. */
  relayAddress?: string;
}

export class Coturn {
  readonly port: number;
  readonly tlsPort: number;
  readonly #process: ChildProcess;

  private constructor(server: ChildProcess, port: number, tlsPort: number) {
    this.#process = server;
    this.port = port;
    this.tlsPort = tlsPort;
  }

  /** Why there is none here, or undefined. Installs it where that is possible. */
  static async missing(): Promise<string | undefined> {
    const installed = await ensureDebianPackages(debianPackages.turn);
    return installed.ready ? undefined : installed.reason;
  }

  static async start({
    credential,
    certificate,
    relayAddress = '127.0.0.1',
  }: CoturnOptions): Promise<Coturn> {
    const port = await freePort(42_000, 42_400);
    const tlsPort = await freePort(42_500, 42_900);
    const who =
      'secret' in credential
        ? ['--use-auth-secret', `--static-auth-secret=${credential.secret}`]
        : ['--lt-cred-mech', `--user=${credential.username}:${credential.password}`];
    const tls =
      certificate === undefined
        ? ['--no-tls']
        : [`--cert=${certificate.certificateFile}`, `--pkey=${certificate.keyFile}`];
    const server = spawn(
      'turnserver',
      [
        ...['-n', '--listening-ip=127.0.0.1', `--relay-ip=${relayAddress}`, '--realm=sidetone.test'],
        ...[`--listening-port=${port}`, `--tls-listening-port=${tlsPort}`, '--no-dtls', '--no-cli'],
        ...['--min-port=43000', '--max-port=43900', '--allow-loopback-peers', '--pidfile=/dev/null'],
        ...['--log-file=/dev/null', '--userdb=:memory:', ...who, ...tls],
      ],
      { stdio: 'ignore' },
    );
    const coturn = new Coturn(server, port, tlsPort);
    const deadline = Date.now() + startWithinMs;
    while (!(await accepts(port))) {
      if (Date.now() > deadline) {
        await coturn.close();
        throw new Error('coturn did not start');
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return coturn;
  }

  close(): Promise<void> {
    if (this.#process.exitCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      this.#process.once('exit', () => resolve());
      this.#process.kill('SIGKILL');
    });
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
