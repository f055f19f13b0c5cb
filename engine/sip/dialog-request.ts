/**
 * Requests inside a dialog (RFC 3261 §12.2) over sip.js, and what its dialogs leave to us: a challenged request goes out again under
 * the dialog's next CSeq for every method, an accepted target refresh moves the remote target, and UPDATE (RFC 3311) exists.
 */
import { Dialog } from 'sip.js/lib/core/dialogs/dialog.js';
import { SessionDialog } from 'sip.js/lib/core/dialogs/session-dialog.js';
import { NameAddrHeader } from 'sip.js/lib/grammar/name-addr-header.js';
import type { URI } from 'sip.js/lib/grammar/uri.js';
import type { IncomingMessage } from 'sip.js/lib/core/messages/incoming-message.js';
import type { IncomingRequestMessage } from 'sip.js/lib/core/messages/incoming-request-message.js';
import type { IncomingResponseMessage } from 'sip.js/lib/core/messages/incoming-response-message.js';
import type { Body } from 'sip.js/lib/core/messages/body.js';
import type { OutgoingInviteRequest } from 'sip.js/lib/core/messages/methods/invite.js';
import type { OutgoingRequestMessage } from 'sip.js/lib/core/messages/outgoing-request-message.js';
import type { Session } from 'sip.js/lib/core/session/session.js';
import { InviteClientTransaction } from 'sip.js/lib/core/transactions/invite-client-transaction.js';
import { NonInviteClientTransaction } from 'sip.js/lib/core/transactions/non-invite-client-transaction.js';
import { NonInviteServerTransaction } from 'sip.js/lib/core/transactions/non-invite-server-transaction.js';
import { UserAgentClient } from 'sip.js/lib/core/user-agents/user-agent-client.js';
import { UserAgentServer } from 'sip.js/lib/core/user-agents/user-agent-server.js';
import type { UserAgentCore } from 'sip.js/lib/core/user-agent-core/user-agent-core.js';

/** A request other than INVITE and ACK. */
export interface DialogRequest {
  method: 'PRACK' | 'BYE' | 'INFO' | 'UPDATE' | 'REFER' | 'NOTIFY' | 'MESSAGE' | 'OPTIONS';
  headers?: readonly string[];
  body?: { type: string; content: string };
}

/** An SDP body. */
export function sessionBody(content: string): Body {
  return { contentDisposition: 'session', contentType: 'application/sdp', content };
}

function sipBody({ type, content }: { type: string; content: string }): Body {
  return type === 'application/sdp'
    ? sessionBody(content)
    : { contentDisposition: 'render', contentType: type, content };
}

/** sip.js repeats a challenged request under a CSeq that only its re-INVITE tells the dialog. */
class DialogClient extends UserAgentClient {
  readonly #dialog: Dialog;

  constructor(dialog: Dialog, { method, headers = [], body }: DialogRequest, settle: Settle) {
    const options = {
      extraHeaders: [...headers],
      ...(body === undefined ? {} : { body: sipBody(body) }),
    };
    const message = dialog.createOutgoingRequestMessage(method, options);
    const done = (response: { message: IncomingResponseMessage }) => settle(response.message);
    super(NonInviteClientTransaction, dialog.userAgentCore, message, {
      onAccept: done,
      onRedirect: done,
      onReject: done,
    });
    this.#dialog = dialog;
  }

  protected override authenticationGuard(message: IncomingResponseMessage): boolean {
    return super.authenticationGuard(message, this.#dialog);
  }
}

type Settle = (response: IncomingResponseMessage) => void;

/** The dialog behind sip.js's view of a session. */
export function dialogOf(session: Session): SessionDialog {
  if (!(session instanceof SessionDialog)) throw new Error('the session of sip.js is no dialog');
  return session;
}

/**
 * Sends a request and resolves to its final response; silence is sip.js's own 408, a broken transport its own 503 (isOwn tells).
 * BYE also ends the dialog, whatever is answered.
 */
export function sendInDialog(session: Session, request: DialogRequest): Promise<IncomingResponseMessage> {
  const dialog = dialogOf(session);
  return new Promise((resolve) => {
    new DialogClient(dialog, request, resolve);
    if (request.method === 'BYE') dialog.dispose();
  });
}

/** Where the far side wants further requests: the Contact of a message that refreshes the target (RFC 3261 §12.2.1.2, §12.2.2). */
export function refreshTarget(session: Session, message: IncomingMessage): void {
  if (!message.hasHeader('Contact')) return;
  const contact: unknown = message.parseHeader('Contact');
  if (!(contact instanceof NameAddrHeader)) return;
  (dialogOf(session) as unknown as { dialogState: { remoteTarget: URI } }).dialogState.remoteTarget =
    contact.uri;
}

/**
 * Stops repeating the 2xx that was just acknowledged (RFC 3261 §13.3.1.4). sip.js looks for the ACK at the next repetition only: an INVITE
 * of until then has the former 2xx repeated along with its own, and after the end of the dialog for ever.
 */
export function stopRepeatingAccepted(session: Session): void {
  const dialog = dialogOf(session) as unknown as { invite2xxTimer: NodeJS.Timeout | undefined };
  clearTimeout(dialog.invite2xxTimer);
  dialog.invite2xxTimer = undefined;
}

/** How the ACK to a 2xx is sent once more, while its transaction lives: sip.js would acknowledge a re-INVITE in the first INVITE's name. */
export function ackRepeater(
  request: OutgoingInviteRequest,
  acknowledgement: { message: OutgoingRequestMessage },
): () => void {
  const { transaction } = request as unknown as UserAgentClient;
  return () => {
    if (transaction instanceof InviteClientTransaction) transaction.ackResponse(acknowledgement.message);
  };
}

/** A re-INVITE of ours on its way. */
export interface SentReinvite {
  /** The final response; `silent` when none came. */
  response: Promise<IncomingResponseMessage | 'silent'>;
  /** Cancels what has no final response yet: nobody waits for it any more. Idempotent. */
  cancel: () => void;
}

/**
 * Sends a re-INVITE with an offer and acknowledges what is answered, again for each repetition. One that rings on for `limitMs` is
 * cancelled, and given up when that is not answered either. `onAck` is given the way to send the acknowledgement once more.
 * @throws Error while another re-INVITE is open
 */
export function sendReinvite(
  session: Session,
  invite: { headers: readonly string[]; offer: string; limitMs: number; onAck: (repeat: () => void) => void },
): SentReinvite {
  const dialog = dialogOf(session);
  let resolve: (response: IncomingResponseMessage | 'silent') => void = () => undefined;
  const answered = new Promise<IncomingResponseMessage | 'silent'>((settled) => (resolve = settled));
  let timer: NodeJS.Timeout | undefined;
  let phase: 'open' | 'cancelled' | 'over' = 'open';
  let repeatAck: (() => void) | undefined;
  const settle = (response: IncomingResponseMessage | 'silent') => {
    phase = 'over';
    clearTimeout(timer);
    resolve(response);
  };
  const request = dialog.invite(
    {
      onAccept: ({ message, ack }) => {
        if (repeatAck !== undefined) return repeatAck();
        repeatAck = ackRepeater(request, ack());
        invite.onAck(repeatAck);
        refreshTarget(session, message);
        settle(message);
      },
      onRedirect: ({ message }) => settle(message),
      onReject: ({ message }) => settle(message),
    },
    { extraHeaders: [...invite.headers], body: sessionBody(invite.offer) },
  );
  const cancel = () => {
    if (phase !== 'open') return;
    phase = 'cancelled';
    clearTimeout(timer);
    request.cancel();
    timer = setTimeout(() => {
      request.dispose();
      dialog.reinviteUserAgentClient = undefined;
      settle('silent');
    }, invite.limitMs);
  };
  timer = setTimeout(cancel, invite.limitMs);
  return { response: answered, cancel };
}

/** An UPDATE of the far side, waiting for our answer. */
export class UpdateServer extends UserAgentServer {
  constructor(core: UserAgentCore, message: IncomingRequestMessage) {
    super(NonInviteServerTransaction, core, message);
  }
}

/** Counts a request of the far side; false when it came out of order and was answered 500 (RFC 3261 §12.2.2). */
export function countRequest(dialog: SessionDialog, message: IncomingRequestMessage): boolean {
  const guarded = dialog as unknown as { sequenceGuard(message: IncomingRequestMessage): boolean };
  if (!guarded.sequenceGuard(message)) return false;
  Dialog.prototype.receiveRequest.call(dialog, message);
  return true;
}
