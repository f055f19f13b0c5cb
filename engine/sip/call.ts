/**
 * One call: drives call-machine.ts with the signalling (outgoing-invite.ts, incoming-invite.ts, dialog-signalling.ts) and the sound
 * (call-media.ts), and shows it as a snapshot. Everything that begins or ends a call enters through `#dispatch`; what changes inside
 * one is call-negotiation.ts's.
 */
import type { URI } from 'sip.js/lib/grammar/uri.js';
import { assertNever } from '../../contract/assert-never.ts';
import { makeError, PhoneFailure, toPhoneError } from '../../contract/errors.ts';
import type { PhoneError } from '../../contract/errors.ts';
import type { CallEnd, CallSnapshot, Party } from '../../contract/snapshot.ts';
import type { MediaSessionEvent } from '../media/media-engine.ts';
import { autoAnswerSeconds } from './auto-answer.ts';
import { noStats } from '../media/media-engine.ts';
import { CallAttempts } from './call-attempts.ts';
import { CallDigits } from './call-digits.ts';
import type { CallEnvironment, CallListenerEvent, CallOrigin, SoundOptions } from './call-environment.ts';
import { incomingCall, outgoingCall, snapshotState, stepCall } from './call-machine.ts';
import type { CallEffect, CallEvent, CallMachineState } from './call-machine.ts';
import { CallMedia } from './call-media.ts';
import { CallNegotiation } from './call-negotiation.ts';
import { CallRecovery } from './call-recovery.ts';
import { CallSeat } from './call-seat.ts';
import { CallTransfer } from './call-transfer.ts';
import { refusalOutcome } from './call-refusal.ts';
import { CallParty } from './call-party.ts';
import { endSentence } from './call-sentences.ts';
import { referrerOf } from './caller-identity.ts';
import type { MessageHeaders } from './caller-identity.ts';
import type { DialogHandlers, DialogSignalling } from './dialog-signalling.ts';
import type { IncomingInvite } from './incoming-invite.ts';
import { randomFraction } from './random-token.ts';
import { RingingLimit } from './ringing-limit.ts';

const usualGapMs = 100;

export class Call {
  readonly id: string;
  /** Resolves when the call has ended, its ports are free and its last event is out. */
  readonly ended: Promise<void>;
  /** Resolves when nothing of the call is on the wire any more; after `ended` or before it. */
  readonly released: Promise<void>;
  /** Where its sound is among the person's calls. */
  readonly seat: CallSeat;
  /** Hands the call over to somebody else. */
  readonly transfer: CallTransfer;
  readonly #environment: CallEnvironment;
  readonly #direction: CallSnapshot['direction'];
  readonly #party: CallParty;
  readonly #attempts: CallAttempts | undefined;
  readonly #incoming: IncomingInvite | undefined;
  readonly #listeners = new Set<(event: CallListenerEvent) => void>();
  readonly #startedAt: number;
  readonly #digits: CallDigits;
  readonly #negotiation: CallNegotiation;
  readonly #recovery: CallRecovery;
  readonly #ringingLimit: RingingLimit;
  #resolveEnded: () => void = () => undefined;
  #resolveReleased: () => void = () => undefined;
  #machine: CallMachineState;
  #media: CallMedia | undefined;
  #sound: SoundOptions | undefined;
  /** Our description for the 200 of an incoming call. */
  #description = '';
  #answeredAt: number | null = null;
  #end: CallEnd | null = null;
  #autoAnswered = false;
  /** Settles `answer()`. */
  #answering: { resolve: () => void; reject: (failure: PhoneFailure) => void } | undefined;

  constructor(id: string, remote: Party, origin: CallOrigin, environment: CallEnvironment) {
    this.id = id;
    this.#environment = environment;
    this.#startedAt = environment.now();
    this.#direction = origin.direction;
    const referrer = origin.direction === 'incoming' ? referrerOf(origin.invite.message) : null;
    this.#party = new CallParty(remote, referrer);
    this.ended = new Promise((resolve) => (this.#resolveEnded = resolve));
    this.released = new Promise((resolve) => (this.#resolveReleased = resolve));
    this.#digits = new CallDigits({
      dialog: () => this.#dialog,
      sound: () => this.#media,
      settings: () => environment.settings().dtmf,
      onDigit: (event) => this.#emit({ type: 'digit', ...event }),
      onChanged: () => this.#emit({ type: 'changed' }),
    });
    this.#negotiation = new CallNegotiation({
      dialog: () => this.#dialog,
      media: () => this.#media,
      settings: environment.settings,
      ownsCallId: origin.direction === 'outgoing',
      target: () => this.#party.name,
      onChanged: () => this.#emit({ type: 'changed' }),
      onLost: (error) => this.#dispatch({ type: 'failed', error, status: 408 }),
      random: randomFraction,
      clock: environment.clock,
    });
    this.#recovery = new CallRecovery({
      media: () => this.#media,
      renegotiate: () => this.#negotiation.renegotiate(),
      giveUp: () => this.#farSideGone(408),
      target: () => this.#party.name,
      notice: (error) => this.#emit({ type: 'notice', error }),
      onChanged: () => this.#emit({ type: 'changed' }),
      log: environment.log,
    });
    const onChanged = () => this.#emit({ type: 'changed' });
    const notice = (thrown: unknown) => this.#emit({ type: 'notice', error: toPhoneError(thrown) });
    this.seat = new CallSeat({ media: () => this.#media, onChanged });
    this.transfer = new CallTransfer({
      dialog: () => {
        if (this.#machine.phase !== 'connected' || this.#dialog === undefined) throw this.#wrongState();
        return this.#dialog;
      },
      remote: () => this.#party.remote,
      ownAddress: environment.signalling.core.configuration.aor.toString(),
      held: () => this.#negotiation.hold.local,
      hold: () => this.hold(),
      onBack: () => {
        if (!this.seat.aside && this.#machine.phase !== 'ended') this.resume().catch(notice);
      },
      onChanged,
      onTransferred: (by, to) => this.#dispatch({ type: 'transferred', by, to }),
    });
    this.#ringingLimit = new RingingLimit(() => {
      const error = makeError('call.no-answer', { target: this.#party.name });
      this.#dispatch({ type: 'unanswered', error });
    });
    if (origin.direction === 'outgoing') {
      this.#machine = outgoingCall;
      this.#attempts = this.#attemptsAt(origin.target);
      this.#sound = origin.sound;
      void this.#open();
    } else {
      this.#machine = incomingCall;
      this.#incoming = origin.invite;
      void origin.invite.released.then(this.#resolveReleased);
      this.#negotiation.heard(origin.invite.message);
      origin.invite.ring({
        ...this.#dialogHandlers(),
        cancelled: (answeredElsewhere) => this.#dispatch({ type: 'cancelled', answeredElsewhere }),
      });
      this.#ringingLimit.restart(this.#machine.phase);
    }
  }

  get snapshot(): CallSnapshot {
    return {
      id: this.id,
      accountId: this.#environment.accountId,
      direction: this.#direction,
      state: snapshotState(this.#machine.phase),
      remote: this.#party.remote,
      startedAt: this.#startedAt,
      answeredAt: this.#answeredAt,
      end: this.#end,
      muted: this.seat.muted,
      hold: this.#negotiation.hold,
      conferenceId: this.seat.conferenceId,
      media: this.#media?.snapshot ?? [],
      dtmfMethod: this.#digits.method,
      digits: this.#digits.pressed,
      transfer: this.transfer.progress,
      consultationFor: null,
      referredBy: this.#party.referredBy,
      redirect: this.#party.choice,
      autoAnswered: this.#autoAnswered,
      recovering: this.#recovery.active,
    };
  }

  /**
   * Answers an incoming call; resolves once the 200 is out. `byItself`: the phone does it because the PBX asked for it.
   * @throws PhoneFailure `call.wrong-state`, `media.ports-used-up`, `media.file`, `call.no-common-codec`, `call.not-found`
   */
  async answer(sound: SoundOptions, { byItself = false } = {}): Promise<void> {
    if (this.#machine.phase !== 'alerted') throw this.#wrongState();
    this.#sound = sound;
    this.#autoAnswered = byItself;
    const answered = new Promise<void>((resolve, reject) => (this.#answering = { resolve, reject }));
    this.#dispatch({ type: 'answer' });
    await answered;
  }

  /** Turns an incoming call away; ends any other call. */
  reject(reason: 'busy' | 'declined'): void {
    this.#dispatch({ type: 'hangup', status: reason === 'busy' ? 486 : 603 });
  }

  /**
   * Sends a ringing call elsewhere (302).
   * @throws PhoneFailure `call.wrong-state`, `call.not-found`
   */
  deflect(address: string): void {
    if (this.#machine.phase !== 'alerted') throw this.#wrongState();
    this.#dispatch({ type: 'deflect', contact: address });
  }

  /**
   * Answers the question of a 3xx: calls this party, or ends the call without one.
   * @throws PhoneFailure `call.wrong-state`, `call.not-found`
   */
  redirect(to: Party | undefined): void {
    if (this.#machine.phase !== 'asking') throw this.#wrongState();
    if (to === undefined) this.hangup();
    else this.#attempts?.choose(to);
  }

  /** Seconds after which the PBX wants this call to be answered by the phone itself; undefined when it does not. */
  get autoAnswerSeconds(): number | undefined {
    return this.#incoming === undefined ? undefined : autoAnswerSeconds(this.#incoming.message);
  }

  /** Ends the call whatever its state. Idempotent. */
  hangup(): void {
    this.#dispatch({ type: 'hangup', status: 603 });
  }

  setMuted(muted: boolean): void {
    if (this.#machine.phase !== 'ended' && this.seat.muted !== muted) this.seat.setMuted(muted);
  }

  /**
   * Holds the call: at once nothing more is sent or heard. Resolves when the far side has agreed.
   * @throws PhoneFailure `call.wrong-state`, `call.not-found`, `call.hold-refused`
   */
  async hold(): Promise<void> {
    if (!this.#machine.answered || this.#machine.phase === 'ended') throw this.#wrongState();
    await this.#negotiation.setHold(true);
  }

  /**
   * Takes the call off hold; sound flows when the far side has agreed.
   * @throws PhoneFailure `call.wrong-state`, `call.not-found`, `call.resume-refused`
   */
  async resume(): Promise<void> {
    if (!this.#machine.answered || this.#machine.phase === 'ended') throw this.#wrongState();
    await this.#negotiation.setHold(false);
  }

  /**
   * Presses keys one after the other, each in the best way that the far side takes (call-digits.ts).
   * @throws PhoneFailure `dtmf.bad-digit`, `call.wrong-state`, `call.not-found`
   */
  sendDigits(digits: string, options: { gapMs?: number } = {}): void {
    if (this.#media?.running !== true || this.#machine.phase === 'ended') throw this.#wrongState();
    this.#digits.send(digits, options.gapMs ?? usualGapMs);
  }

  /** Returns the function that removes the listener. */
  on(listener: (event: CallListenerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The network has failed: ends a call that nobody has answered yet; one that stands may outlive it. */
  networkLost(error: PhoneError): void {
    if (!this.#machine.answered) this.#dispatch({ type: 'failed', error, status: 480 });
  }

  /** There is no network: a call that stands waits for it. */
  cutOff(): void {
    if (this.#machine.answered) this.#recovery.cutOff();
  }

  /** Signalling goes over another local endpoint now: the sound moves there too, and the far side is told. */
  pathChanged(localAddress: string): void {
    if (this.#machine.answered) this.#recovery.pathChanged(localAddress);
    // Answers to an INVITE go to where it came from, which is no more.
    else if (this.#attempts?.begun === true) this.networkLost(makeError('call.connection-lost'));
  }

  /** Nothing has been heard of an outgoing call yet. */
  get unheard(): boolean {
    return this.#machine.phase === 'calling';
  }

  get #dialog(): DialogSignalling | undefined {
    return this.#attempts?.dialog ?? this.#incoming?.dialog;
  }

  #farSideGone(status: 408 | 481): void {
    this.#dispatch({ type: 'failed', error: makeError('call.connection-lost'), status });
  }

  #wrongState(): PhoneFailure {
    const state = snapshotState(this.#machine.phase);
    return state === 'ended'
      ? new PhoneFailure('call.not-found')
      : new PhoneFailure('call.wrong-state', { state });
  }

  // ── the machine ───────────────────────────────────────────────────────────────────────────────────────────────────

  #dispatch(event: CallEvent): void {
    const before = this.#machine;
    const [state, effects] = stepCall(before, event);
    if (state === before) return;
    this.#machine = state;
    this.#environment.log.info(`${this.id} ${event.type}: ${before.phase} → ${state.phase}`);
    if (state.answered && !before.answered) this.#answeredAt = this.#environment.now();
    for (const effect of effects) this.#run(effect);
    this.#ringingLimit.restart(state.phase);
    this.#emit({ type: 'changed' });
  }

  #run(effect: CallEffect): void {
    switch (effect.type) {
      case 'invite':
        if (this.#media !== undefined) this.#attempts?.invite(this.#media.offer());
        break;
      case 'open-media':
        void this.#open();
        break;
      case 'accept':
        if (this.#incoming === undefined) break;
        this.#incoming.accept(this.#description, this.#negotiation.acceptHeaders(this.#incoming.message));
        this.#answering?.resolve();
        break;
      case 'talk':
        this.#media?.talk();
        break;
      case 'cancel':
        this.#attempts?.cancel();
        break;
      case 'bye':
        this.#dialog?.bye();
        break;
      case 'refuse':
        this.#incoming?.refuse(effect.status);
        break;
      case 'deflect':
        this.#incoming?.refuse(302, [`Contact: <${effect.contact}>`]);
        break;
      case 'end':
        void this.#finish();
        break;
      default:
        return assertNever(effect);
    }
  }

  async #finish(): Promise<void> {
    const { outcome } = this.#machine;
    this.#party.settled();
    const { now } = this.#environment;
    const at = now();
    if (outcome !== null) {
      const talkMs = this.#answeredAt === null ? undefined : at - this.#answeredAt;
      const { remote } = this.#party;
      const sentence = endSentence({ outcome, direction: this.#direction, remote, talkMs });
      const { by, status, reason, error, answeredElsewhere } = outcome;
      this.#end = { at, by, status, reason, error, answeredElsewhere, sentence };
    }
    this.#answering?.reject(new PhoneFailure('call.not-found'));
    this.#digits.close();
    this.#negotiation.close();
    this.#recovery.close();
    this.transfer.close();
    if (this.#attempts?.begun !== true && this.#incoming === undefined) this.#resolveReleased();
    let stats = noStats;
    try {
      stats = (await this.#media?.close()) ?? noStats;
    } catch (thrown) {
      this.#environment.log.warn(`${this.id}: ${toPhoneError(thrown).message}`);
    }
    this.#emit({ type: 'stats', final: true, stats });
    this.#resolveEnded();
  }

  // ── media ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  async #open(): Promise<void> {
    const { media, settings, localAddress, loadPassword, connect } = this.#environment;
    const { source, sink } = this.#sound ?? { source: { kind: 'silence' }, sink: { kind: 'none' } };
    try {
      if (!(await connect()))
        return this.#dispatch({ type: 'failed', error: this.#unsentError(), status: 503 });
      const options = { media, settings, localAddress: localAddress(), source, sink };
      const opening = CallMedia.open({ ...options, onEvent: (event) => this.#onMedia(event) });
      const [opened] = await Promise.all([opening, loadPassword()]);
      if (this.#machine.phase === 'ended') {
        await opened.close();
        return;
      }
      this.#media = opened;
      this.seat.opened(opened);
      const described = this.#describeAnswer(opened);
      if (described === undefined) this.#noCommonCodec();
      else {
        this.#description = described;
        this.#dispatch({ type: 'opened' });
      }
    } catch (thrown) {
      const error = toPhoneError(thrown);
      if (thrown instanceof PhoneFailure) this.#answering?.reject(thrown);
      this.#dispatch({ type: 'failed', error, status: 480 });
    }
  }

  /** The body of our 200 to an incoming call (empty for an outgoing one); undefined when nothing is in common. */
  #describeAnswer(media: CallMedia): string | undefined {
    if (this.#incoming === undefined) return '';
    const { offer } = this.#incoming;
    return offer === undefined ? media.offer() : media.answer(offer);
  }

  #noCommonCodec(): void {
    const target = this.#party.name;
    this.#dispatch({ type: 'failed', error: makeError('call.no-common-codec', { target }), status: 488 });
  }

  #onMedia(event: MediaSessionEvent): void {
    switch (event.type) {
      case 'digit':
        this.#emit(event);
        break;
      case 'stats':
        this.#emit({ type: 'stats', final: false, stats: event.stats });
        if (this.#machine.answered) this.#recovery.counted(event.stats.received);
        break;
      case 'levels':
        this.#emit(event);
        break;
      case 'first-packet':
        this.#environment.log.debug(`${this.id}: sound from ${event.address}:${event.port}`);
        break;
      case 'failed': {
        const error = makeError(event.code, { file: '', reason: event.reason });
        this.#dispatch({ type: 'failed', error, status: 500 });
        break;
      }
      default:
        return assertNever(event);
    }
  }

  // ── signalling ────────────────────────────────────────────────────────────────────────────────────────────────────

  #dialogHandlers(): DialogHandlers {
    return {
      acknowledged: (answer) => {
        if (this.#incoming?.offer === undefined && this.#direction === 'incoming') this.#onAnswer(answer);
        this.#dispatch({ type: 'acknowledged' });
        this.#negotiation.established();
      },
      unacknowledged: () => this.#farSideGone(408),
      bye: () => {
        if (!this.transfer.bye()) this.#dispatch({ type: 'bye' });
      },
      identified: (message) => {
        this.#negotiation.heard(message);
        if (this.#party.identified(message)) this.#emit({ type: 'changed' });
      },
      reinvited: (offer, message) => this.#negotiation.reinvited(offer, message),
      reacknowledged: (answer) => this.#negotiation.reacknowledged(answer),
      updated: (offer, message) => this.#negotiation.updated(offer, message),
      info: (contentType, body) => {
        const digit = this.#digits.receive(contentType, body);
        return digit !== undefined;
      },
      reported: (subscriptionState, body) => this.transfer.report(subscriptionState, body),
    };
  }

  #attemptsAt(target: URI): CallAttempts {
    const { signalling, settings, anonymous, user, server, hasPassword } = this.#environment;
    const attempts = new CallAttempts(
      { target, anonymous, redirects: () => settings().calls.redirects },
      {
        ...this.#dialogHandlers(),
        progress: (status, description) => {
          const heard = description !== undefined && this.#tryEarly(description);
          this.#ringingLimit.restart(this.#machine.phase);
          if (heard) this.#dispatch({ type: 'early' });
          else if (status === 180) this.#dispatch({ type: 'ringing' });
        },
        answered: (description, response) => this.#onAnswered(description, response),
        sessionHeaders: () => this.#negotiation.inviteHeaders,
        tooShort: (response) => this.#negotiation.inviteTooShort(response),
        refused: (refusal) => {
          const rang = this.#machine.phase === 'ringing' || this.#machine.phase === 'early';
          const call = { target: this.#party.name, user, server, hasPassword: hasPassword(), rang };
          const outcome = refusalOutcome(refusal, call, () => this.#unsentError());
          this.#dispatch({ type: 'refused', outcome });
        },
        again: (to) => {
          if (to !== undefined) this.#party.redirectedTo(to);
          this.#dispatch({ type: 'redirected' });
        },
        asked: (among) => {
          this.#party.offered(among);
          this.#dispatch({ type: 'asked' });
          const error = makeError('call.redirected', { target: this.#party.name });
          this.#emit({ type: 'notice', error });
        },
      },
      signalling,
    );
    void attempts.released.then(this.#resolveReleased);
    return attempts;
  }

  /** Early media; a description that cannot be used is passed over, the 2xx may bring a better one. */
  #tryEarly(description: string): boolean {
    return this.#media?.applyAnswer(description, this.#party.name) === undefined;
  }

  #onAnswered(description: string | undefined, response: MessageHeaders): void {
    this.#dispatch({ type: 'answered' });
    if (description !== undefined || this.#media?.running !== true) this.#onAnswer(description);
    this.#negotiation.answered(response);
  }

  /** An answer to our offer that the call cannot do without. */
  #onAnswer(description: string | undefined): void {
    const target = this.#party.name;
    const error =
      description === undefined
        ? makeError('call.no-common-codec', { target })
        : this.#media?.applyAnswer(description, target);
    if (error !== undefined) this.#dispatch({ type: 'failed', error, status: 488 });
    else this.#emit({ type: 'changed' });
  }

  #unsentError(): PhoneError {
    const { transportError, server } = this.#environment;
    return transportError() ?? makeError('server.unreachable', { server });
  }

  #emit(event: CallListenerEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
