/**
 * One call: drives call-machine.ts with the signalling (call-signalling.ts) and the sound (call-sound.ts), and shows it as a snapshot.
 * Everything that begins or ends a call enters through `#dispatch`; what changes inside one is call-negotiation.ts's.
 */
import { assertNever } from '../../contract/assert-never.ts';
import { makeError, PhoneFailure, toPhoneError } from '../../contract/errors.ts';
import type { PhoneError } from '../../contract/errors.ts';
import type { CallEnd, CallSnapshot, Party, Referrer } from '../../contract/snapshot.ts';
import { autoAnswerSeconds } from './auto-answer.ts';
import { CallDigits } from './call-digits.ts';
import type { CallEnvironment, CallListenerEvent, CallOrigin, SoundOptions } from './call-environment.ts';
import { incomingCall, outgoingCall, snapshotState, stepCall } from './call-machine.ts';
import type { CallEffect, CallEvent, CallMachineState } from './call-machine.ts';
import type { CallMedia } from './call-media.ts';
import { CallNegotiation } from './call-negotiation.ts';
import { CallParty } from './call-party.ts';
import { CallRecording } from './call-recording.ts';
import { CallRecovery } from './call-recovery.ts';
import { CallSeat } from './call-seat.ts';
import { endOf } from './call-sentences.ts';
import { CallSignalling } from './call-signalling.ts';
import { CallSound } from './call-sound.ts';
import { CallTransfer } from './call-transfer.ts';
import { CallTrickle } from './call-trickle.ts';
import { referrerOf } from './caller-identity.ts';
import type { DialogRequest } from './dialog-request.ts';
import type { DialogName } from './dialog-signalling.ts';
import type { IncomingInvite } from './incoming-invite.ts';
import { randomFraction } from './random-token.ts';
import { readReferral } from './referral.ts';
import { RingingLimit } from './ringing-limit.ts';

const usualGapMs = 100;
const noSound: SoundOptions = { source: { kind: 'silence' }, sink: { kind: 'none' } };

export class Call {
  readonly id: string;
  /** Resolves when the call has ended, its ports are free and its last event is out. */
  readonly ended: Promise<void>;
  /** Where its sound is among the person's calls. */
  readonly seat: CallSeat;
  readonly recording: CallRecording;
  /** Hands the call over to somebody else. */
  readonly transfer: CallTransfer;
  readonly #environment: CallEnvironment;
  readonly #direction: CallSnapshot['direction'];
  readonly #party: CallParty;
  readonly #signalling: CallSignalling;
  readonly #listeners = new Set<(event: CallListenerEvent) => void>();
  readonly #startedAt: number;
  readonly #sound: CallSound;
  readonly #digits: CallDigits;
  readonly #negotiation: CallNegotiation;
  readonly #recovery: CallRecovery;
  readonly #trickle: CallTrickle;
  readonly #ringingLimit: RingingLimit;
  #resolveEnded: () => void = () => undefined;
  #machine: CallMachineState;
  /** Microphone and speaker of an incoming call, from its answer on. */
  #soundOptions = noSound;
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
    this.#party = new CallParty(remote, referrerIn(origin));
    this.ended = new Promise((resolve) => (this.#resolveEnded = resolve));
    const onChanged = () => this.#emit({ type: 'changed' });
    const media = () => this.#sound.media;
    this.#trickle = new CallTrickle({ enabled: environment.paths.trickle, sound: media });
    this.#sound = new CallSound({
      callId: id,
      environment,
      isOver: () => this.#machine.phase === 'ended',
      onOpened: (opened) => this.#onOpened(opened),
      onUnsent: () => this.#dispatch({ type: 'failed', error: this.#signalling.unsentError, status: 503 }),
      onNotOpened: (thrown) => {
        if (thrown instanceof PhoneFailure) this.#answering?.reject(thrown);
        this.#dispatch({ type: 'failed', error: toPhoneError(thrown), status: 480 });
      },
      onPathLost: () => {
        const { answered, phase } = this.#machine;
        if (answered || phase === 'early') this.#recovery.pathChanged(environment.localAddress());
      },
      onBroken: (error) => this.#dispatch({ type: 'failed', error, status: 500 }),
      onCandidates: () => this.#trickle.gathered(),
      takesCandidates: () => this.#trickle.taken,
      onCounted: (received) => {
        if (this.#machine.answered) this.#recovery.counted(received);
      },
      onRecordingFailed: (reason) => this.recording.failed(reason),
      talk: () => ({
        talking: this.#isTalking,
        muted: this.seat.muted,
        remote: this.#party.name,
      }),
      emit: (event) => this.#emit(event),
    });
    this.recording = new CallRecording({
      sound: media,
      now: environment.now,
      notice: (error) => this.#emit({ type: 'notice', error }),
      onChanged,
    });
    this.#digits = new CallDigits({
      dialog: () => this.#signalling.dialog,
      sound: media,
      settings: () => environment.settings().dtmf,
      onDigit: (event) => this.#emit({ type: 'digit', ...event }),
      onChanged,
    });
    this.#negotiation = new CallNegotiation({
      dialog: () => this.#signalling.dialog,
      offeringDialog: () => this.#signalling.offeringDialog,
      media,
      settings: environment.settings,
      ownsCallId: origin.direction === 'outgoing',
      target: () => this.#party.name,
      onChanged,
      onLost: (error) => this.#dispatch({ type: 'failed', error, status: 408 }),
      onSettled: () => this.#signalling.descriptionsSettled(),
      random: randomFraction,
      clock: environment.clock,
    });
    this.#recovery = new CallRecovery({
      media,
      renegotiate: () => this.#negotiation.renegotiate(),
      giveUp: () => this.#farSideGone(408),
      target: () => this.#party.name,
      notice: (error) => this.#emit({ type: 'notice', error }),
      onChanged,
      log: environment.log,
    });
    const notice = (thrown: unknown) => this.#emit({ type: 'notice', error: toPhoneError(thrown) });
    this.seat = new CallSeat({ media, onChanged });
    this.transfer = new CallTransfer({
      dialog: () => {
        if (this.#machine.phase !== 'connected' || this.#signalling.dialog === undefined)
          throw this.#wrongState();
        return this.#signalling.dialog;
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
    this.#signalling = new CallSignalling(origin, {
      environment,
      party: this.#party,
      negotiation: this.#negotiation,
      digits: this.#digits,
      trickle: this.#trickle,
      transfer: this.transfer,
      media,
      phase: () => this.#machine.phase,
      dispatch: (event) => this.#dispatch(event),
      onProgress: () => this.#ringingLimit.restart(this.#machine.phase),
      referred: (message) => {
        const request = async (asked: DialogRequest) => this.#signalling.dialog?.request(asked);
        const referral = readReferral(message, { from: this, request });
        return referral === undefined ? { status: 400 } : environment.referred(referral);
      },
      emit: (event) => this.#emit(event),
    });
    if (origin.direction === 'outgoing') {
      this.#machine = outgoingCall;
      void this.#sound.open(origin.sound);
    } else {
      this.#machine = incomingCall;
      this.#signalling.ring();
      this.#ringingLimit.restart(this.#machine.phase);
    }
  }

  /** Resolves when nothing of the call is on the wire any more; after `ended` or before it. */
  get released(): Promise<void> {
    return this.#signalling.released;
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
      media: this.#sound.media?.snapshot ?? [],
      soundProblem: this.#isTalking ? this.#sound.problem : null,
      recording: this.recording.snapshot,
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

  /** People should be able to talk: nobody holds, and the network is there. */
  get #isTalking(): boolean {
    const { hold } = this.#negotiation;
    const isHeld = hold.local || hold.remote || hold.pending || this.seat.aside;
    return this.#machine.phase === 'connected' && !isHeld && !this.#recovery.active;
  }

  /**
   * Answers an incoming call; resolves once the 200 is out. `byItself`: the phone does it because the PBX asked for it.
   * @throws PhoneFailure `call.wrong-state`, `media.ports-used-up`, `media.file`, `call.no-common-codec`, `call.not-found`
   */
  async answer(sound: SoundOptions, { byItself = false } = {}): Promise<void> {
    if (this.#machine.phase !== 'alerted') throw this.#wrongState();
    this.#soundOptions = sound;
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
    else this.#signalling.choose(to);
  }

  /** Seconds after which the PBX wants this call to be answered by the phone itself; undefined when it does not. */
  get autoAnswerSeconds(): number | undefined {
    const { invitation } = this.#signalling;
    return invitation === undefined ? undefined : autoAnswerSeconds(invitation);
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
    if (this.#sound.media?.running !== true || this.#machine.phase === 'ended') throw this.#wrongState();
    this.#digits.send(digits, options.gapMs ?? usualGapMs);
  }

  /** Its dialogs as an INVITE with Replaces names them (RFC 3891). */
  get dialogNames(): readonly DialogName[] {
    return this.#signalling.dialogNames;
  }

  get phase(): 'early' | 'confirmed' | 'ended' {
    if (this.#machine.phase === 'ended') return 'ended';
    return this.#machine.answered ? 'confirmed' : 'early';
  }

  /** Another phone takes the far side's place (RFC 3891 §3), in what is the person's call as before. */
  takeOver(invite: IncomingInvite): void {
    this.#signalling.takeOver(invite);
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
    if (this.#machine.answered) {
      this.#signalling.dialog?.connectionChanged();
      this.#recovery.pathChanged(localAddress);
    }
    // Answers to an INVITE go to where it came from, which is no more.
    else if (this.#signalling.begun) this.networkLost(makeError('call.connection-lost'));
  }

  /** Nothing has been heard of an outgoing call yet. */
  get unheard(): boolean {
    return this.#machine.phase === 'calling';
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
        if (this.#sound.media !== undefined) this.#signalling.invite(this.#sound.media.offer());
        break;
      case 'open-media':
        void this.#sound.open(this.#soundOptions);
        break;
      case 'accept':
        this.#signalling.accept(this.#description);
        this.#answering?.resolve();
        break;
      case 'talk':
        this.#sound.media?.talk();
        break;
      case 'cancel':
        this.#signalling.cancel();
        break;
      case 'bye':
        this.#signalling.bye();
        break;
      case 'refuse':
        this.#signalling.refuse(effect.status);
        break;
      case 'deflect':
        this.#signalling.refuse(302, [`Contact: <${effect.contact}>`]);
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
    if (outcome !== null) {
      const [at, answeredAt, direction] = [this.#environment.now(), this.#answeredAt, this.#direction];
      this.#end = endOf(outcome, { at, answeredAt, direction, remote: this.#party.remote });
    }
    this.#answering?.reject(new PhoneFailure('call.not-found'));
    this.#digits.close();
    this.#negotiation.close();
    this.#recovery.close();
    this.#trickle.close();
    this.transfer.close();
    this.#signalling.close();
    const stats = await this.#sound.close();
    this.#emit({ type: 'stats', final: true, stats });
    this.#resolveEnded();
  }

  #onOpened(media: CallMedia): void {
    this.seat.opened(media);
    const described = this.#signalling.describe(media);
    if (described === undefined) {
      const error = makeError('call.no-common-codec', { target: this.#party.name });
      this.#dispatch({ type: 'failed', error, status: 488 });
    } else {
      this.#description = described;
      this.#dispatch({ type: 'opened' });
    }
  }

  #emit(event: CallListenerEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

function referrerIn(origin: CallOrigin): Referrer | null {
  if (origin.direction === 'incoming') return referrerOf(origin.invite.message);
  return origin.referral === undefined ? null : { ...origin.referral.by, how: 'transferred' };
}
