/**
 * A call from the phone to a number of the practice PBX.
 *
 *   INVITE ──► ringing ──ring time──► opening (ports) ──200──► conversation ──BYE──► over
 *                 └──────── CANCEL (487), close ──────┴────────────────────────────► over
 */
import type { IncomingInviteRequest } from 'sip.js/lib/core/messages/methods/invite.js';
import type { Logger } from '../engine/log.ts';
import type { LocalDescription } from '../engine/sip/sdp/offer-answer.ts';
import type { Replaces } from '../engine/sip/replaces.ts';
import type { CallAudio } from './call-audio.ts';
import { Conversation, type VoiceServices, sdpBody } from './conversation.ts';
import type { ScriptRunner } from './script-runner.ts';
import type { VoiceScript } from './voice-script.ts';

export interface IncomingCallOptions {
  request: IncomingInviteRequest;
  caller: string;
  /** How the number is called, for the caller's display. */
  name: string;
  /** Absent: nobody ever answers. */
  answer: { script: VoiceScript; afterMs: number } | undefined;
  services: VoiceServices;
  openAudio: (runner: ScriptRunner) => Promise<CallAudio>;
  describe: (port: number) => LocalDescription;
  log: Logger;
  onEnded: (call: IncomingCall) => void;
}

const silentScript: VoiceScript = { handle: () => [] };

export class IncomingCall {
  readonly #options: IncomingCallOptions;
  readonly #conversation: Conversation;
  #ringing: NodeJS.Timeout | undefined;
  #finalSent = false;

  constructor(options: IncomingCallOptions) {
    this.#options = options;
    const { request, answer, services, caller, log } = options;
    this.#conversation = new Conversation({
      services,
      script: answer?.script ?? silentScript,
      caller,
      log,
      onEnded: () => {
        clearTimeout(this.#ringing);
        options.onEnded(this);
      },
    });
    request.delegate = {
      onCancel: () => this.#reject(487),
      onTransportError: () => void this.#conversation.hangUp(),
    };
    request.progress({ statusCode: 180, extraHeaders: [this.#identity()] });
    if (answer !== undefined) this.#ringing = setTimeout(() => void this.#answer(), answer.afterMs);
  }

  /** Ends the call in any state; resolves when the far side knows. Idempotent. */
  close(): Promise<void> {
    if (!this.#finalSent) this.#reject(480);
    return this.#conversation.hangUp();
  }

  /** The extensions that it keeps busy. */
  get engaged(): readonly string[] {
    const { caller, request } = this.#options;
    return [caller, request.message.ruri?.user ?? ''];
  }

  /** This call when a Replaces names its dialog. */
  named(replaces: Replaces): IncomingCall | undefined {
    return this.#conversation.isNamedBy(replaces) ? this : undefined;
  }

  /** Frees what the call holds, whatever the far side thinks. Idempotent. */
  abandon(): void {
    this.#conversation.abandon();
  }

  async #answer(): Promise<void> {
    const { openAudio, describe, log } = this.#options;
    try {
      await this.#conversation.open(openAudio, describe);
      if (!this.#conversation.isOver) this.#accept();
    } catch (reason) {
      log.warn(`a call could not be answered: ${String(reason)}`);
      this.#reject(500);
    }
  }

  #accept(): void {
    const { request } = this.#options;
    const extraHeaders = [this.#identity()];
    const offer = request.message.body;
    if (offer === '') {
      const { session } = request.accept({
        statusCode: 200,
        extraHeaders,
        body: sdpBody(this.#conversation.offer()),
      });
      this.#finalSent = true;
      this.#conversation.connect(session, undefined);
      return;
    }
    const answered = this.#conversation.answer(offer);
    if (answered === undefined) {
      this.#reject(488);
      return;
    }
    const { session } = request.accept({ statusCode: 200, extraHeaders, body: sdpBody(answered.answer) });
    this.#finalSent = true;
    this.#conversation.connect(session, answered.parameters);
  }

  #reject(statusCode: number): void {
    if (this.#finalSent) return;
    this.#finalSent = true;
    try {
      this.#options.request.reject({ statusCode });
    } catch (reason) {
      this.#options.log.debug(`no ${statusCode} could be sent: ${String(reason)}`);
    }
    void this.#conversation.hangUp();
  }

  /** RFC 3325 §9.1: who is really at the other end. */
  #identity(): string {
    const { request, name } = this.#options;
    const number = request.message.ruri?.user ?? '';
    return `P-Asserted-Identity: "${name}" <sip:${number}@${request.message.ruri?.host ?? 'localhost'}>`;
  }
}
