/**
 * Keeps one call's session timer: drives session-timer.ts with a clock, writes and reads its headers in every exchange of the call, and
 * refreshes by UPDATE where the far side takes it, else by re-INVITE (RFC 4028 §7.2).
 */
import { assertNever } from '../../contract/assert-never.ts';
import type { Settings } from '../../contract/settings.ts';
import type { MessageHeaders } from './caller-identity.ts';
import type { DialogSignalling, SessionReply } from './dialog-signalling.ts';
import {
  answerSessionTimer,
  intervalOfAnswer,
  leastIntervalOf,
  sessionHeaders,
  sessionTimerRefusal,
} from './session-expires.ts';
import { listOf } from './header-values.ts';
import type { SessionInterval } from './session-expires.ts';
import type { WishOutcome } from './session-negotiation.ts';
import { idleSessionTimer, stepSessionTimer } from './session-timer.ts';
import type { SessionTimerEffect, SessionTimerEvent, SessionTimerState } from './session-timer.ts';
import type { Clock } from '../net/clock.ts';

export interface CallSessionTimerOptions {
  settings: () => Settings;
  dialog: () => Pick<DialogSignalling, 'update'> | undefined;
  /** Refreshes by re-INVITE; what it is answered goes through `answered`. */
  reinvite: () => Promise<WishOutcome>;
  /** Nobody has refreshed the session, or the far side knows no such call. */
  onExpired: () => void;
  clock: Clock;
}

/** In place of a status: the far side has not answered. */
const unheard = 408;
/** Statuses that say that the far side takes no UPDATE, whatever its Allow header said. */
const noUpdate: readonly number[] = [405, 501];

export class CallSessionTimer {
  readonly #options: CallSessionTimerOptions;
  readonly #stop: Record<'refresh' | 'expiry', () => void> = {
    refresh: () => undefined,
    expiry: () => undefined,
  };
  #state: SessionTimerState;
  #takesUpdate = false;

  constructor(options: CallSessionTimerOptions) {
    this.#options = options;
    this.#state = idleSessionTimer(options.settings().session_timeout);
  }

  /** Headers for an INVITE, re-INVITE or UPDATE of ours. */
  get requestHeaders(): string[] {
    const { seconds, leastSeconds } = this.#state;
    return sessionHeaders({ seconds, leastSeconds, refresher: this.#refresher });
  }

  /** The far side takes UPDATE, as far as it has said. */
  get takesUpdate(): boolean {
    return this.#takesUpdate;
  }

  /** Any message of the far side: its Allow header says what it takes. */
  noteAllow(message: MessageHeaders): void {
    const allowed = listOf(message.getHeaders('Allow'));
    if (allowed.length > 0) this.#takesUpdate = allowed.includes('UPDATE');
  }

  /** Answers a request of the far side: with 422 when its interval is too short, else as `answer` does, with our headers in the 200. */
  reply(request: MessageHeaders, answer: () => SessionReply): SessionReply {
    const refusal = sessionTimerRefusal(request);
    if (refusal !== undefined) return { status: 422, headers: refusal };
    const reply = answer();
    if (reply.status !== 200) return reply;
    const ours = { seconds: this.#options.settings().session_timeout, refresher: this.#refresher };
    const { headers, interval } = answerSessionTimer(request, ours);
    this.#agreed(interval);
    return { ...reply, headers: [...(reply.headers ?? []), ...headers] };
  }

  /** A 2xx to a request that carried `requestHeaders`. */
  answered(answer: MessageHeaders): void {
    this.#agreed(intervalOfAnswer(answer));
  }

  /** A 422 to a request that carried `requestHeaders`: the next one asks for longer. False when it names no reason to. */
  tooShort(answer: MessageHeaders): boolean {
    const before = this.#state.leastSeconds;
    this.#dispatch({ type: 'too-short', leastSeconds: leastIntervalOf(answer) });
    return this.#state.leastSeconds > before;
  }

  /** The call is over. Idempotent. */
  close(): void {
    this.#dispatch({ type: 'ended' });
  }

  get #refresher(): SessionInterval['refresher'] | undefined {
    switch (this.#state.phase) {
      case 'waiting':
      case 'refreshing':
        return 'us';
      case 'watching':
        return 'them';
      case 'off':
      case 'over':
        return undefined;
      default:
        return assertNever(this.#state.phase);
    }
  }

  #agreed(interval: SessionInterval | undefined): void {
    this.#dispatch(interval === undefined ? { type: 'alone' } : { type: 'agreed', interval });
  }

  #dispatch(event: SessionTimerEvent): void {
    const [state, effects] = stepSessionTimer(this.#state, event);
    this.#state = state;
    for (const effect of effects) this.#run(effect);
  }

  #run(effect: SessionTimerEffect): void {
    switch (effect.type) {
      case 'start': {
        const { timer, afterMs } = effect;
        this.#stop[timer]();
        this.#stop[timer] = this.#options.clock.after(afterMs, () =>
          this.#dispatch({ type: timer === 'refresh' ? 'refresh-due' : 'expiry-due' }),
        );
        break;
      }
      case 'stop':
        this.#stop[effect.timer]();
        break;
      case 'refresh':
        void this.#refresh();
        break;
      case 'expire':
        this.#options.onExpired();
        break;
      default:
        return assertNever(effect);
    }
  }

  async #refresh(): Promise<void> {
    const status = await this.#update();
    if (!noUpdate.includes(status)) {
      if (status === 481) this.#options.onExpired();
      else if (status >= 300) this.#dispatch({ type: 'failed', heard: status !== unheard });
      return;
    }
    this.#takesUpdate = false;
    const { kind } = await this.#options.reinvite();
    if (kind !== 'agreed') this.#dispatch({ type: 'failed', heard: kind === 'refused' });
  }

  /** The status that an UPDATE came to; 405 without sending one that the far side would not take. */
  async #update(): Promise<number> {
    const dialog = this.#options.dialog();
    for (let attempt = 0; this.#takesUpdate && dialog !== undefined; attempt += 1) {
      const { status, own, message } = await dialog.update(this.requestHeaders);
      if (own || message === undefined) return unheard;
      if (status < 300) this.answered(message);
      if (status !== 422 || attempt > 0 || !this.tooShort(message)) return status === 408 ? 481 : status;
    }
    return 405;
  }
}
