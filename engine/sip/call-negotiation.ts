/**
 * Re-negotiates one call: drives session-negotiation.ts with the dialog and the sound, keeps what the person asked for (hold) beside
 * what the far side agreed to, and has the session timer see every exchange.
 */
import { assertNever } from '../../contract/assert-never.ts';
import { makeError, PhoneFailure } from '../../contract/errors.ts';
import type { PhoneError } from '../../contract/errors.ts';
import type { Settings } from '../../contract/settings.ts';
import type { CallSnapshot } from '../../contract/snapshot.ts';
import type { CallMedia } from './call-media.ts';
import type { MessageHeaders } from './caller-identity.ts';
import { CallSessionTimer } from './call-session-timer.ts';
import type { DialogAnswer, DialogSignalling, OfferingDialog, SessionReply } from './dialog-signalling.ts';
import { descriptionOf } from './dialog-signalling.ts';
import { secondsOf } from './header-values.ts';
import { glareBackOffMs, stepNegotiation, unreadyNegotiation } from './session-negotiation.ts';
import type { NegotiationEffect, NegotiationEvent, Wish, WishOutcome } from './session-negotiation.ts';
import type { Clock } from '../net/clock.ts';

export interface CallNegotiationOptions {
  dialog: () => Pick<DialogSignalling, 'update'> | undefined;
  /** Where offers can be made: that dialog, or an early one that allows it. */
  offeringDialog: () => OfferingDialog | undefined;
  media: () => CallMedia | undefined;
  /** Whoever called made the Call-ID. */
  ownsCallId: boolean;
  /** The far side as a person reads it. */
  target: () => string;
  /** What is shown of the call may have changed. */
  onChanged: () => void;
  /** The far side knows no such call, has not answered an offer at all, or nobody has refreshed the session in time. */
  onLost: (error: PhoneError) => void;
  /** Both sides know each other's descriptions. */
  onSettled: () => void;
  settings: () => Settings;
  /** From 0 up to 1. */
  random: () => number;
  clock: Clock;
}

/** A refusal may name any time; longer than this is no "later" for somebody who waits at a phone. */
const longestRetryAfterMs = 10_000;
/** "500 with Retry-After between 0 and 10 seconds" (RFC 3261 §14.2). */
const retryAfterRange = 11;

export class CallNegotiation {
  readonly #options: CallNegotiationOptions;
  readonly #sessionTimer: CallSessionTimer;
  #state = unreadyNegotiation;
  #stopBackOff: () => void = () => undefined;
  /** Who waits for a wish's outcome; `offered` once an offer has carried it. */
  #waiting: { wish: Wish; offered: boolean; settle: (outcome: WishOutcome) => void }[] = [];
  /** What the person wants, and what was agreed last. */
  #wantsHold = false;
  #agreedHold = false;

  constructor(options: CallNegotiationOptions) {
    this.#options = options;
    this.#sessionTimer = new CallSessionTimer({
      settings: options.settings,
      dialog: options.dialog,
      reinvite: () => this.#refresh(),
      onExpired: () => options.onLost(makeError('call.session-expired', { target: options.target() })),
      clock: options.clock,
    });
  }

  get hold(): CallSnapshot['hold'] {
    return {
      local: this.#wantsHold,
      remote: this.#options.media()?.held ?? false,
      pending: this.#wantsHold !== this.#agreedHold,
    };
  }

  /**
   * Holds, or takes off hold; resolves when the far side has agreed, or when the opposite was asked for in between.
   * @throws PhoneFailure `call.hold-refused`, `call.resume-refused`, `call.not-found`
   */
  async setHold(hold: boolean): Promise<void> {
    const wish = hold ? 'hold' : 'resume';
    const isRepeated = hold === this.#wantsHold;
    if (isRepeated && hold === this.#agreedHold) return;
    if (this.#state.phase === 'over') throw new PhoneFailure('call.not-found');
    // Whoever asks for what is already on its way waits for that.
    const settled = this.#outcome(wish, isRepeated && this.#state.carried.includes(wish));
    if (!isRepeated) {
      this.#wantsHold = hold;
      this.#options.media()?.setHold(hold);
      this.#dispatch({ type: 'wish', wish });
      this.#options.onChanged();
    }
    const outcome = await settled;
    if (outcome.kind === 'agreed' || outcome.kind === 'superseded') return;
    if (outcome.kind === 'over') throw new PhoneFailure('call.not-found');
    throw new PhoneFailure(hold ? 'call.hold-refused' : 'call.resume-refused', {
      target: this.#options.target(),
    });
  }

  /**
   * Offers the session anew with the present media address, once the call stands and nothing else is being negotiated. Resolves to
   * what the far side says to it.
   */
  async renegotiate(): Promise<WishOutcome['kind']> {
    const settled = this.#outcome('move');
    this.#dispatch({ type: 'wish', wish: 'move' });
    return (await settled).kind;
  }

  /** Headers of the INVITE that begins the call. */
  get inviteHeaders(): readonly string[] {
    return this.#sessionTimer.requestHeaders;
  }

  /** A 422 to it; true when `inviteHeaders` ask for longer now. */
  inviteTooShort(response: MessageHeaders): boolean {
    return this.#sessionTimer.tooShort(response);
  }

  /** Whoever rings has answered our offer for good: what changes now need not wait for the 2xx where they take UPDATE (RFC 3311 §5.1). */
  answeredEarly(): void {
    if (this.#sessionTimer.takesUpdate) this.#dispatch({ type: 'established' });
  }

  /** The 2xx to the INVITE has come and its answer runs. Idempotent. */
  answered(response: MessageHeaders): void {
    this.#sessionTimer.answered(response);
    this.established();
  }

  /** Headers for our 200 to the INVITE of the far side. */
  acceptHeaders(invite: MessageHeaders): readonly string[] {
    return this.#sessionTimer.reply(invite, () => ({ status: 200 })).headers ?? [];
  }

  /** That 200 is acknowledged. Idempotent. */
  established(): void {
    this.#dispatch({ type: 'established' });
    this.#options.onSettled();
  }

  /** Any message of the far side: it says what they take. */
  heard(message: MessageHeaders): void {
    this.#sessionTimer.noteAllow(message);
  }

  /** Answers a re-INVITE; its offer is undefined when it wants ours. */
  reinvited(offer: string | undefined, message: MessageHeaders): SessionReply {
    return this.#sessionTimer.reply(message, () => this.#reply('invite', offer));
  }

  /** Our 200 to it has been acknowledged; the answer is there where the offer was ours. */
  reacknowledged(answer: string | undefined): void {
    // An answer that cannot be used leaves the session as it was.
    if (answer !== undefined) this.#options.media()?.applyAnswer(answer, this.#options.target());
    this.#dispatch({ type: 'settled' });
    this.#options.onSettled();
    this.#options.onChanged();
  }

  /** Answers an UPDATE; without an offer it is a mere refresh. */
  updated(offer: string | undefined, message: MessageHeaders): SessionReply {
    return this.#sessionTimer.reply(message, () =>
      offer === undefined ? { status: 200 } : this.#reply('update', offer),
    );
  }

  /** The call is over. Idempotent. */
  close(): void {
    this.#dispatch({ type: 'ended' });
    this.#sessionTimer.close();
  }

  #refresh(): Promise<WishOutcome> {
    const settled = this.#outcome('refresh');
    this.#dispatch({ type: 'wish', wish: 'refresh' });
    return settled;
  }

  #reply(by: 'invite' | 'update', offer: string | undefined): SessionReply {
    const effects = this.#dispatch({ type: 'offered', by });
    const refusal = effects.find((effect) => effect.type === 'turn-away');
    if (refusal !== undefined) return { status: refusal.status, headers: this.#retryAfter(refusal.status) };
    const reply = this.#describe(offer);
    if (reply.status !== 200) this.#dispatch({ type: 'settled' });
    else {
      // Nothing acknowledges the answer to an UPDATE.
      if (by === 'update') this.#options.onSettled();
      this.#options.onChanged();
    }
    return reply;
  }

  #describe(offer: string | undefined): SessionReply {
    const media = this.#options.media();
    const description = offer === undefined ? media?.offer() : media?.answer(offer);
    return description === undefined ? { status: 488 } : { status: 200, description };
  }

  #outcome(wish: Wish, offered = false): Promise<WishOutcome> {
    return new Promise((settle) => this.#waiting.push({ wish, offered, settle }));
  }

  #dispatch(event: NegotiationEvent): NegotiationEffect[] {
    const [state, effects] = stepNegotiation(this.#state, event);
    this.#state = state;
    for (const effect of effects) this.#run(effect);
    return effects;
  }

  #run(effect: NegotiationEffect): void {
    switch (effect.type) {
      case 'offer':
        for (const each of this.#waiting) each.offered ||= effect.wishes.includes(each.wish);
        void this.#offer();
        break;
      case 'answer':
      case 'turn-away':
        // Done by #reply, whose caller waits for it.
        break;
      case 'back-off': {
        const { ownsCallId, random } = this.#options;
        const delayMs = effect.afterMs ?? glareBackOffMs(ownsCallId, random());
        this.#stopBackOff = this.#options.clock.after(delayMs, () =>
          this.#dispatch({ type: 'back-off-over' }),
        );
        break;
      }
      case 'stop-back-off':
        this.#stopBackOff();
        break;
      case 'outcome':
        this.#settle(effect.wishes, effect.outcome);
        break;
      case 'gone':
        this.#options.onLost(makeError('call.connection-lost'));
        break;
      default:
        return assertNever(effect);
    }
  }

  #retryAfter(status: 491 | 500): string[] {
    return status === 500 ? [`Retry-After: ${Math.floor(this.#options.random() * retryAfterRange)}`] : [];
  }

  async #offer(): Promise<void> {
    const { offeringDialog, media, target } = this.#options;
    const [signalling, sound] = [offeringDialog(), media()];
    if (signalling === undefined || sound === undefined)
      return void this.#dispatch({ type: 'silent', sent: false });
    const { requestHeaders: headers } = this.#sessionTimer;
    const answer = await signalling.offer(() => ({ offer: sound.offer(), headers }));
    const { status, message } = answer;
    if (message === undefined || status >= 300) {
      const longer = message !== undefined && status === 422 && this.#sessionTimer.tooShort(message);
      return void this.#dispatch(longer ? { type: 'put-off', status, afterMs: 0 } : failureOf(answer));
    }
    this.#sessionTimer.answered(message);
    const description = descriptionOf(message);
    const error = description === undefined ? 'none' : sound.applyAnswer(description, target());
    if (error === undefined) this.#options.onSettled();
    this.#dispatch(error === undefined ? { type: 'agreed' } : { type: 'refused', status });
  }

  #settle(wishes: readonly Wish[], outcome: WishOutcome): void {
    for (const wish of wishes) {
      if (wish === 'hold' || wish === 'resume') this.#holdSettled(wish === 'hold', outcome);
    }
    // The outcome of an offer is none for the same wish made again since.
    const ofOffer = outcome.kind !== 'over' && outcome.kind !== 'superseded';
    const done = this.#waiting.filter((each) => wishes.includes(each.wish) && (each.offered || !ofOffer));
    this.#waiting = this.#waiting.filter((each) => !done.includes(each));
    for (const { settle } of done) settle(outcome);
    // A far side that is silent while our own address moves is asked again by whoever moves it.
    const asked = wishes.includes('hold') || wishes.includes('resume');
    const unanswered = outcome.kind === 'silent' && outcome.sent && asked;
    if (unanswered && !wishes.includes('move')) this.#options.onLost(makeError('call.connection-lost'));
    this.#options.onChanged();
  }

  #holdSettled(hold: boolean, outcome: WishOutcome): void {
    if (outcome.kind === 'agreed') this.#agreedHold = hold;
    const failed = outcome.kind === 'refused' || outcome.kind === 'silent';
    if (!failed || this.#wantsHold !== hold) return;
    this.#wantsHold = this.#agreedHold;
    this.#options.media()?.setHold(this.#agreedHold);
  }
}

/** What a final answer to our re-INVITE that is no 2xx means (RFC 3261 §14.1). */
function failureOf({ status, own, message }: DialogAnswer): NegotiationEvent {
  if (own && (status === 408 || status === 503)) return { type: 'silent', sent: status === 408 };
  if (status === 481 || status === 408) return { type: 'gone' };
  const afterMs = (secondsOf(message, 'Retry-After') ?? NaN) * 1000;
  if (status === 491) return { type: 'put-off', status, afterMs: null };
  if ((status === 500 || status === 503) && afterMs <= longestRetryAfterMs)
    return { type: 'put-off', status, afterMs };
  return { type: 'refused', status };
}
