/**
 * Keeps one call alive when the network under it changes: drives recovery-machine.ts with the sound and the dialog, and
 * silence-machine.ts with the count of packets that come.
 */
import { assertNever } from '../../contract/assert-never.ts';
import { makeError, toPhoneError } from '../../contract/errors.ts';
import type { PhoneError } from '../../contract/errors.ts';
import type { Logger } from '../log.ts';
import type { CallMedia } from './call-media.ts';
import { steadyCall, stepRecovery } from './recovery-machine.ts';
import type { RecoveryEffect, RecoveryEvent } from './recovery-machine.ts';
import { noSound, stepSilence } from './silence-machine.ts';
import type { SilenceEvent, SilenceState } from './silence-machine.ts';
import type { WishOutcome } from './session-negotiation.ts';
import { systemClock } from '../net/clock.ts';
import type { Clock } from '../net/clock.ts';

export interface CallRecoveryOptions {
  media: () => Pick<CallMedia, 'move' | 'expectsSound'> | undefined;
  /** Offers the session anew with the present media address. Never rejects. */
  renegotiate: () => Promise<WishOutcome['kind']>;
  /** The far side is gone. */
  giveUp: () => void;
  /** The far side as a person reads it. */
  target: () => string;
  /** Something to read once; the call goes on. */
  notice: (error: PhoneError) => void;
  /** `active` reads differently now. */
  onChanged: () => void;
  clock?: Clock;
  log: Logger;
}

export class CallRecovery {
  readonly #options: CallRecoveryOptions;
  readonly #clock: Clock;
  #state = steadyCall;
  #silence: SilenceState = noSound;
  #stopTimer: () => void = () => undefined;

  constructor(options: CallRecoveryOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** The network has changed or is gone, and the call's sound is not yet known to be back. */
  get active(): boolean {
    return this.#state.phase !== 'steady' && this.#state.phase !== 'over';
  }

  /** There is no network. */
  cutOff(): void {
    this.#dispatch({ type: 'lost' });
  }

  /** Signalling goes over another local endpoint; `address` is the local address for sound. */
  pathChanged(address: string): void {
    this.#dispatch({ type: 'path', address });
  }

  /** RTP packets that have come since the answer, told about once a second. */
  counted(received: number): void {
    this.#stepSilence({ type: 'counted', received, expected: this.#options.media()?.expectsSound ?? false });
  }

  /** The call is over. Idempotent. */
  close(): void {
    this.#stepSilence({ type: 'ended' });
    this.#dispatch({ type: 'ended' });
  }

  #stepSilence(event: SilenceEvent): void {
    const [state, effects] = stepSilence(this.#silence, event, this.#clock.nowMs());
    this.#silence = state;
    for (const effect of effects) {
      // While the network itself is away that is no news.
      if (effect.type !== 'notice') this.#dispatch(effect);
      else if (!this.active)
        this.#options.notice(makeError('call.media-lost', { target: this.#options.target() }));
    }
  }

  #dispatch(event: RecoveryEvent): void {
    const before = this.#state;
    const [state, effects] = stepRecovery(before, event);
    this.#state = state;
    if (state.phase !== before.phase)
      this.#options.log.info(`recovery, ${event.type}: ${before.phase} → ${state.phase}`);
    for (const effect of effects) this.#run(effect);
    if ((before.phase === 'steady') !== (state.phase === 'steady')) this.#options.onChanged();
  }

  #run(effect: RecoveryEffect): void {
    switch (effect.type) {
      case 'move':
        void this.#move(effect.address);
        break;
      case 'ask':
        void this.#ask();
        break;
      case 'start-timer':
        this.#stopTimer = this.#clock.after(effect.delayMs, () => this.#dispatch({ type: 'timer' }));
        break;
      case 'stop-timer':
        this.#stopTimer();
        break;
      case 'give-up':
        this.#options.giveUp();
        break;
      default:
        assertNever(effect);
    }
  }

  async #move(address: string): Promise<void> {
    try {
      await this.#options.media()?.move(address);
      this.#dispatch({ type: 'moved' });
    } catch (thrown) {
      this.#options.log.warn(`the sound cannot move to ${address}: ${toPhoneError(thrown).message}`);
      this.#dispatch({ type: 'not-moved' });
    }
  }

  async #ask(): Promise<void> {
    const outcome = await this.#options.renegotiate();
    if (outcome === 'over') this.#dispatch({ type: 'ended' });
    // `superseded` is said of hold and resume alone.
    else this.#dispatch({ type: outcome === 'superseded' ? 'refused' : outcome });
  }
}
