/**
 * Keeps a transport connected: connects, and after a failure or a break connects again with the back-off of RFC 5626 §4.5.
 *
 *   idle ── open ──► connecting ── ok ──► ready
 *                      ▲   │ failed         │ broken
 *                timer │   ▼                │
 *                     waiting ◄─────────────┘
 *
 *   renew, from anywhere: connecting again, by the route of that moment.
 */
import { toPhoneError } from '../../contract/errors.ts';
import type { PhoneError } from '../../contract/errors.ts';
import type { Logger } from '../log.ts';
import { randomFraction } from './random-token.ts';
import { backOffMs } from './soft-state.ts';
import type { SipTransport } from './transport/transport.ts';

export interface ConnectionOptions {
  transport: SipTransport;
  onReady: () => void;
  /** The transport broke or could not connect; another attempt follows by itself. */
  onLost: (error: PhoneError) => void;
  /** A datagram was refused; the transport stands. */
  onUnreachable: (error: PhoneError) => void;
  log: Logger;
}

/** A broken stream is often back at once (a restarted server, a changed network): the first attempt comes soon. */
const firstRetryMs = 500;
const baseMs = 2_000;
/** Somebody waits at the phone: a server that is back after an hour is found within a minute. */
const longestRetryMs = 60_000;

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #unsubscribe: (() => void)[];
  #attempt: Promise<boolean> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #closed = false;
  #error: PhoneError | undefined;
  readonly #waiting = new Set<() => void>();

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#unsubscribe = [
      options.transport.on('disconnected', (error) => this.#onDisconnected(error)),
      // Only an answer proves a server: over UDP connecting always succeeds, and a stream may be closed as soon as it is accepted.
      options.transport.on('message', () => (this.#failures = 0)),
    ];
  }

  get ready(): boolean {
    return !this.#closed && this.#attempt === undefined && this.#options.transport.connected;
  }

  /** What went wrong last; undefined since the last success. */
  get error(): PhoneError | undefined {
    return this.#error;
  }

  /** Connects now unless it is already; true when it stands. Never rejects. */
  open(): Promise<boolean> {
    if (this.#closed) return Promise.resolve(false);
    if (this.ready) return Promise.resolve(true);
    this.#attempt ??= this.#connect(() => this.#options.transport.connect());
    return this.#attempt;
  }

  /**
   * Lets go of a connection that stands and connects anew, without the back-off of former failures: the network has changed. True
   * when it stands. Never rejects.
   */
  async renew(): Promise<boolean> {
    await this.#attempt;
    if (this.#closed) return false;
    this.#failures = 0;
    this.#attempt ??= this.#connect(() => this.#options.transport.reconnect());
    return this.#attempt;
  }

  /** Resolves to true once the transport is connected, to false when it is not within the limit. */
  whenReady(limitMs: number): Promise<boolean> {
    if (this.ready || this.#closed) return Promise.resolve(this.ready);
    return new Promise((resolve) => {
      const settle = () => {
        clearTimeout(timer);
        this.#waiting.delete(settle);
        resolve(this.ready);
      };
      const timer = setTimeout(settle, limitMs);
      this.#waiting.add(settle);
    });
  }

  /** Stops connecting; the transport is its owner's to close. Idempotent. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    for (const settle of [...this.#waiting]) settle();
  }

  async #connect(connect: () => Promise<void>): Promise<boolean> {
    clearTimeout(this.#timer);
    try {
      await connect();
    } catch (thrown) {
      this.#attempt = undefined;
      if (!this.#closed) this.#lost(toPhoneError(thrown));
      return false;
    }
    this.#attempt = undefined;
    if (this.#closed) return false;
    this.#error = undefined;
    this.#options.log.info('connected');
    this.#options.onReady();
    for (const settle of [...this.#waiting]) settle();
    return true;
  }

  #onDisconnected(error: PhoneError): void {
    if (this.#closed || this.#attempt !== undefined) return;
    if (this.#options.transport.connected) {
      this.#error = error;
      this.#options.onUnreachable(error);
    } else this.#lost(error);
  }

  #lost(error: PhoneError): void {
    this.#error = error;
    const fraction = randomFraction();
    const delayMs =
      this.#failures === 0
        ? firstRetryMs * (1 + fraction)
        : Math.min(longestRetryMs, backOffMs(baseMs, this.#failures, fraction));
    this.#failures += 1;
    this.#options.log.info(`${error.message} Next attempt in ${Math.round(delayMs)} ms.`);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.open(), delayMs);
    this.#options.onLost(error);
  }
}
