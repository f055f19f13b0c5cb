/**
 * The calls of one line: makes those that go out, says which of those that come in may ring, and keeps each until nothing of it is on
 * the wire any more.
 */
import { randomUUID } from 'node:crypto';
import { Grammar } from 'sip.js/lib/grammar/grammar.js';
import type { URI } from 'sip.js/lib/grammar/uri.js';
import type { IncomingInviteRequest } from 'sip.js/lib/core/messages/methods/invite.js';
import { PhoneFailure } from '../../contract/errors.ts';
import type { Party } from '../../contract/snapshot.ts';
import { targetUri } from './target.ts';
import { admit } from './admission.ts';
import type { TurnedAway } from './admission.ts';
import { mustAnswerItself } from './auto-answer.ts';
import { Call } from './call.ts';
import type { CallEnvironment, CallOrigin, SoundOptions } from './call-environment.ts';
import { offerProblem } from './call-media.ts';
import { callerOf } from './caller-identity.ts';
import { withoutParameters } from './header-values.ts';
import { IncomingInvite } from './incoming-invite.ts';
import { takesSdp } from './message-guard.ts';
import { partyOfUri } from './party.ts';
import type { Referral } from './referral.ts';
import { chooseReplaced } from './replacement.ts';
import type { Takeover } from './replaces.ts';
import { sessionTimerRefusal } from './session-expires.ts';
import { acceptedBodies } from './sip-core.ts';

export interface LineCallsOptions {
  environment: Omit<CallEnvironment, 'referred'>;
  /** Of addresses that name none. */
  domain: string;
  /** This person is in a call, on whichever line. This line's calls alone when absent. */
  inCall?: () => boolean;
  /** A call that rings. */
  onIncoming: (call: Call) => void;
  /** A call that was turned away before it rang. */
  onTurnedAway: (remote: Party, why: TurnedAway) => void;
  /** Somebody is there to call whom a far side sends the person to. */
  followsReferrals: () => boolean;
  onReferred: (referral: Referral) => void;
  /** Something about one of the calls is new. */
  onChanged: () => void;
}

/** What keeps an INVITE from being looked at as a call: the answer to it. */
interface Refusal {
  status: number;
  headers?: string[];
  /** Somebody wanted to talk all the same, and the person shall know. */
  turnedAway?: TurnedAway;
}

export class LineCalls implements Iterable<Call> {
  readonly #options: LineCallsOptions;
  readonly #environment: CallEnvironment;
  readonly #calls = new Set<Call>();
  #closed = false;

  constructor(options: LineCallsOptions) {
    this.#options = options;
    this.#environment = { ...options.environment, referred: (referral) => this.#onReferral(referral) };
  }

  [Symbol.iterator](): Iterator<Call> {
    return this.#calls.values();
  }

  get size(): number {
    return this.#calls.size;
  }

  /** A call has lost its sound with the network and waits for it. */
  get recovering(): boolean {
    return [...this.#calls].some((call) => call.snapshot.recovering);
  }

  /**
   * Calls a number or SIP address.
   * @throws PhoneFailure `call.bad-target`
   */
  call(target: string, options: { id: string; takeover?: Takeover } & SoundOptions): Call {
    const { id, source, sink, takeover } = options;
    const { replaces, otherwise } = takeover ?? {};
    return this.#callOut(target, id, {
      sound: { source, sink },
      ...(replaces === undefined ? {} : { replaces }),
      ...(otherwise === undefined ? {} : { otherwise: this.addressOf(otherwise).uri }),
    });
  }

  /**
   * Calls whom the far side of another call sends the person to, and reports there how it goes.
   * @throws PhoneFailure `call.bad-target`
   */
  callReferred(referral: Referral, { id, source, sink }: { id: string } & SoundOptions): Call {
    const call = this.#callOut(referral.target.uri, id, { sound: { source, sink }, referral });
    referral.follow(call);
    return call;
  }

  /**
   * What a person typed, as an address of this line's domain unless it names another.
   * @throws PhoneFailure `call.bad-target`
   */
  addressOf(target: string): { address: string; uri: URI } {
    const address = targetUri(target, this.#options.domain);
    const uri = Grammar.URIParse(address);
    if (uri === undefined) throw new PhoneFailure('call.bad-target', { target });
    return { address, uri };
  }

  /** Resolves once no call is left, the last one's BYE included. */
  async idle(): Promise<void> {
    while (this.#calls.size > 0)
      await Promise.allSettled([...this.#calls].flatMap((call) => [call.ended, call.released]));
  }

  /** Ends every call, which it returns, and takes no other. */
  hangupAll(): Call[] {
    this.#closed = true;
    const calls = [...this.#calls];
    for (const call of calls) call.hangup();
    return calls;
  }

  /** An INVITE outside a dialog has come in. */
  receive(request: IncomingInviteRequest): void {
    const invite = new IncomingInvite(request, this.#environment.signalling);
    const { message } = invite;
    const refusal = this.#refusalOf(invite);
    if (refusal !== undefined) return this.#refuse(invite, refusal);
    if (message.hasHeader('Replaces')) {
      const choice = chooseReplaced(message.getHeaders('Replaces'), this.#calls);
      if ('status' in choice) invite.refuse(choice.status);
      else choice.call.takeOver(invite);
      return;
    }
    const caller = callerOf(message);
    const { calls } = this.#environment.settings();
    const admission = admit(calls, this.#inCall);
    if (admission !== 'ring') {
      invite.refuse(486);
      this.#options.onTurnedAway(caller, admission);
      return;
    }
    if (mustAnswerItself(message) && (!calls.auto_answer || this.#inCall)) return invite.refuse(403);
    this.#options.onIncoming(this.#add(randomUUID(), caller, { direction: 'incoming', invite }));
  }

  #refusalOf({ offer, message }: IncomingInvite): Refusal | undefined {
    const { settings, localAddress, encryption, log } = this.#environment;
    if (this.#closed) return { status: 480 };
    if (!takesSdp(message.getHeaders('Accept'))) return { status: 406 };
    if (offer !== undefined && withoutParameters(message.getHeader('Content-Type')) !== 'application/sdp')
      return { status: 415, headers: [`Accept: ${acceptedBodies.join(', ')}`] };
    const tooShort = sessionTimerRefusal(message);
    if (tooShort !== undefined) return { status: 422, headers: tooShort };
    const problem =
      offer === undefined ? undefined : offerProblem(offer, settings(), localAddress(), encryption.policy);
    if (problem === undefined) return undefined;
    log.info(`an incoming call without a usable offer was refused (${problem})`);
    const isCall = problem === 'not-encrypted' || problem === 'no-common-codec';
    return { status: 488, ...(isCall ? { turnedAway: problem } : {}) };
  }

  #refuse(invite: IncomingInvite, { status, headers, turnedAway }: Refusal): void {
    invite.refuse(status, headers);
    // Who takes another's place in a call would not have rung.
    if (turnedAway !== undefined && !invite.message.hasHeader('Replaces'))
      this.#options.onTurnedAway(callerOf(invite.message), turnedAway);
  }

  get #inCall(): boolean {
    const { inCall } = this.#options;
    return inCall?.() ?? [...this.#calls].some((call) => call.snapshot.state !== 'ended');
  }

  #onReferral(referral: Referral): { status: number; then?: () => void } {
    const { followsReferrals, onReferred } = this.#options;
    if (!this.#environment.settings().calls.accept_transfers || !followsReferrals()) return { status: 603 };
    try {
      this.addressOf(referral.target.uri);
    } catch {
      return { status: 400 };
    }
    return { status: 202, then: () => onReferred(referral) };
  }

  #callOut(
    target: string,
    id: string,
    origin: Omit<Extract<CallOrigin, { direction: 'outgoing' }>, 'direction' | 'target'>,
  ): Call {
    const { address, uri } = this.addressOf(target);
    return this.#add(id, partyOfUri(address), { direction: 'outgoing', target: uri, ...origin });
  }

  #add(id: string, remote: Party, origin: CallOrigin): Call {
    const call = new Call(id, remote, origin, this.#environment);
    this.#calls.add(call);
    call.on(({ type }) => {
      if (type === 'changed') this.#options.onChanged();
    });
    void Promise.allSettled([call.ended, call.released]).then(() => this.#calls.delete(call));
    return call;
  }
}
