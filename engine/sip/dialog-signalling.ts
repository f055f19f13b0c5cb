/**
 * What a call says inside its dialog (RFC 3261 §12, §14, §15): BYE, re-INVITE, UPDATE, INFO and the ACK, over sip.js's session. It
 * carries offers and answers and decides nothing about them (session-negotiation.ts does). `released` resolves when nothing more
 * of it is on the wire.
 */
import { SessionState } from 'sip.js/lib/core/session/session.js';
import type { Session } from 'sip.js/lib/core/session/session.js';
import type { IncomingRequestMessage } from 'sip.js/lib/core/messages/incoming-request-message.js';
import type { IncomingResponseMessage } from 'sip.js/lib/core/messages/incoming-response-message.js';
import type { IncomingInviteRequest } from 'sip.js/lib/core/messages/methods/invite.js';
import type { IncomingMessageRequest } from 'sip.js/lib/core/messages/methods/message.js';
import type { Logger } from '../log.ts';
import type { MessageHeaders } from './caller-identity.ts';
import {
  dialogOf,
  refreshTarget,
  sendInDialog,
  sendReinvite,
  sessionBody,
  stopRepeatingAccepted,
} from './dialog-request.ts';
import type { DialogRequest, UpdateServer } from './dialog-request.ts';
import { dtmfRelayType } from './dtmf-info.ts';
import type { InfoMessage, InfoReply } from './info-message.ts';
import { answerInfo, receivedPackages } from './info-message.ts';
import { isOwn } from './message-guard.ts';
import type { SipCore } from './sip-core.ts';
import { allowedMethods } from './sip-core.ts';

/** Our answer to a re-INVITE or UPDATE: a description for the 200 (none for an UPDATE without an offer), or a refusal. */
export type SessionReply =
  | { status: 200; description?: string; headers?: readonly string[] }
  | { status: number; description?: undefined; headers?: readonly string[] };

export interface DialogHandlers {
  /** ACK to our first 2xx; the body is the answer to an offer that the 2xx carried. */
  acknowledged: (body: string | undefined) => void;
  /** No ACK came within 64·T1, to the first 2xx or to a re-INVITE's. */
  unacknowledged: () => void;
  bye: () => void;
  /** A message of the far side that may say whom we talk to now. */
  identified: (message: MessageHeaders) => void;
  /** A re-INVITE; its offer is undefined when it wants ours. */
  reinvited: (offer: string | undefined, message: IncomingRequestMessage) => SessionReply;
  /** The re-INVITE that we accepted is acknowledged; the body answers our offer where we made one. */
  reacknowledged: (answer: string | undefined) => void;
  /** An UPDATE (RFC 3311), with an offer or as a mere refresh. */
  updated: (offer: string | undefined, message: IncomingRequestMessage) => SessionReply;
  info: (info: InfoMessage) => InfoReply;
  /** NOTIFY of the refer package: how a transfer goes that we asked for. */
  reported: (subscriptionState: string, body: string) => void;
  /** REFER: the status to answer, and what follows once that is out. */
  referred: (message: IncomingRequestMessage) => { status: number; then?: () => void };
}

export interface SignallingContext {
  core: SipCore;
  /** Resolves to true once the transport is connected, to false when that takes longer than the limit. */
  whenConnected: (limitMs: number) => Promise<boolean>;
  /** A short text that comes within a call (RFC 3428 §7); it is read, and answered, like any other. */
  texted: (request: IncomingMessageRequest) => void;
  log: Logger;
}

/** What a request inside the dialog came to. */
export interface DialogAnswer {
  /** 408 with `own` for silence, 503 with `own` for a transport that could not send. */
  status: number;
  reason: string;
  /** No answer of the far side, but sip.js's word for there being none. */
  own: boolean;
  /** Undefined when `own`. */
  message: IncomingResponseMessage | undefined;
}

/** What names a dialog (RFC 3261 §12). */
export interface DialogName {
  callId: string;
  localTag: string;
  remoteTag: string;
}

/** A dialog as a Replaces and its Refer-To write it (RFC 3891). */
export interface DialogIdentity extends DialogName {
  /** Where the far side wants requests, as a SIP address. */
  remoteTarget: string;
}

/** A dialog as a negotiation uses it, early or not. */
export interface OfferingDialog {
  /**
   * Sends an offer, written when it can go out, so that it names the address of then. Never rejects; 491 where another offer is on its
   * way.
   */
  offer(write: () => { offer: string; headers: readonly string[] }): Promise<DialogAnswer>;
}

/** Of a dialog that is nobody's, or nobody's any more. */
export const noHandlers: DialogHandlers = {
  acknowledged: () => undefined,
  unacknowledged: () => undefined,
  bye: () => undefined,
  identified: () => undefined,
  reinvited: () => ({ status: 481 }),
  reacknowledged: () => undefined,
  updated: () => ({ status: 481 }),
  info: () => ({ status: 200 }),
  reported: () => undefined,
  referred: () => ({ status: 481 }),
};

/** 64·T1: how long a transaction lives (RFC 3261 §17). */
export const transactionMs = 32_000;

/** The SDP body of a message, or undefined. */
export function descriptionOf(message: IncomingRequestMessage | { body: string }): string | undefined {
  return message.body === undefined || message.body.trim() === '' ? undefined : message.body;
}

const noAnswer = (status: 408 | 481 | 503, reason: string): DialogAnswer => ({
  status,
  reason,
  own: true,
  message: undefined,
});
const silence = noAnswer(408, 'Request Timeout');
const unsent = noAnswer(503, 'Service Unavailable');
const overAlready = noAnswer(481, 'Call Does Not Exist');

/** What an answer in a dialog came to. */
export function answerOf(message: IncomingResponseMessage): DialogAnswer {
  const own = isOwn(message);
  const { statusCode: status = 500, reasonPhrase: reason = '' } = message;
  return { status, reason, own, message: own ? undefined : message };
}

/** Every message that makes or refreshes the target names ours, and what we take. */
export const targetHeaders = ({ configuration, info }: SipCore) => [
  `Contact: ${configuration.contact.toString()}`,
  `Allow: ${allowedMethods.join(', ')}`,
  ...receivedPackages(info.packages),
];

/** Answers an UPDATE (RFC 3311 §5.2); one that is accepted moves the dialog's target. */
export function answerUpdate(
  request: UpdateServer,
  session: Session,
  { status, description, headers = [] }: SessionReply,
  core: SipCore,
): void {
  if (status !== 200) {
    request.reject({ statusCode: status, extraHeaders: [...headers] });
    return;
  }
  refreshTarget(session, request.message);
  const extraHeaders = [...targetHeaders(core), ...headers];
  const body = description === undefined ? {} : { body: sessionBody(description) };
  request.accept({ statusCode: 200, extraHeaders, ...body });
}

export class DialogSignalling implements OfferingDialog {
  readonly released: Promise<void>;
  readonly #session: Session;
  readonly #context: SignallingContext;
  #handlers: DialogHandlers;
  #release: () => void = () => undefined;
  #ended = false;
  #byeWanted = false;
  /** The dialog's first ACK has come, or is none of ours to wait for. */
  #acknowledged: boolean;
  #repeatAck: () => void;
  #cancelReinvite: () => void = () => undefined;
  /** Our 200 to a re-INVITE waits for its ACK. */
  #ackTimer: NodeJS.Timeout | undefined;

  /** `repeatAck` sends the ACK to the far side's 2xx once more, where the dialog began with an INVITE of ours. */
  constructor(
    session: Session,
    handlers: DialogHandlers,
    context: SignallingContext,
    repeatAck: () => void = () => undefined,
  ) {
    this.#session = session;
    this.#repeatAck = repeatAck;
    this.#handlers = handlers;
    this.#context = context;
    this.#acknowledged = session.sessionState !== SessionState.AckWait;
    this.released = new Promise((resolve) => (this.#release = resolve));
    // What is on the wire for it has half a minute to live. The call does not wait for that.
    void this.released.then(() => (this.#handlers = noHandlers));
    context.core.takeUpdates(dialogOf(session), (request) => this.#onUpdate(request));
    session.delegate = {
      onAck: ({ message }) => this.#onAck(descriptionOf(message)),
      onAckTimeout: () => this.#onAckTimeout(),
      onBye: (request) => {
        request.accept();
        this.#finish();
        this.#handlers.bye();
      },
      onInvite: (request) => this.#onInvite(request),
      onInfo: (request) => answerInfo(request, this.#handlers.info, context.core.info),
      onRefer: (request) => {
        const { status, then } = this.#byeWanted ? { status: 481 } : this.#handlers.referred(request.message);
        if (status >= 300) request.reject({ statusCode: status });
        else request.accept({ statusCode: status, extraHeaders: targetHeaders(context.core) });
        then?.();
      },
      onMessage: context.texted,
      onNotify: (request) => {
        request.accept();
        const { message } = request;
        if (/^\s*refer\b/i.test(message.getHeader('Event') ?? ''))
          this.#handlers.reported(message.getHeader('Subscription-State') ?? '', message.body);
      },
    };
  }

  get identity(): DialogIdentity {
    const { callId, localTag, remoteTag, remoteTarget } = this.#session;
    return { callId, localTag, remoteTag, remoteTarget: remoteTarget.toString() };
  }

  /**
   * Ends the dialog. A callee waits for the ACK to its 2xx first (§15). A BYE that the transport lost is sent again when the
   * connection is back.
   */
  bye(): void {
    if (this.#ended || this.#byeWanted) return;
    this.#byeWanted = true;
    if (this.#acknowledged) void this.#sendBye();
  }

  /**
   * Sends any other request; waits for the connection, answers a challenge, and sends once more what the transport lost. Never
   * rejects; 481 when the dialog is over.
   */
  async request(request: DialogRequest): Promise<DialogAnswer> {
    if (this.#ended || this.#byeWanted) return overAlready;
    const { method, headers = [] } = request;
    // Both begin or belong to a subscription, which wants to know our Contact (RFC 3515 §2.2, RFC 6665 §4.2.2).
    const named = method === 'REFER' || method === 'NOTIFY' ? targetHeaders(this.#context.core) : [];
    const whole = { ...request, headers: [...named, ...headers] };
    return this.#whileConnected(() => sendInDialog(this.#session, whole), false);
  }

  /**
   * Signalling goes over another connection. The last ACK may be lost with the former, and so may the repeated 2xx that would ask for it
   * (§13.2.2.4); a server that misses it refuses every request until it gives the call up.
   */
  connectionChanged(): void {
    if (!this.#ended) this.#repeatAck();
  }

  /** Sends one key by INFO; the answer's status, 408 for silence, 503 when it could not be sent. */
  async info(body: string): Promise<number> {
    const answer = await this.request({ method: 'INFO', body: { type: dtmfRelayType, content: body } });
    return answer.status;
  }

  /** By re-INVITE (§14.1), once the connection is there. */
  async offer(write: () => { offer: string; headers: readonly string[] }): Promise<DialogAnswer> {
    if (this.#ended || this.#byeWanted) return overAlready;
    return this.#whileConnected(() => {
      const { offer, headers } = write();
      const invite = { offer, headers: [...targetHeaders(this.#context.core), ...headers] };
      const onAck = (repeat: () => void) => (this.#repeatAck = repeat);
      const { response, cancel } = sendReinvite(this.#session, { ...invite, limitMs: transactionMs, onAck });
      this.#cancelReinvite = cancel;
      return response;
    }, false);
  }

  /** Sends an UPDATE without an offer (RFC 4028 §7.2). Never rejects. */
  async update(headers: readonly string[]): Promise<DialogAnswer> {
    const answer = await this.request({
      method: 'UPDATE',
      headers: [...targetHeaders(this.#context.core), ...headers],
    });
    if (answer.status < 300 && answer.message !== undefined) refreshTarget(this.#session, answer.message);
    return answer;
  }

  async #whileConnected(
    send: () => Promise<IncomingResponseMessage | 'silent'>,
    isBye: boolean,
  ): Promise<DialogAnswer> {
    for (const last of [false, true]) {
      if (!(await this.#context.whenConnected(transactionMs))) return unsent;
      if (this.#ended || (this.#byeWanted && !isBye)) return overAlready;
      let answer: DialogAnswer;
      try {
        const response = await send();
        answer = response === 'silent' ? silence : answerOf(response);
      } catch (thrown) {
        this.#context.log.debug(`not sent: ${thrown instanceof Error ? thrown.message : ''}`);
        return { ...silence, status: 491, reason: 'Request Pending' };
      }
      if (answer.message !== undefined && answer.status < 300 && !isBye)
        this.#handlers.identified(answer.message);
      if (last || !answer.own || answer.status !== 503) return answer;
    }
    return unsent;
  }

  #onInvite(request: IncomingInviteRequest): void {
    this.#handlers.identified(request.message);
    const reply = this.#byeWanted
      ? { status: 481 }
      : this.#handlers.reinvited(descriptionOf(request.message), request.message);
    const { status, description, headers = [] } = reply;
    if (description === undefined) {
      request.reject({ statusCode: status, extraHeaders: [...headers] });
      return;
    }
    const extraHeaders = [...targetHeaders(this.#context.core), ...headers];
    request.accept({ statusCode: 200, extraHeaders, body: sessionBody(description) });
    clearTimeout(this.#ackTimer);
    this.#ackTimer = setTimeout(() => this.#onAckTimeout(), transactionMs);
  }

  #onUpdate(request: UpdateServer): void {
    this.#handlers.identified(request.message);
    const reply: SessionReply = this.#byeWanted
      ? { status: 481 }
      : this.#handlers.updated(descriptionOf(request.message), request.message);
    answerUpdate(request, this.#session, reply, this.#context.core);
  }

  #onAck(body: string | undefined): void {
    stopRepeatingAccepted(this.#session);
    const first = !this.#acknowledged;
    this.#acknowledged = true;
    if (!first) clearTimeout(this.#ackTimer);
    if (this.#byeWanted) {
      if (first) void this.#sendBye();
      return;
    }
    if (first) this.#handlers.acknowledged(body);
    else this.#handlers.reacknowledged(body);
  }

  #onAckTimeout(): void {
    if (this.#ended) return;
    const first = !this.#acknowledged;
    this.#acknowledged = true;
    if (!this.#byeWanted) this.#handlers.unacknowledged();
    else if (first) void this.#sendBye();
  }

  async #sendBye(): Promise<void> {
    await this.#whileConnected(() => sendInDialog(this.#session, { method: 'BYE' }), true);
    this.#finish();
  }

  #finish(): void {
    this.#ended = true;
    clearTimeout(this.#ackTimer);
    this.#cancelReinvite();
    this.#release();
  }
}
