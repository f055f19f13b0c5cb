/**
 * Keys of a call, each sent until a way is found that the far side takes: as telephone-events in the sound (RFC 4733), by SIP INFO,
 * or as tones (ITU-T Q.23), which every far side hears. INFO is sent one at a time, each after the answer to the one before; what
 * is refused goes the next way, so that no key is lost. Keys that the far side sends by INFO are read here too.
 *
 *    settings' choice        what both sides agreed on       what has been refused
 *          └──────────────────────────┴───────────────────────────────┘
 *                                     ▼
 *    ways in order, tones last ── the first that is left takes the key ── refused? the next one
 */
import { assertNever } from '../../contract/assert-never.ts';
import { PhoneFailure } from '../../contract/errors.ts';
import type { Settings } from '../../contract/settings.ts';
import type { CallSnapshot } from '../../contract/snapshot.ts';
import type { DialogSignalling } from './dialog-signalling.ts';
import { readDtmf, writeDtmfRelay } from './dtmf-info.ts';

export type DigitWay = Exclude<CallSnapshot['dtmfMethod'], 'none'>;

export interface DigitEvent {
  direction: 'sent' | 'received';
  digit: string;
  method: DigitWay;
  durationMs: number;
}

/** The call's sound, as far as keys go. */
export interface DigitSound {
  /** Something was negotiated. */
  readonly running: boolean;
  /** The far side takes telephone-events. */
  readonly takesEvents: boolean;
  sendDigits(digits: string, options: { durationMs: number; gapMs: number }): void;
  sendTones(digits: string, options: { durationMs: number; gapMs: number }): void;
}

export interface CallDigitsOptions {
  dialog: () => Pick<DialogSignalling, 'info'> | undefined;
  sound: () => DigitSound | undefined;
  settings: () => Settings['dtmf'];
  onDigit: (event: DigitEvent) => void;
  /** What {@link CallDigits.method} says has changed. */
  onChanged: () => void;
}

/** Statuses that say "not this method, not this body": trying on is of no use (RFC 6086 §4.2.2). */
const refusals: readonly number[] = [405, 415, 469, 481, 488, 501, 603];
const digitsShown = 32;

/** The ways that are open, best first. */
export function digitWays(
  settings: Pick<Settings['dtmf'], 'mode' | 'sip_info_fallback'>,
  call: { takesEvents: boolean; takesInfo: boolean },
): DigitWay[] {
  const events: DigitWay[] = call.takesEvents ? ['rfc4733'] : [];
  const info: DigitWay[] = call.takesInfo ? ['info'] : [];
  switch (settings.mode) {
    case 'INFO':
      return [...info, ...events, 'inband'];
    case 'RFC2833':
      return [...events, ...(settings.sip_info_fallback ? info : []), 'inband'];
    default:
      return assertNever(settings.mode);
  }
}

export class CallDigits {
  readonly #options: CallDigitsOptions;
  #waiting: { digit: string; gapMs: number }[] = [];
  #busy = false;
  #infoRefused = false;
  #pressed = '';
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: CallDigitsOptions) {
    this.#options = options;
  }

  /** How the next key will travel; `none` while nothing was negotiated. */
  get method(): CallSnapshot['dtmfMethod'] {
    return this.#options.sound()?.running === true ? (this.#ways()[0] ?? 'none') : 'none';
  }

  /** The last keys that were pressed. */
  get pressed(): string {
    return this.#pressed;
  }

  /**
   * Presses keys one after the other. The call's sound must be running.
   * @throws PhoneFailure `dtmf.bad-digit`
   */
  send(digits: string, gapMs: number): void {
    const keys = digits.toUpperCase();
    if (!/^[0-9*#A-D]+$/.test(keys)) throw new PhoneFailure('dtmf.bad-digit', { digits });
    this.#pressed = (this.#pressed + keys).slice(-digitsShown);
    this.#waiting.push(...[...keys].map((digit) => ({ digit, gapMs })));
    if (!this.#busy) void this.#sendNext();
    this.#options.onChanged();
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

  /** INFO needs a dialog that has been answered (RFC 6086 §4.2.1). */
  #ways(): DigitWay[] {
    const { dialog, sound, settings } = this.#options;
    return digitWays(settings(), {
      takesEvents: sound()?.takesEvents ?? false,
      takesInfo: dialog() !== undefined && !this.#infoRefused,
    });
  }

  async #sendNext(): Promise<void> {
    const next = this.#waiting.shift();
    if (next === undefined || this.#closed) {
      this.#busy = false;
      return;
    }
    this.#busy = true;
    const { duration: durationMs } = this.#options.settings();
    const [way, ...others] = this.#ways();
    if (way === 'info') await this.#sendByInfo(next, durationMs, others);
    else this.#sendInSound(next, durationMs, way ?? 'inband');
    if (this.#closed) return;
    if (way === 'info') this.#timer = setTimeout(() => void this.#sendNext(), durationMs + next.gapMs);
    else await this.#sendNext();
  }

  async #sendByInfo(
    next: { digit: string; gapMs: number },
    durationMs: number,
    others: readonly DigitWay[],
  ): Promise<void> {
    const { digit } = next;
    const status = (await this.#options.dialog()?.info(writeDtmfRelay({ digit, durationMs }))) ?? 481;
    if (this.#closed) return;
    if (status < 300) {
      this.#options.onDigit({ direction: 'sent', method: 'info', digit, durationMs });
      return;
    }
    if (refusals.includes(status)) {
      this.#infoRefused = true;
      this.#options.onChanged();
    }
    this.#sendInSound(next, durationMs, others[0] ?? 'inband');
  }

  /** Telephone-events and tones keep their own order and pace, and tell by an event of the sound when they are through. */
  #sendInSound({ digit, gapMs }: { digit: string; gapMs: number }, durationMs: number, way: DigitWay): void {
    const sound = this.#options.sound();
    if (way === 'rfc4733') sound?.sendDigits(digit, { durationMs, gapMs });
    else sound?.sendTones(digit, { durationMs, gapMs });
  }
}
