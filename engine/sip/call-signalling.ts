/**
 * One call's INVITE, ours (call-attempts.ts) or theirs (incoming-invite.ts), and the dialog that came of it: what the far side says
 * becomes an event of the call machine or goes to the part of the call that it is for, and the machine's effects become messages.
 */
import { makeError } from '../../contract/errors.ts';
import type { PhoneError } from '../../contract/errors.ts';
import type { Party } from '../../contract/snapshot.ts';
import { CallAttempts } from './call-attempts.ts';
import type { CallDigits } from './call-digits.ts';
import type { CallEnvironment, CallListenerEvent, CallOrigin } from './call-environment.ts';
import type { CallEvent, CallPhase } from './call-machine.ts';
import type { CallMedia } from './call-media.ts';
import type { CallNegotiation } from './call-negotiation.ts';
import type { CallParty } from './call-party.ts';
import { refusalOutcome } from './call-refusal.ts';
import type { CallTransfer } from './call-transfer.ts';
import type { CallTrickle } from './call-trickle.ts';
import { callerOf, referrerOf } from './caller-identity.ts';
import type { MessageHeaders } from './caller-identity.ts';
import type { DialogHandlers, DialogName, DialogSignalling, OfferingDialog } from './dialog-signalling.ts';
import type { IncomingInvite } from './incoming-invite.ts';
import { tricklePackage } from './info-message.ts';
import type { InviteRefusal } from './outgoing-invite.ts';
import { isRequired } from './sdp/stream-protection.ts';

export interface CallSignallingOptions {
  environment: CallEnvironment;
  party: CallParty;
  negotiation: CallNegotiation;
  digits: CallDigits;
  transfer: CallTransfer;
  trickle: CallTrickle;
  media: () => CallMedia | undefined;
  phase: () => CallPhase;
  dispatch: (event: CallEvent) => void;
  /** The far side is still at it: an INVITE of ours may ring on. */
  onProgress: () => void;
  /** A REFER: the status to answer, and what follows once that is out. */
  referred: DialogHandlers['referred'];
  emit: (event: CallListenerEvent) => void;
}

export class CallSignalling {
  /** Resolves when nothing of the call is on the wire any more; for a call without an INVITE, when it is closed. */
  readonly released: Promise<void>;
  readonly #options: CallSignallingOptions;
  readonly #attempts: CallAttempts | undefined;
  readonly #incoming: IncomingInvite | undefined;
  /** The INVITE that has taken the far side's place (RFC 3891). */
  #successor: IncomingInvite | undefined;
  #release: () => void = () => undefined;
  #onWire: Promise<unknown> = Promise.resolve();

  constructor(origin: CallOrigin, options: CallSignallingOptions) {
    this.#options = options;
    this.released = new Promise((resolve) => (this.#release = resolve));
    if (origin.direction === 'incoming') this.#incoming = origin.invite;
    else this.#attempts = this.#attemptsAt(origin);
    const { released } = this.#incoming ?? this.#attempts ?? {};
    if (released !== undefined) this.#releaseAfter(released);
  }

  /** The call is off the wire once the last of its dialogs is. */
  #releaseAfter(part: Promise<void>): void {
    const all = Promise.all([this.#onWire, part]);
    this.#onWire = all;
    void all.then(() => {
      if (this.#onWire === all) this.#release();
    });
  }

  /** The call's dialog, once somebody has answered. */
  get dialog(): DialogSignalling | undefined {
    return (this.#successor ?? this.#attempts ?? this.#incoming)?.dialog;
  }

  /** Where offers can be made: that dialog, or an early one that allows it. */
  get offeringDialog(): OfferingDialog | undefined {
    return this.dialog ?? this.#attempts?.offeringDialog;
  }

  /** That dialog, or those of the phones that still ring. */
  get dialogNames(): readonly DialogName[] {
    const { dialog } = this;
    return dialog === undefined ? (this.#attempts?.earlyDialogs ?? []) : [dialog.identity];
  }

  /** The INVITE of an incoming call. */
  get invitation(): MessageHeaders | undefined {
    return this.#incoming?.message;
  }

  /** An INVITE of ours has been sent. */
  get begun(): boolean {
    return this.#attempts?.begun === true;
  }

  /** Why nothing can be sent. */
  get unsentError(): PhoneError {
    const { transportError, server } = this.#options.environment;
    return transportError() ?? makeError('server.unreachable', { server });
  }

  /** Lets an incoming call ring: from here on its caller is heard. */
  ring(): void {
    const { dispatch, negotiation, trickle } = this.#options;
    if (this.#incoming === undefined) return;
    negotiation.heard(this.#incoming.message);
    trickle.heard(this.#incoming.message);
    if (this.#incoming.offer !== undefined) trickle.offered(this.#incoming.offer);
    this.#incoming.ring({
      ...this.#dialogHandlers(),
      cancelled: (answeredElsewhere) => dispatch({ type: 'cancelled', answeredElsewhere }),
    });
  }

  /** The body of our 200 to an incoming call (empty for an outgoing one); undefined when nothing is in common. */
  describe(media: CallMedia): string | undefined {
    if (this.#incoming === undefined) return '';
    const { offer } = this.#incoming;
    return offer === undefined ? media.offer() : media.answer(offer);
  }

  /** Sends the INVITE that is due. */
  invite(offer: string): void {
    this.#attempts?.invite(offer);
  }

  /** Answers the question of a 3xx. */
  choose(to: Party): void {
    this.#attempts?.choose(to);
  }

  cancel(): void {
    this.#attempts?.cancel();
  }

  accept(description: string): void {
    if (this.#incoming === undefined) return;
    this.#incoming.accept(description, this.#options.negotiation.acceptHeaders(this.#incoming.message));
  }

  refuse(status: number, headers: string[] = []): void {
    this.#incoming?.refuse(status, headers);
  }

  bye(): void {
    this.dialog?.bye();
  }

  /**
   * Answers an INVITE that takes the far side's place, with the sound of this call, and ends the former dialog; somebody who picks up
   * what we still let ring ends that (RFC 3891 §3).
   */
  takeOver(invite: IncomingInvite): void {
    const { dispatch, emit, media, negotiation, party, trickle } = this.#options;
    const { message, offer } = invite;
    trickle.heard(message);
    const sound = media();
    sound?.renewKeys();
    const description = offer === undefined ? sound?.offer() : sound?.answer(offer);
    if (description === undefined) return invite.refuse(488);
    const former = this.dialog;
    this.#successor = invite;
    this.#releaseAfter(invite.released);
    party.replacedBy(callerOf(message), referrerOf(message));
    negotiation.heard(message);
    invite.attend({
      ...this.#dialogHandlers(),
      acknowledged: (answer) => {
        if (offer === undefined) this.#onAnswer(answer);
        negotiation.established();
      },
      cancelled: () => undefined,
    });
    invite.accept(description, negotiation.acceptHeaders(message));
    if (former === undefined) this.cancel();
    else former.bye();
    dispatch({ type: 'answered' });
    emit({ type: 'changed' });
  }

  /** The call is over. What is on the wire is seen to its end. Idempotent. */
  close(): void {
    if (!this.begun && this.#incoming === undefined) this.#release();
  }

  #dialogHandlers(): DialogHandlers {
    const { dispatch, digits, emit, negotiation, party, referred, transfer, trickle } = this.#options;
    const invite = this.#successor;
    const isLeft = () => invite !== this.#successor;
    return {
      acknowledged: (answer) => {
        if (this.#incoming !== undefined && this.#incoming.offer === undefined) this.#onAnswer(answer);
        dispatch({ type: 'acknowledged' });
        negotiation.established();
      },
      unacknowledged: () => {
        if (!isLeft()) dispatch({ type: 'failed', error: makeError('call.connection-lost'), status: 408 });
      },
      bye: () => {
        if (!isLeft() && !transfer.bye()) dispatch({ type: 'bye' });
      },
      identified: (message) => {
        negotiation.heard(message);
        trickle.heard(message);
        if (party.identified(message)) emit({ type: 'changed' });
      },
      reinvited: (offer, message) => negotiation.reinvited(offer, message),
      reacknowledged: (answer) => negotiation.reacknowledged(answer),
      updated: (offer, message) => negotiation.updated(offer, message),
      info: (info) => {
        if (info.package === tricklePackage) return trickle.receive(info);
        if (info.package !== '') return { status: 469 };
        return { status: digits.receive(info.type, info.body) === undefined ? 415 : 200 };
      },
      reported: (subscriptionState, body) => transfer.report(subscriptionState, body),
      referred,
    };
  }

  #attemptsAt(origin: Extract<CallOrigin, { direction: 'outgoing' }>): CallAttempts {
    const { target, referral, replaces, otherwise } = origin;
    const { dispatch, emit, environment, negotiation, party } = this.#options;
    const { signalling, settings, anonymous } = environment;
    return new CallAttempts(
      { target, anonymous, replaces, otherwise, redirects: () => settings().calls.redirects },
      {
        ...this.#dialogHandlers(),
        progress: (status, description, dialog) => {
          const heard = description !== undefined && this.#tryEarly(description);
          if (heard) this.#options.trickle.settled(dialog.info, { confirms: !dialog.reliable });
          if (heard && dialog.reliable) negotiation.answeredEarly();
          this.#options.onProgress();
          if (heard) dispatch({ type: 'early' });
          else if (status === 180) dispatch({ type: 'ringing' });
        },
        answered: (description, response) => this.#onAnswered(description, response),
        sessionHeaders: () => [...(referral?.headers ?? []), ...negotiation.inviteHeaders],
        tooShort: (response) => negotiation.inviteTooShort(response),
        refused: (refusal) => this.#onRefused(refusal),
        again: (to) => {
          if (to !== undefined) party.redirectedTo(to);
          dispatch({ type: 'redirected' });
        },
        asked: (among) => {
          party.offered(among);
          dispatch({ type: 'asked' });
          emit({ type: 'notice', error: makeError('call.redirected', { target: party.name }) });
        },
      },
      signalling,
    );
  }

  /** Both sides know each other's descriptions: candidates that they do not name may be told in the dialog. */
  descriptionsSettled(): void {
    const { dialog } = this;
    if (dialog === undefined) return;
    this.#options.trickle.settled(async (request) => (await dialog.request(request)).status);
  }

  /** Early media; a description that cannot be used is passed over, the 2xx may bring a better one. */
  #tryEarly(description: string): boolean {
    return this.#options.media()?.applyAnswer(description, this.#options.party.name) === undefined;
  }

  #onAnswered(description: string | undefined, response: MessageHeaders): void {
    const { dispatch, media, negotiation } = this.#options;
    dispatch({ type: 'answered' });
    if (description !== undefined || media()?.running !== true) this.#onAnswer(description);
    negotiation.answered(response);
  }

  /** An answer to our offer that the call cannot do without. */
  #onAnswer(description: string | undefined): void {
    const { dispatch, emit, media, party } = this.#options;
    const target = party.name;
    const error =
      description === undefined
        ? makeError('call.no-common-codec', { target })
        : media()?.applyAnswer(description, target);
    if (error !== undefined) dispatch({ type: 'failed', error, status: 488 });
    else emit({ type: 'changed' });
  }

  #onRefused(refusal: InviteRefusal): void {
    const { dispatch, environment, party, phase } = this.#options;
    const { user, server, hasPassword, encryption } = environment;
    const encrypted = isRequired(encryption.policy);
    const rang = phase() === 'ringing' || phase() === 'early';
    const call = { target: party.name, user, server, hasPassword: hasPassword(), rang, encrypted };
    dispatch({ type: 'refused', outcome: refusalOutcome(refusal, call, () => this.unsentError) });
  }
}
