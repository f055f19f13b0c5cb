/** SIPp as a far side that does exactly what a scenario of tests/interop/sipp says, call after call, and counts what went otherwise. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { debianPackages, ensureDebianPackages } from './debian-packages.ts';
import { freePort } from './free-ports.ts';
import { runCommand } from './run-command.ts';

const scenarioFolder = new URL('../interop/sipp/', import.meta.url);
const startMs = 400;
const stopLimitMs = 8_000;

/** What a phone asks beside its calls is taken (REGISTER, OPTIONS) or refused (the rest), each under a Call-ID of its own. */
const beside = ['REGISTER', 'OPTIONS', 'SUBSCRIBE', 'PUBLISH']
  .map((method) => `<recv request="${method}" optional="true" next="${method.toLowerCase()}" />\n`)
  .join('');
const answerBeside = (label: string, status: string, headers = '') => `<label id="${label}" />
<send next="end">
<![CDATA[

SIP/2.0 ${status}
[last_Via:]
[last_From:]
[last_To:];tag=[pid]SIPpTag[call_number]
[last_Call-ID:]
[last_CSeq:]
${headers}Content-Length: 0

]]>
</send>
`;
const end = `<nop next="end" />
${answerBeside('register', '200 OK', '[last_Contact:]\nExpires: 300\n')}${answerBeside('options', '200 OK')}${answerBeside('subscribe', '489 Bad Event')}${answerBeside('publish', '489 Bad Event')}<label id="end" />
`;

export class Sipp {
  readonly host: string;
  readonly port: number;
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #exited: Promise<unknown>;

  private constructor(made: { host: string; port: number; process: ChildProcess; folder: string }) {
    this.host = made.host;
    this.port = made.port;
    this.#process = made.process;
    this.#folder = made.folder;
    this.#exited = once(made.process, 'exit');
  }

  /** Why it cannot be had here, or undefined. Installs it where that is possible. */
  static async missing(): Promise<string | undefined> {
    const packages = await ensureDebianPackages(debianPackages.interop);
    return packages.ready ? undefined : packages.reason;
  }

  /** `SIPp v3.6.1`, as it tells itself. */
  static async version(): Promise<string> {
    const { stdout } = await runCommand('sipp', ['-v'], { timeoutMs: 10_000 });
    return /SIPp v[\d.]+/.exec(stdout)?.[0] ?? stdout.trim();
  }

  /** Waits for calls and plays one scenario to each. */
  static async answering(scenario: string, host: string, transport: 'udp' | 'tcp'): Promise<Sipp> {
    const folder = await mkdtemp(join(tmpdir(), 'sidetone-sipp-'));
    const port = await freePort(16_100, 16_499, host);
    const mediaPort = await freePort(16_500, 16_998, host);
    const text = await readFile(new URL(`${scenario}.xml`, scenarioFolder), 'utf8');
    await writeFile(
      join(folder, 'scenario.xml'),
      text.replace('<!-- beside -->', beside).replace('<!-- end -->', end),
    );
    const address = isIPv6(host) ? `[${host}]` : host;
    const child = spawn(
      'setpriv',
      [
        ...['--pdeathsig', 'KILL', 'sipp', '-sf', 'scenario.xml', '-i', address, '-p', String(port)],
        ...['-mi', address, '-mp', String(mediaPort), '-t', transport === 'udp' ? 'u1' : 't1'],
        ...['-nostdin', '-trace_err', '-error_file', 'errors', '-recv_timeout', '20000'],
      ],
      { cwd: folder, stdio: 'ignore', env: { ...process.env, TERM: 'dumb' } },
    );
    await delay(startMs);
    return new Sipp({ host, port, process: child, folder });
  }

  /** Ends it once its calls are over. Rejects when one of them did not go as the scenario says. */
  async finish(): Promise<void> {
    this.#process.kill('SIGUSR1');
    const stopped = await Promise.race([this.#exited.then(() => true), delay(stopLimitMs, false)]);
    if (!stopped) {
      this.#process.kill('SIGKILL');
      await this.#exited;
    }
    const file = join(this.#folder, 'errors');
    const errors = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
    const status = this.#process.exitCode;
    await rm(this.#folder, { recursive: true, force: true });
    if (!stopped) throw new Error(`SIPp's call has not come to its end: ${lastOf(errors)}`);
    if (status !== 0) throw new Error(`SIPp ended with ${status}: ${lastOf(errors)}`);
  }
}

function lastOf(errors: string): string {
  return errors === '' ? 'it says nothing more' : errors.replace(/\s+/g, ' ').slice(0, 300);
}
