/** Keys of a call that travel by SIP INFO: sent one at a time, each after the answer to the one before, and received. */
import type { DialogSignalling } from './dialog-signalling.ts';
import { readDtmf, writeDtmfRelay } from './dtmf-info.ts';

export interface DigitEvent {
  direction: 'sent' | 'received';
  digit: string;
  method: 'rfc4733' | 'info';
  durationMs: number;
}

export interface CallDigitsOptions {
  dialog: () => DialogSignalling | undefined;
  durationMs: () => number;
  onDigit: (event: DigitEvent) => void;
  /** The far side takes no INFO; the keys that waited are dropped. */
  onRefused: () => void;
}

/** Statuses that say "not this method, not this body": trying on is of no use (RFC 6086 §4.2.2). */
const refusals: readonly number[] = [405, 415, 469, 481, 488, 501];

export class CallDigits {
  readonly #options: CallDigitsOptions;
  #waiting: { digit: string; gapMs: number }[] = [];
  #busy = false;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: CallDigitsOptions) {
    this.#options = options;
  }

  send(digits: string, gapMs: number): void {
    this.#waiting.push(...[...digits].map((digit) => ({ digit, gapMs })));
    if (!this.#busy) void this.#sendNext();
  }

  /** A received INFO; undefined when it is no key. */
  receive(contentType: string, body: string): string | undefined {
    const found = readDtmf(contentType, body);
    if (found !== undefined) this.#options.onDigit({ direction: 'received', method: 'info', ...found });
    return found?.digit;
  }

  /** Drops what waits. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#waiting = [];
    clearTimeout(this.#timer);
  }

  async #sendNext(): Promise<void> {
    const next = this.#waiting.shift();
    const dialog = this.#options.dialog();
    if (next === undefined || dialog === undefined || this.#closed) {
      this.#busy = false;
      return;
    }
    this.#busy = true;
    const { digit, gapMs } = next;
    const durationMs = this.#options.durationMs();
    const status = await dialog.info(writeDtmfRelay({ digit, durationMs }));
    if (this.#closed) return;
    if (status < 300) {
      this.#options.onDigit({ direction: 'sent', method: 'info', digit, durationMs });
    } else if (refusals.includes(status)) {
      this.#waiting = [];
      this.#options.onRefused();
    }
    this.#timer = setTimeout(() => void this.#sendNext(), durationMs + gapMs);
  }
}
