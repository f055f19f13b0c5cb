/**
 * An INVITE of ours and what becomes of it (RFC 3261 §13.2, §9.1): provisional answers of one fork or several (early-dialogs.ts), the
 * reliable ones acknowledged (RFC 3262), the first 2xx as the call's dialog (any further fork's is acknowledged and ended), refusal,
 * CANCEL before or after the first provisional answer.
 */
import type { OutgoingInviteRequest } from 'sip.js/lib/core/messages/methods/invite.js';
import type { IncomingResponseMessage } from 'sip.js/lib/core/messages/incoming-response-message.js';
import type { OutgoingRequestMessage } from 'sip.js/lib/core/messages/outgoing-request-message.js';
import type { PrackableIncomingResponseWithSession } from 'sip.js/lib/core/messages/methods/invite.js';
import type { Session } from 'sip.js/lib/core/session/session.js';
import type { URI } from 'sip.js/lib/grammar/uri.js';
import type { CallerShown } from './caller-privacy.ts';
import { callerFields } from './caller-privacy.ts';
import type { MessageHeaders } from './caller-identity.ts';
import { ackRepeater, dialogOf, refreshTarget, sendInDialog, sessionBody } from './dialog-request.ts';
import type { DialogRequest, UpdateServer } from './dialog-request.ts';
import type {
  DialogAnswer,
  DialogHandlers,
  DialogName,
  OfferingDialog,
  SessionReply,
  SignallingContext,
} from './dialog-signalling.ts';
import {
  answerOf,
  answerUpdate,
  DialogSignalling,
  descriptionOf,
  noHandlers,
  targetHeaders,
  transactionMs,
} from './dialog-signalling.ts';
import { answerInfo } from './info-message.ts';
import { isOwn } from './message-guard.ts';
import { noEarlyDialogs, stepEarlyDialogs } from './early-dialogs.ts';
import type { EarlyDialogEvent } from './early-dialogs.ts';

export interface InviteRefusal {
  status: number;
  reason: string;
  /** `silent`: no answer at all came in time. `unsent`: the transport could not send. */
  cause: 'refused' | 'silent' | 'unsent';
  /** Contact header values: where a 3xx sends the call. */
  contacts: readonly string[];
}

export interface OutgoingInviteHandlers extends DialogHandlers {
  /** 101 to 199; the description is early media's, when there is one that has not been heard yet. */
  progress: (status: number, description: string | undefined, dialog: EarlyDialog) => void;
  answered: (description: string | undefined, response: MessageHeaders) => void;
  /** Headers of the session timer (RFC 4028). */
  sessionHeaders: () => readonly string[];
  /** 422: true when `sessionHeaders` ask for longer now, so that the INVITE is worth another try (RFC 4028 §7.3). */
  tooShort: (response: MessageHeaders) => boolean;
  refused: (refusal: InviteRefusal) => void;
}

/** The early dialog of a provisional answer. */
export interface EarlyDialog {
  /** The answer is repeated until its PRACK comes (RFC 3262). */
  reliable: boolean;
  /** Sends an INFO; resolves to the final status. */
  info: (request: DialogRequest) => Promise<number>;
}

const noInviteHandlers: OutgoingInviteHandlers = {
  ...noHandlers,
  progress: () => undefined,
  answered: () => undefined,
  sessionHeaders: () => [],
  tooShort: () => false,
  refused: () => undefined,
};

export class OutgoingInvite {
  /** Resolves when nothing of this call is on the wire any more. */
  readonly released: Promise<void>;
  readonly #context: SignallingContext;
  #handlers: OutgoingInviteHandlers;
  readonly #invite: { target: URI; offer: string; shown: CallerShown };
  #request: OutgoingInviteRequest;
  #dialog: DialogSignalling | undefined;
  #release: () => void = () => undefined;
  #provisional = false;
  #final = false;
  #cancelled = false;
  #cancelSent = false;
  #giveUpTimer: NodeJS.Timeout | undefined;
  #early = noEarlyDialogs;
  /** Of the last provisional answer. */
  #earlySession: Session | undefined;

  constructor(
    invite: { target: URI; offer: string; shown: CallerShown },
    handlers: OutgoingInviteHandlers,
    context: SignallingContext,
  ) {
    this.#invite = invite;
    this.#context = context;
    this.#handlers = handlers;
    this.released = new Promise((resolve) => (this.#release = resolve));
    // Its transaction stays for half a minute, and this with it. The call does not.
    void this.released.then(() => (this.#handlers = noInviteHandlers));
    this.#request = this.#send();
  }

  /** `again`: the INVITE that this one takes the place of, in the same call (RFC 3261 §8.1.3.5). */
  #send(again?: OutgoingRequestMessage): OutgoingInviteRequest {
    const { core } = this.#context;
    const { target, offer, shown } = this.#invite;
    const { aor } = core.configuration;
    const caller = callerFields(shown, aor);
    const headers = [...targetHeaders(core), ...caller.headers, ...this.#handlers.sessionHeaders()];
    const same =
      again === undefined ? {} : { callId: again.callId, fromTag: again.fromTag, cseq: again.cseq + 1 };
    const named = caller.displayName === undefined ? {} : { fromDisplayName: caller.displayName };
    const message = core.makeOutgoingRequestMessage(
      'INVITE',
      target,
      caller.from,
      target,
      { ...named, ...same },
      headers,
      sessionBody(offer),
    );
    return core.invite(message, {
      onTrying: () => this.#onProvisional(),
      onProgress: (response) => this.#onProgress(response),
      onAccept: ({ message: response, session, ack }) => {
        // The 2xx names the target (§13.2.2.4); sip.js stays with the first 1xx, which may have named nobody (linphone's 180).
        refreshTarget(session, response);
        this.#onAccept(session, response, ackRepeater(this.#request, ack()));
      },
      onRedirect: ({ message: response }) => this.#onRefused(response),
      onReject: ({ message: response }) => this.#onRefused(response),
    });
  }

  /** The call's dialog, once it was answered. */
  get dialog(): DialogSignalling | undefined {
    return this.#dialog;
  }

  /** The early dialogs of the phones that it rings. */
  get earlyDialogs(): readonly DialogName[] {
    if (this.#final || this.#cancelled) return [];
    const { callId, fromTag } = this.#request.message;
    return [...this.#early.dialogs.keys()].map((remoteTag) => ({ callId, localTag: fromTag, remoteTag }));
  }

  /** Offers go by UPDATE while one phone rings that has answered the INVITE's reliably (RFC 3311 §5.1). */
  get offeringDialog(): OfferingDialog | undefined {
    const [[tag, early] = ['', undefined], ...others] = this.#early.dialogs;
    const session = this.#earlySession;
    if (this.#final || this.#cancelled || session === undefined) return undefined;
    if (early?.settled !== true || others.length > 0) return undefined;
    return { offer: (write) => this.#offerEarly(session, tag, write()) };
  }

  /** Cancels (§9.1: not before a provisional answer). A 2xx that crosses is acknowledged and followed by BYE. */
  cancel(): void {
    if (this.#cancelled || this.#final) return;
    this.#cancelled = true;
    if (this.#provisional) this.#sendCancel();
  }

  #onProvisional(): void {
    this.#provisional = true;
    if (this.#cancelled) this.#sendCancel();
  }

  #onProgress({ message: response, session }: PrackableIncomingResponseWithSession): void {
    this.#earlySession = session;
    this.#context.core.takeUpdates(dialogOf(session), (request) => this.#onEarlyUpdate(session, request));
    session.delegate = {
      onMessage: this.#context.texted,
      onInfo: (request) => answerInfo(request, this.#handlers.info, this.#context.core.info),
    };
    const reliable = response.getHeaders('Require').some((value) => /\b100rel\b/i.test(value));
    const sequence = Number(response.getHeader('RSeq'));
    // sip.js has dropped what is repeated or out of order (RFC 3262 §4).
    if (reliable && sequence > 0) {
      const headers = [`RAck: ${sequence} ${response.cseq} INVITE`];
      void sendInDialog(session, { method: 'PRACK', headers });
    }
    this.#onProvisional();
    if (this.#cancelled || this.#final) return;
    this.#handlers.identified(response);
    const tag = response.toTag;
    const early = this.#stepEarly({
      type: 'provisional',
      tag,
      description: descriptionOf(response),
      reliable,
    });
    const info = async (request: DialogRequest) => (await sendInDialog(session, request)).statusCode ?? 500;
    this.#handlers.progress(response.statusCode ?? 180, early, { reliable, info });
  }

  /** An UPDATE before the 2xx may offer anew once our offer was answered reliably (RFC 3311 §5.2). */
  #onEarlyUpdate(session: Session, request: UpdateServer): void {
    const { core } = this.#context;
    const { message } = request;
    if (this.#cancelled) return answerUpdate(request, session, { status: 481 }, core);
    this.#handlers.identified(message);
    const offer = descriptionOf(message);
    const open = offer !== undefined && this.#early.dialogs.get(message.fromTag)?.settled !== true;
    const reply: SessionReply = open ? { status: 491 } : this.#handlers.updated(offer, message);
    if (offer !== undefined && reply.status === 200)
      this.#stepEarly({ type: 'updated', tag: message.fromTag });
    answerUpdate(request, session, reply, core);
  }

  async #offerEarly(
    session: Session,
    tag: string,
    { offer, headers }: { offer: string; headers: readonly string[] },
  ): Promise<DialogAnswer> {
    const answer = await sendInDialog(session, {
      method: 'UPDATE',
      headers: [...targetHeaders(this.#context.core), ...headers],
      body: { type: 'application/sdp', content: offer },
    });
    if (!isOwn(answer) && (answer.statusCode ?? 500) < 300) {
      refreshTarget(session, answer);
      this.#stepEarly({ type: 'updated', tag });
    }
    return answerOf(answer);
  }

  /** The description to apply now, if there is one. */
  #stepEarly(event: EarlyDialogEvent): string | undefined {
    const [state, effects] = stepEarlyDialogs(this.#early, event);
    this.#early = state;
    return effects[0]?.description;
  }

  #sendCancel(): void {
    if (this.#cancelSent) return;
    this.#cancelSent = true;
    this.#request.cancel();
    this.#giveUpTimer = setTimeout(() => {
      this.#context.core.abandon(this.#request);
      this.#finish();
    }, transactionMs);
  }

  #onAccept(session: Session, response: IncomingResponseMessage, repeatAck: () => void): void {
    if (this.#cancelled || this.#final) {
      const unwanted = new DialogSignalling(session, noHandlers, this.#context);
      unwanted.bye();
      if (!this.#final) void unwanted.released.then(() => this.#finish());
      this.#final = true;
      return;
    }
    this.#final = true;
    this.#dialog = new DialogSignalling(session, this.#handlers, this.#context, repeatAck);
    void this.#dialog.released.then(() => this.#finish());
    this.#handlers.identified(response);
    const description = descriptionOf(response);
    const settled = this.#stepEarly({ type: 'answered', tag: response.toTag, description });
    this.#handlers.answered(settled, response);
  }

  #onRefused(response: IncomingResponseMessage): void {
    if (this.#final) return;
    const status = response.statusCode ?? 500;
    if (status === 422 && !this.#cancelled && this.#handlers.tooShort(response)) {
      this.#request = this.#send(this.#request.message);
      return;
    }
    this.#final = true;
    this.#finish();
    if (this.#cancelled) return;
    const silent = status === 408 && !this.#provisional;
    const unsent = status === 503 && isOwn(response);
    this.#handlers.refused({
      status,
      reason: response.reasonPhrase ?? '',
      cause: silent ? 'silent' : unsent ? 'unsent' : 'refused',
      contacts: response.getHeaders('Contact'),
    });
  }

  #finish(): void {
    clearTimeout(this.#giveUpTimer);
    this.#release();
  }
}
