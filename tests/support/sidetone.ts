/** Runs the command line tool as a user would, and follows its JSON events. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NetworkNamespace } from './network-namespace.ts';

export interface ToolEvent {
  event: string;
  [key: string]: unknown;
}

export interface RunOptions {
  password?: string;
  /** Home of settings and practice data; a fresh one when absent. */
  home?: string;
  env?: NodeJS.ProcessEnv;
  /** Runs in this network instead of the computer's own. */
  network?: NetworkNamespace;
  /** Runs on this processor alone, counted from 0. */
  processor?: number;
}

const root = join(import.meta.dirname, '../..');

/** One run of `sidetone … --json`. */
export class SidetoneRun {
  readonly events: ToolEvent[] = [];
  /** Lines on stdout that were not JSON objects: there must be none. */
  readonly strayLines: string[] = [];
  stderr = '';
  /** Resolves to the exit status (128 + n for a signal that killed it). */
  readonly exited: Promise<number>;
  readonly #child: ChildProcess;
  readonly #waiters = new Set<() => void>();

  constructor(args: readonly string[], options: RunOptions = {}) {
    const home = options.home ?? mkdtempSync(join(tmpdir(), 'sidetone-home-'));
    const pinned = options.processor === undefined ? [] : ['taskset', '-c', String(options.processor)];
    const [program = '', ...given] = [...pinned, process.execPath, join(root, 'cli/sidetone.mjs'), ...args];
    const tool = [...given, '--json'];
    const [command, words] = options.network?.command(program, ...tool) ?? [program, tool];
    this.#child = spawn(command, words, {
      cwd: root,
      env: {
        ...process.env,
        SIDETONE_HOME: home,
        ...(options.password === undefined ? {} : { SIDETONE_PASSWORD: options.password }),
        ...options.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let rest = '';
    this.#child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#take(line);
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      this.stderr += chunk;
    });
    this.exited = new Promise((resolve) => {
      this.#child.on('close', (code, signal) => {
        if (rest !== '') this.#take(rest);
        resolve(code ?? (signal === 'SIGKILL' ? 137 : 129));
        this.#wake();
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Resolves to the first event that satisfies the predicate; rejects after the time limit or when the tool has ended. */
  waitFor(predicate: (event: ToolEvent) => boolean, limitMs = 15_000): Promise<ToolEvent> {
    return new Promise((resolve, reject) => {
      const check = () => {
        const found = this.events.find(predicate);
        if (found !== undefined) finish(() => resolve(found));
        else if (this.#child.exitCode !== null) finish(() => reject(this.#failure('ended without it')));
      };
      const timer = setTimeout(
        () => finish(() => reject(this.#failure(`not within ${limitMs} ms`))),
        limitMs,
      );
      const finish = (end: () => void) => {
        clearTimeout(timer);
        this.#waiters.delete(check);
        end();
      };
      this.#waiters.add(check);
      check();
    });
  }

  /** The first `call` event in the given state. */
  waitForCall(state: string, limitMs?: number): Promise<ToolEvent> {
    return this.waitFor((event) => event.event === 'call' && event['state'] === state, limitMs);
  }

  signal(name: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): void {
    this.#child.kill(name);
  }

  /** Goes away, as a program does that drove the tool and died. */
  closeStdout(): void {
    this.#child.stdout?.destroy();
  }

  /** All events of one kind. */
  of(kind: string): ToolEvent[] {
    return this.events.filter(({ event }) => event === kind);
  }

  #take(line: string): void {
    try {
      this.events.push(JSON.parse(line) as ToolEvent);
    } catch {
      this.strayLines.push(line);
    }
    this.#wake();
  }

  #wake(): void {
    for (const waiter of [...this.#waiters]) waiter();
  }

  #failure(why: string): Error {
    return new Error(
      `${why}\nevents: ${this.events.map((event) => JSON.stringify(event)).join('\n')}\n${this.stderr}`,
    );
  }
}

/** Starts the tool. */
export function sidetone(args: readonly string[], options?: RunOptions): SidetoneRun {
  return new SidetoneRun(args, options);
}
