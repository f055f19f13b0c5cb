/**
 * A connected call of the practice PBX: a SIP dialog, its sound, and the script that talks on it. It ends once, whoever ends it:
 * by BYE from either side, by an ACK that never comes, or by its time limit.
 */
import type { IncomingAckRequest } from 'sip.js/lib/core/messages/methods/ack.js';
import type { IncomingInfoRequest } from 'sip.js/lib/core/messages/methods/info.js';
import type { IncomingInviteRequest } from 'sip.js/lib/core/messages/methods/invite.js';
import type { Body } from 'sip.js/lib/core/messages/body.js';
import { type Session, SessionState } from 'sip.js/lib/core/session/session.js';
import { assertNever } from '../contract/assert-never.ts';
import type { Logger } from '../engine/log.ts';
import type { MediaParameters } from '../engine/media/media-engine.ts';
import { readDtmf } from '../engine/sip/dtmf-info.ts';
import { answerOffer, makeOffer, readAnswer, type LocalDescription } from '../engine/sip/sdp/offer-answer.ts';
import type { ReferTarget } from '../engine/sip/refer.ts';
import type { Replaces } from '../engine/sip/replaces.ts';
import type { CallAudio } from './call-audio.ts';
import { type OutsideEffect, ScriptRunner } from './script-runner.ts';
import { Transfer, type TransferOutcome } from './transfer.ts';
import type { Clip, VoiceScript } from './voice-script.ts';

/** What the PBX does for its conversations. */
export interface VoiceServices {
  /** The PBX's Contact header, whole. */
  contactHeader: string;
  samples: (clip: Clip) => Int16Array;
  /** Wall clock. */
  now: () => number;
  /** The service under a number, for a caller. */
  scriptFor: (number: string, caller: string) => VoiceScript | undefined;
  /** How a transfer to there goes. */
  transfer: (target: ReferTarget) => TransferOutcome;
  /** Mailbox effects and calls back. Never throws. */
  perform: (effect: Exclude<OutsideEffect, { type: 'go-to' | 'hang-up' }>) => void;
}

/** Nobody practises longer; ends calls whose phone vanished. */
const longestCallMs = 3_600_000;

/** A conversation that is being set up: the script and the sound exist, the dialog does not yet. */
export class Conversation {
  readonly #services: VoiceServices;
  readonly #caller: string;
  readonly #log: Logger;
  readonly #runner: ScriptRunner;
  readonly #onEnded: () => void;
  #audio: CallAudio | undefined;
  #local: LocalDescription | undefined;
  #session: Session | undefined;
  #transfer: Transfer | undefined;
  #limit: NodeJS.Timeout | undefined;
  /** Our offer is out; its answer comes with the ACK. */
  #offered = false;
  /** Hung up before the ACK: BYE must wait for it (RFC 3261 §15). */
  #byeAfterAck = false;
  #over = false;
  #byeAnswered: Promise<void> = Promise.resolve();

  constructor(options: {
    services: VoiceServices;
    script: VoiceScript;
    /** The extension on the other end. */
    caller: string;
    log: Logger;
    onEnded: () => void;
  }) {
    const { services, script } = options;
    this.#services = services;
    this.#caller = options.caller;
    this.#log = options.log;
    this.#onEnded = options.onEnded;
    this.#runner = new ScriptRunner({
      script,
      samples: services.samples,
      now: services.now,
      perform: (effect) => this.#perform(effect),
    });
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** Opens the ports. Rejects when there are none. */
  async open(
    openAudio: (runner: ScriptRunner) => Promise<CallAudio>,
    describe: (port: number) => LocalDescription,
  ): Promise<void> {
    const audio = await openAudio(this.#runner);
    if (this.#over) {
      await audio.close();
      return;
    }
    this.#audio = audio;
    this.#local = describe(audio.localPort);
  }

  /** This is the dialog that a Replaces names (RFC 3891). */
  isNamedBy({ callId, toTag, fromTag }: Replaces): boolean {
    const session = this.#session;
    return session?.callId === callId && session.localTag === toTag && session.remoteTag === fromTag;
  }

  /** SDP that offers the session. */
  offer(): string {
    return makeOffer(this.#description());
  }

  /** Our answer to an offer and what it starts, or undefined when there is nothing in common. */
  answer(offer: string): { answer: string; parameters: MediaParameters } | undefined {
    const answered = answerOffer(offer, this.#description());
    return answered.ok && isLoopback(answered.parameters.remoteAddress) ? answered : undefined;
  }

  /** Reads the answer to `offer()`. */
  readAnswer(answer: string): MediaParameters | undefined {
    const read = readAnswer(answer, this.#description());
    return read.ok && isLoopback(read.parameters.remoteAddress) ? read.parameters : undefined;
  }

  /** The dialog stands; `parameters` are absent while the answer to our offer is awaited in the ACK. */
  connect(session: Session, parameters: MediaParameters | undefined): void {
    this.#session = session;
    this.#offered = parameters === undefined;
    this.#limit = setTimeout(() => void this.hangUp(), longestCallMs);
    session.delegate = {
      onAck: (request) => this.#receiveAck(request),
      onAckTimeout: () => {
        this.#byeAfterAck = true;
        void this.hangUp();
      },
      onBye: (request) => {
        request.accept();
        this.#end();
      },
      onInfo: (request) => this.#receiveInfo(request),
      onInvite: (request) => this.#receiveReinvite(request),
      onRefer: (request) => {
        const { contactHeader, transfer } = this.#services;
        this.#transfer?.close();
        this.#transfer = new Transfer({
          session,
          request,
          contactHeader,
          outcomeOf: transfer,
          log: this.#log,
        });
      },
    };
    if (parameters !== undefined) this.#start(parameters);
  }

  /** Ends the call from our side, in any state. Resolves when the far side has answered our BYE, or needs none. Idempotent. */
  hangUp(): Promise<void> {
    const session = this.#session;
    if (this.#over || session === undefined) {
      this.#end();
      return this.#byeAnswered;
    }
    if (session.sessionState === SessionState.AckWait && !this.#byeAfterAck) {
      this.#byeAfterAck = true;
      return this.#byeAnswered;
    }
    this.#byeAnswered = this.#bye(session);
    this.#end();
    return this.#byeAnswered;
  }

  /** Ends the call without telling the far side, which did not listen. Idempotent. */
  abandon(): void {
    this.#end();
  }

  #bye(session: Session): Promise<void> {
    return new Promise((resolve) => {
      try {
        session.bye({ onAccept: () => resolve(), onReject: () => resolve() });
      } catch (reason) {
        this.#log.debug(`no BYE could be sent: ${String(reason)}`);
        resolve();
      }
    });
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#limit);
    this.#transfer?.close();
    this.#runner.hungUp();
    this.#audio?.close().catch((reason: unknown) => this.#log.warn(`closing the sound: ${String(reason)}`));
    this.#onEnded();
  }

  #start(parameters: MediaParameters): void {
    const isFirst = this.#audio?.isStarted === false;
    this.#audio?.start(parameters, (key) => this.#runner.pressed(key));
    if (isFirst) this.#runner.answered();
  }

  #receiveAck({ message }: IncomingAckRequest): void {
    if (this.#byeAfterAck) {
      void this.hangUp();
      return;
    }
    if (!this.#offered) return;
    this.#offered = false;
    const parameters = this.readAnswer(message.body);
    if (parameters === undefined) void this.hangUp();
    else this.#start(parameters);
  }

  #receiveInfo(request: IncomingInfoRequest): void {
    const { message } = request;
    const pressed = readDtmf(message.getHeader('content-type') ?? '', message.body);
    if (pressed === undefined) {
      request.reject({ statusCode: 415, extraHeaders: ['Accept: application/dtmf-relay, application/dtmf'] });
      return;
    }
    request.accept();
    this.#runner.pressed(pressed.digit);
  }

  /** RFC 3261 §14.2: hold, another address, another codec. What cannot be had leaves the call as it was. */
  #receiveReinvite(request: IncomingInviteRequest): void {
    const local = this.#description();
    this.#local = { ...local, version: local.version + 1 };
    const extraHeaders = [this.#services.contactHeader];
    const offer = request.message.body;
    if (offer === '') {
      this.#offered = true;
      request.accept({ statusCode: 200, extraHeaders, body: sdpBody(this.offer()) });
      return;
    }
    const answered = this.answer(offer);
    if (answered === undefined) {
      request.reject({ statusCode: 488 });
      return;
    }
    request.accept({ statusCode: 200, extraHeaders, body: sdpBody(answered.answer) });
    this.#start(answered.parameters);
  }

  #perform(effect: OutsideEffect): void {
    switch (effect.type) {
      case 'hang-up':
        void this.hangUp();
        return;
      case 'go-to': {
        const script = this.#services.scriptFor(effect.number, this.#caller);
        if (script === undefined) void this.hangUp();
        else this.#runner.switchTo(script);
        return;
      }
      case 'keep-recording':
      case 'delete-greeting':
      case 'delete-message':
      case 'save-message':
      case 'call-back':
        this.#services.perform(effect);
        return;
      default:
        assertNever(effect);
    }
  }

  #description(): LocalDescription {
    if (this.#local === undefined) throw new Error('the conversation has no sound yet');
    return this.#local;
  }
}

export function sdpBody(content: string): Body {
  return { contentDisposition: 'session', contentType: 'application/sdp', content };
}

/** Sound stays on this computer; an address of zeros is the old way to hold. */
function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '0.0.0.0';
}
