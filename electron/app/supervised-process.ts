/**
 * A utility process that is kept alive: started again after a crash, ended in order on close.
 *
 *   stopped ──start──► running ──crash──► waiting ──delay──► running
 *                        │ close: the message `close`, then an exit within the bound, else it is killed
 *                        ▼
 *                      closed
 */
import { performance } from 'node:perf_hooks';
import { type MessagePortMain, type UtilityProcess, utilityProcess } from 'electron';
import { restartDelay } from './restart-delay.ts';

export interface SupervisedProcessOptions<From> {
  /** Path of the bundle. */
  entry: string;
  /** What the system's task list calls it. */
  name: string;
  onMessage: (message: From) => void;
  /** It has been started, the first time and after each crash: what it must know goes out here. */
  onStart?: () => void;
  /** It died without being asked to, and will be started again. */
  onCrash: (exitCode: number) => void;
}

export class SupervisedProcess<To, From> {
  readonly #options: SupervisedProcessOptions<From>;
  #child: UtilityProcess | null = null;
  #startedAt = 0;
  #failures = 0;
  #restartTimer: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: SupervisedProcessOptions<From>) {
    this.#options = options;
  }

  start(): void {
    if (this.#child !== null || this.#closing !== undefined) return;
    const child = utilityProcess.fork(this.#options.entry, [], {
      serviceName: this.#options.name,
      stdio: 'inherit',
    });
    this.#child = child;
    this.#startedAt = performance.now();
    child.on('message', (message: From) => this.#options.onMessage(message));
    child.once('exit', (code) => {
      this.#child = null;
      if (this.#closing === undefined) this.#crashed(code);
    });
    this.#options.onStart?.();
  }

  /** False when there is no process to take it. */
  send(message: To, ports: MessagePortMain[] = []): boolean {
    if (this.#child === null) return false;
    this.#child.postMessage(message, ports);
    return true;
  }

  /** Asks it to end, waits, kills it after `limitMs`. Idempotent. */
  close(message: To, limitMs: number): Promise<void> {
    this.#closing ??= this.#end(message, limitMs);
    return this.#closing;
  }

  async #end(message: To, limitMs: number): Promise<void> {
    clearTimeout(this.#restartTimer);
    const child = this.#child;
    if (child === null) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        child.kill();
        resolve();
      }, limitMs);
      child.once('exit', () => {
        clearTimeout(timer);
        resolve();
      });
      child.postMessage(message);
    });
  }

  #crashed(code: number): void {
    const { delayMs, failures } = restartDelay(this.#failures, performance.now() - this.#startedAt);
    this.#failures = failures;
    this.#restartTimer = setTimeout(() => this.start(), delayMs);
    this.#options.onCrash(code);
  }
}
