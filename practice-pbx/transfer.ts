/**
 * A transfer that the phone asks for (REFER, RFC 3515). Whoever is transferred is a voice of this PBX, so nobody has to be called: the
 * phone is told how a call to the number would go, and hangs up by itself once that is answered.
 *
 *   REFER ──► 202 ──► NOTIFY 100 ──► NOTIFY 180 ──ring time──► NOTIFY 200
 *                          └──► refused: NOTIFY with the status, and the call goes on
 */
import type { IncomingReferRequest } from 'sip.js/lib/core/messages/methods/refer.js';
import type { Session } from 'sip.js/lib/core/session/session.js';
import type { Logger } from '../engine/log.ts';
import { sendInDialog } from '../engine/sip/dialog-request.ts';
import { type ReferTarget, readReferTo, sipfragType, writeSipfrag } from '../engine/sip/refer.ts';

/** What becomes of a call to whom somebody is transferred. */
export type TransferOutcome =
  /** `then`: what is to be done once it is answered. */
  | { kind: 'answered'; ringMs: number; then?: () => void }
  | { kind: 'no-answer'; ringMs: number }
  | { kind: 'refused'; statusCode: number };

export interface TransferOptions {
  session: Session;
  request: IncomingReferRequest;
  /** The PBX's Contact header, whole. */
  contactHeader: string;
  outcomeOf: (target: ReferTarget) => TransferOutcome;
  log: Logger;
}

const reasons: Readonly<Record<number, string>> = {
  404: 'Not Found',
  480: 'Temporarily Unavailable',
  481: 'Call Does Not Exist',
  486: 'Busy Here',
  603: 'Decline',
};

export class Transfer {
  readonly #options: TransferOptions;
  /** Reports go out one after the other. */
  #reports: Promise<unknown> = Promise.resolve();
  #ringing: NodeJS.Timeout | undefined;

  /** Answers the REFER and reports. */
  constructor(options: TransferOptions) {
    this.#options = options;
    const { request, contactHeader, outcomeOf } = options;
    const target = readReferTo(request.message.getHeader('Refer-To') ?? '');
    if (target === undefined) {
      request.reject({ statusCode: 400 });
      return;
    }
    request.accept({ statusCode: 202, extraHeaders: [contactHeader] });
    this.#report(100, 'Trying');
    const outcome = outcomeOf(target);
    if (outcome.kind === 'refused') {
      this.#report(outcome.statusCode);
      return;
    }
    this.#report(180, 'Ringing');
    this.#ringing = setTimeout(() => {
      if (outcome.kind === 'no-answer') return this.#report(480);
      this.#report(200, 'OK');
      outcome.then?.();
    }, outcome.ringMs);
  }

  /** The call is over: nothing is reported any more. Idempotent. */
  close(): void {
    clearTimeout(this.#ringing);
  }

  #report(status: number, reason = reasons[status] ?? ''): void {
    const { session, contactHeader, log } = this.#options;
    const state = status < 200 ? 'active;expires=60' : 'terminated;reason=noresource';
    const headers = [contactHeader, 'Event: refer', `Subscription-State: ${state}`];
    const body = { type: sipfragType, content: writeSipfrag(status, reason) };
    this.#reports = this.#reports
      .then(() => sendInDialog(session, { method: 'NOTIFY', headers, body }))
      .catch((thrown: unknown) => log.debug(`no report of a transfer could be sent: ${String(thrown)}`));
  }
}
