/**
 * A call from the practice PBX to one contact of the phone.
 *
 *   opening (ports) ──INVITE──► ringing ──200, ACK──► conversation ──BYE──► over
 *        └────────────────────────┴── refused, time out, close (CANCEL; BYE when it crossed a 200) ──► over
 */
import type { IncomingResponse } from 'sip.js/lib/core/messages/incoming-response.js';
import type {
  AckableIncomingResponseWithSession,
  OutgoingInviteRequest,
  OutgoingInviteRequestDelegate,
} from 'sip.js/lib/core/messages/methods/invite.js';
import type { Logger } from '../engine/log.ts';
import type { LocalDescription } from '../engine/sip/sdp/offer-answer.ts';
import type { Replaces } from '../engine/sip/replaces.ts';
import type { CallAudio } from './call-audio.ts';
import { Conversation, type VoiceServices } from './conversation.ts';
import type { ScriptRunner } from './script-runner.ts';
import type { VoiceScript } from './voice-script.ts';

export interface OutgoingCallOptions {
  callee: string;
  script: VoiceScript;
  /** Sends the INVITE with the offer. */
  invite: (offer: string, delegate: OutgoingInviteRequestDelegate) => OutgoingInviteRequest;
  ringLimitMs: number;
  services: VoiceServices;
  openAudio: (runner: ScriptRunner) => Promise<CallAudio>;
  describe: (port: number) => LocalDescription;
  log: Logger;
  /** This call was answered, now. */
  onAnswered: (call: OutgoingCall) => void;
  onEnded: (call: OutgoingCall) => void;
}

export class OutgoingCall {
  readonly #options: OutgoingCallOptions;
  readonly #conversation: Conversation;
  #request: OutgoingInviteRequest | undefined;
  #limit: NodeJS.Timeout | undefined;
  #answered = false;

  constructor(options: OutgoingCallOptions) {
    this.#options = options;
    const { services, script, callee, log } = options;
    this.#conversation = new Conversation({
      services,
      script,
      caller: callee,
      log,
      onEnded: () => {
        clearTimeout(this.#limit);
        options.onEnded(this);
      },
    });
  }

  /** Rings the phone. Never rejects: a call that cannot be made is over. */
  async start(): Promise<void> {
    const { openAudio, describe, invite, ringLimitMs, log } = this.#options;
    try {
      await this.#conversation.open(openAudio, describe);
      if (this.#conversation.isOver) return;
      this.#limit = setTimeout(() => void this.close(), ringLimitMs);
      this.#request = invite(this.#conversation.offer(), {
        onAccept: (response) => this.#receiveAnswer(response),
        onReject: (response) => this.#refused(response),
        onRedirect: (response) => this.#refused(response),
      });
    } catch (reason) {
      log.warn(`the phone could not be called: ${String(reason)}`);
      void this.#conversation.hangUp();
    }
  }

  /** A Replaces names its dialog. */
  isNamedBy(replaces: Replaces): boolean {
    return this.#conversation.isNamedBy(replaces);
  }

  /** Stops ringing or hangs up. `reason`: value of a Reason header (RFC 3326) for the CANCEL. Idempotent. */
  close(reason?: string): Promise<void> {
    if (!this.#answered && !this.#conversation.isOver) this.#request?.cancel(reason);
    return this.#conversation.hangUp();
  }

  /** Frees what the call holds, whatever the far side thinks. Idempotent. */
  abandon(): void {
    this.#conversation.abandon();
  }

  #receiveAnswer(response: AckableIncomingResponseWithSession): void {
    clearTimeout(this.#limit);
    const { session, message } = response;
    response.ack();
    const parameters = this.#conversation.isOver ? undefined : this.#conversation.readAnswer(message.body);
    if (this.#answered || parameters === undefined) {
      // Another fork's second answer, one that crossed our CANCEL, or one without sound that fits.
      session.bye();
      if (!this.#answered) void this.#conversation.hangUp();
      return;
    }
    this.#answered = true;
    this.#conversation.connect(session, parameters);
    this.#options.onAnswered(this);
  }

  #refused({ message }: IncomingResponse): void {
    this.#options.log.info(`the phone did not take the call: ${message.statusCode} ${message.reasonPhrase}`);
    void this.#conversation.hangUp();
  }
}
