/**
 * An INVITE from the far side (RFC 3261 §13.3): 100 at once, 180 while it rings, then our 200 or a refusal; CANCEL while it
 * rings.
 */
import type { IncomingInviteRequest } from 'sip.js/lib/core/messages/methods/invite.js';
import type { DialogHandlers, SignallingContext } from './dialog-signalling.ts';
import { DialogSignalling, descriptionOf } from './dialog-signalling.ts';
import { answeredElsewhere } from './caller-identity.ts';

export interface IncomingInviteHandlers extends DialogHandlers {
  cancelled: (answeredElsewhere: boolean) => void;
}

export class IncomingInvite {
  readonly released: Promise<void>;
  readonly #context: SignallingContext;
  readonly #request: IncomingInviteRequest;
  #handlers: IncomingInviteHandlers | undefined;
  #dialog: DialogSignalling | undefined;
  #release: () => void = () => undefined;
  #final = false;

  constructor(request: IncomingInviteRequest, context: SignallingContext) {
    this.#request = request;
    this.#context = context;
    this.released = new Promise((resolve) => (this.#release = resolve));
    request.delegate = {
      onCancel: (message) => {
        const elsewhere = answeredElsewhere(message.getHeaders('Reason'));
        if (this.#handlers === undefined) this.refuse(487);
        else this.#handlers.cancelled(elsewhere);
      },
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
    this.#request.progress({ statusCode: 180 });
  }

  /** 200 with our description: the answer, or the offer when the INVITE had none. */
  accept(description: string): void {
    if (this.#final || this.#handlers === undefined) return;
    this.#final = true;
    const body = {
      contentDisposition: 'session',
      contentType: 'application/sdp',
      content: description,
    };
    const { session } = this.#request.accept({ statusCode: 200, body });
    this.#dialog = new DialogSignalling(session, this.#handlers, this.#context);
    void this.#dialog.released.then(() => this.#release());
  }

  /** A final refusal, or a redirection (3xx) whose Contact is among the headers. */
  refuse(status: number, extraHeaders: string[] = []): void {
    if (this.#final) return;
    this.#final = true;
    try {
      if (status < 400) this.#request.redirect([], { statusCode: status, extraHeaders });
      else this.#request.reject({ statusCode: status, extraHeaders });
    } catch (thrown) {
      this.#context.log.debug(`no ${status} could be sent: ${thrown instanceof Error ? thrown.message : ''}`);
    }
    this.#release();
  }
}
