/**
 * An INVITE from the far side (RFC 3261 §13.3): 100 at once, 180 while it rings (reliably where the caller requires that), then our
 * 200 or a refusal; CANCEL, or BYE in the early dialog, while it rings.
 */
import type { IncomingInviteRequest } from 'sip.js/lib/core/messages/methods/invite.js';
import type { IncomingPrackRequest } from 'sip.js/lib/core/messages/methods/prack.js';
import type { Session } from 'sip.js/lib/core/session/session.js';
import { assertNever } from '../../contract/assert-never.ts';
import { dialogOf, sessionBody } from './dialog-request.ts';
import type { DialogHandlers, SignallingContext } from './dialog-signalling.ts';
import { answerUpdate, DialogSignalling, descriptionOf } from './dialog-signalling.ts';
import { answeredElsewhere } from './caller-identity.ts';
import { receivedPackages } from './info-message.ts';
import { randomFraction } from './random-token.ts';
import { notRinging, stepRinging } from './reliable-ringing.ts';
import type { RingingEffect, RingingEvent } from './reliable-ringing.ts';

export interface IncomingInviteHandlers extends DialogHandlers {
  cancelled: (answeredElsewhere: boolean) => void;
}

/** First RSeq: below 2^31 (RFC 3262 §3), with room to count up. */
const firstSequenceRange = 2 ** 30;

export class IncomingInvite {
  readonly released: Promise<void>;
  readonly #context: SignallingContext;
  readonly #request: IncomingInviteRequest;
  #handlers: IncomingInviteHandlers | undefined;
  #dialog: DialogSignalling | undefined;
  #release: () => void = () => undefined;
  #final = false;
  #ringing = notRinging;
  #ringingTimer: NodeJS.Timeout | undefined;
  /** The 180 as it went out. */
  #ringingText = '';

  constructor(request: IncomingInviteRequest, context: SignallingContext) {
    this.#request = request;
    this.#context = context;
    this.released = new Promise((resolve) => (this.#release = resolve));
    // As in an INVITE of ours: the transaction stays, the call does not.
    void this.released.then(() => (this.#handlers = undefined));
    request.delegate = {
      onCancel: (message) => this.#onCancel(message),
    };
    request.trying();
  }

  get message() {
    return this.#request.message;
  }

  /** The offer; undefined when the caller wants ours. */
  get offer(): string | undefined {
    return descriptionOf(this.#request.message);
  }

  get dialog(): DialogSignalling | undefined {
    return this.#dialog;
  }

  /** 180. From here on the handlers hear of CANCEL. */
  ring(handlers: IncomingInviteHandlers): void {
    this.#handlers = handlers;
    if (!this.#requiresReliability) this.#ringOnce();
    else if (this.offer !== undefined)
      this.#stepRinging({ type: 'ring', sequence: 1 + Math.floor(randomFraction() * firstSequenceRange) });
    // A caller who requires reliability and wants our offer has to get it in the first reliable answer (RFC 3261 §13.2.1). There
    // is no offer before somebody answers here, so that answer is the 200.
  }

  /** Goes without ringing, to {@link accept} at once. */
  attend(handlers: IncomingInviteHandlers): void {
    this.#handlers = handlers;
  }

  /** 200 with our description: the answer, or the offer when the INVITE had none. */
  accept(description: string, extraHeaders: readonly string[]): void {
    if (this.#final || this.#handlers === undefined) return;
    this.#final = true;
    this.#stepRinging({ type: 'final' });
    const body = sessionBody(description);
    const taken = receivedPackages(this.#context.core.info.packages);
    const { session } = this.#request.accept({
      statusCode: 200,
      extraHeaders: [...taken, ...extraHeaders],
      body,
    });
    this.#dialog = new DialogSignalling(session, this.#handlers, this.#context);
    void this.#dialog.released.then(() => this.#release());
  }

  /** A final refusal, or a redirection (3xx) whose Contact is among the headers. */
  refuse(status: number, extraHeaders: string[] = []): void {
    if (this.#final) return;
    this.#final = true;
    this.#stepRinging({ type: 'final' });
    try {
      if (status < 400) this.#request.redirect([], { statusCode: status, extraHeaders });
      else this.#request.reject({ statusCode: status, extraHeaders });
    } catch (thrown) {
      this.#context.log.debug(`no ${status} could be sent: ${thrown instanceof Error ? thrown.message : ''}`);
    }
    this.#release();
  }

  get #requiresReliability(): boolean {
    return this.#request.message.getHeaders('Require').some((value) => /\b100rel\b/i.test(value));
  }

  #onCancel(message: { getHeaders(name: string): string[] }): void {
    if (this.#handlers === undefined) this.refuse(487);
    else this.#handlers.cancelled(answeredElsewhere(message.getHeaders('Reason')));
  }

  #ringOnce(extraHeaders: string[] = []): void {
    const { message, session } = this.#request.progress({ statusCode: 180, extraHeaders });
    this.#ringingText = message;
    this.#watchEarlyDialog(session);
  }

  #watchEarlyDialog(session: Session): void {
    this.#context.core.takeUpdates(dialogOf(session), (request) => {
      this.#handlers?.identified(request.message);
      // Their first offer is still unanswered (RFC 3311 §5.2).
      const open = descriptionOf(request.message) !== undefined;
      const reply = open ? { status: 500, headers: ['Retry-After: 5'] } : { status: 200 };
      answerUpdate(request, session, reply, this.#context.core);
    });
    session.delegate = {
      onPrack: (request) => this.#onPrack(request),
      onMessage: this.#context.texted,
      // A caller may also end an early dialog (§15); the INVITE then gets its 487 as after a CANCEL.
      onBye: (request) => {
        request.accept();
        this.#onCancel(request.message);
      },
    };
  }

  /** RAck: RSeq of the 180, CSeq and method of the INVITE (RFC 3262 §7.2). */
  #onPrack(request: IncomingPrackRequest): void {
    const [sequence, cseq, method] = (request.message.getHeader('RAck') ?? '').trim().split(/\s+/);
    const ofThisInvite = Number(cseq) === this.#request.message.cseq && method === 'INVITE';
    for (const effect of this.#stepRinging({ type: 'prack', sequence: Number(sequence), ofThisInvite })) {
      if (effect.type !== 'answer-prack') continue;
      if (effect.status === 200) request.accept();
      else request.reject({ statusCode: effect.status });
    }
  }

  #stepRinging(event: RingingEvent): RingingEffect[] {
    const [state, effects] = stepRinging(this.#ringing, event);
    this.#ringing = state;
    for (const effect of effects) this.#runRinging(effect);
    return effects;
  }

  #runRinging(effect: RingingEffect): void {
    const { core, log } = this.#context;
    switch (effect.type) {
      case 'transmit':
        if (this.#ringingText === '') this.#ringOnce(['Require: 100rel', `RSeq: ${this.#ringing.sequence}`]);
        else core.transport.send(this.#ringingText).catch((error: Error) => log.debug(error.message));
        break;
      case 'start-timer':
        this.#ringingTimer = setTimeout(() => this.#stepRinging({ type: 'timer' }), effect.afterMs);
        break;
      case 'stop-timer':
        clearTimeout(this.#ringingTimer);
        break;
      case 'answer-prack':
        // Answered by #onPrack, which holds the request.
        break;
      case 'give-up':
        this.refuse(504);
        this.#handlers?.unacknowledged();
        break;
      default:
        return assertNever(effect);
    }
  }
}
