/**
 * What a call says inside its dialog (RFC 3261 §12, §14, §15): BYE, re-INVITE, INFO and the ACK, over sip.js's session. `released`
 * resolves when nothing more of it is on the wire.
 */
import { SessionState } from 'sip.js/lib/core/session/session.js';
import type { Session } from 'sip.js/lib/core/session/session.js';
import type { IncomingRequestMessage } from 'sip.js/lib/core/messages/incoming-request-message.js';
import type { OutgoingInfoRequest } from 'sip.js/lib/core/messages/methods/info.js';
import type { Logger } from '../log.ts';
import type { MessageHeaders } from './caller-identity.ts';
import { isOwn } from './message-guard.ts';
import type { SipCore } from './sip-core.ts';
import { acceptedBodies, allowedMethods } from './sip-core.ts';
import { dtmfRelayType } from './dtmf-info.ts';

export interface DialogHandlers {
  /** ACK to our 2xx; the body is the answer to an offer that the 2xx carried. */
  acknowledged: (body: string | undefined) => void;
  /** No ACK came within 64·T1. */
  unacknowledged: () => void;
  bye: () => void;
  /** A message of the far side that may say whom we talk to now. */
  identified: (message: MessageHeaders) => void;
  /** A re-INVITE's offer (undefined: it wants ours); the description for the 200, or undefined to refuse. */
  reoffer: (offer: string | undefined) => string | undefined;
  /** The answer in the ACK to a 200 that carried our offer. */
  reanswered: (answer: string) => void;
  /** INFO; false when its type is not ours. */
  info: (contentType: string, body: string) => boolean;
}

export interface SignallingContext {
  core: SipCore;
  /** Resolves to true once the transport is connected, to false when that takes longer than the limit. */
  whenConnected: (limitMs: number) => Promise<boolean>;
  log: Logger;
}

/** 64·T1: how long a transaction lives (RFC 3261 §17). */
export const transactionMs = 32_000;

/** The SDP body of a message, or undefined. */
export function descriptionOf(message: IncomingRequestMessage | { body: string }): string | undefined {
  return message.body === undefined || message.body.trim() === '' ? undefined : message.body;
}

export class DialogSignalling {
  readonly released: Promise<void>;
  readonly #session: Session;
  readonly #context: SignallingContext;
  readonly #handlers: DialogHandlers;
  #release: () => void = () => undefined;
  #ended = false;
  #byeWanted = false;
  /** The dialog's first ACK has come, or is none of ours to wait for. */
  #acknowledged: boolean;
  #info: OutgoingInfoRequest | undefined;

  constructor(session: Session, handlers: DialogHandlers, context: SignallingContext) {
    this.#session = session;
    this.#handlers = handlers;
    this.#context = context;
    this.#acknowledged = session.sessionState !== SessionState.AckWait;
    this.released = new Promise((resolve) => (this.#release = resolve));
    session.delegate = {
      onAck: ({ message }) => this.#onAck(descriptionOf(message)),
      onAckTimeout: () => this.#onAckTimeout(),
      onBye: (request) => {
        request.accept();
        this.#finish();
        handlers.bye();
      },
      onInvite: (request) => {
        handlers.identified(request.message);
        const contact = `Contact: ${context.core.configuration.contact.toString()}`;
        const description = this.#byeWanted ? undefined : handlers.reoffer(descriptionOf(request.message));
        if (description === undefined) {
          request.reject({ statusCode: this.#byeWanted ? 481 : 488 });
          return;
        }
        const body = {
          contentDisposition: 'session',
          contentType: 'application/sdp',
          content: description,
        };
        const allow = `Allow: ${allowedMethods.join(', ')}`;
        request.accept({ statusCode: 200, extraHeaders: [contact, allow], body });
      },
      onInfo: (request) => {
        const type = request.message.getHeader('Content-Type') ?? '';
        const taken = handlers.info(type, request.message.body);
        if (taken || request.message.body === '') request.accept();
        else request.reject({ statusCode: 415, extraHeaders: [`Accept: ${acceptedBodies.join(', ')}`] });
      },
    };
  }

  /**
   * Ends the dialog. A callee waits for the ACK to its 2xx first (§15). A BYE that the transport lost is sent again when the
   * connection is back.
   */
  bye(): void {
    if (this.#ended || this.#byeWanted) return;
    this.#byeWanted = true;
    if (this.#acknowledged) void this.#sendBye(true);
  }

  /** Sends one key by INFO; the answer's status, 408 for silence. */
  info(body: string): Promise<number> {
    if (this.#ended || this.#byeWanted) return Promise.resolve(481);
    return new Promise((resolve) => {
      const settle = (status: number) => {
        // A challenged INFO went out again under a higher CSeq that sip.js does not tell its dialog.
        const dialog = this.#session as unknown as {
          localSequenceNumber?: number;
          incrementLocalSequenceNumber(): void;
        };
        while ((dialog.localSequenceNumber ?? Infinity) < (this.#info?.message.cseq ?? 0))
          dialog.incrementLocalSequenceNumber();
        this.#info = undefined;
        resolve(status);
      };
      this.#info = this.#session.info(
        {
          onAccept: ({ message }) => settle(message.statusCode ?? 200),
          onRedirect: ({ message }) => settle(message.statusCode ?? 300),
          onReject: ({ message }) => settle(message.statusCode ?? 500),
        },
        { body: { contentDisposition: 'render', contentType: dtmfRelayType, content: body } },
      );
    });
  }

  #onAck(body: string | undefined): void {
    const first = !this.#acknowledged;
    this.#acknowledged = true;
    if (this.#byeWanted) {
      if (first) void this.#sendBye(true);
      return;
    }
    if (first) this.#handlers.acknowledged(body);
    else if (body !== undefined) this.#handlers.reanswered(body);
  }

  #onAckTimeout(): void {
    this.#acknowledged = true;
    if (this.#byeWanted) void this.#sendBye(true);
    else this.#handlers.unacknowledged();
  }

  async #sendBye(mayRepeat: boolean): Promise<void> {
    if (!(await this.#context.whenConnected(transactionMs))) return this.#finish();
    if (this.#ended) return;
    try {
      this.#session.bye({
        onAccept: () => this.#finish(),
        onRedirect: () => this.#finish(),
        onReject: ({ message }) => {
          if (isOwn(message) && message.statusCode === 503 && mayRepeat) void this.#sendBye(false);
          else this.#finish();
        },
      });
    } catch (thrown) {
      this.#context.log.debug(`no BYE could be sent: ${thrown instanceof Error ? thrown.message : ''}`);
      this.#finish();
    }
  }

  #finish(): void {
    this.#ended = true;
    this.#release();
  }
}
