/**
 * A REFER of the far side (RFC 3515): it asks this phone to call somebody else, and hears how that goes.
 *
 *   REFER ──► 202 ──► NOTIFY 100 ──► the new call rings: NOTIFY 180 ──► answered: NOTIFY 200, and the far side ends the old call
 *                                                                └──► fails: NOTIFY with its status, and the old call goes on
 */
import type { CallSnapshot, Party } from '../../contract/snapshot.ts';
import type { DialogRequest } from './dialog-request.ts';
import { parseNameAddr, partyOfUri } from './party.ts';
import { readReferTo, sipfragType, writeSipfrag } from './refer.ts';
import type { ReferTarget } from './refer.ts';
import { writeReplaces } from './replaces.ts';

/** A call as far as a REFER concerns it. */
export interface ReferralCall {
  readonly id: string;
  readonly snapshot: Pick<CallSnapshot, 'remote' | 'state' | 'answeredAt' | 'end'>;
  readonly ended: Promise<void>;
  readonly transfer: {
    /** The far side is being sent to somebody; null when it is not after all. */
    handTo(to: Party | null): void;
    /** The call is over for its far side, which has somebody else now. */
    bye(): void;
  };
  on(listener: (event: { type: string }) => void): () => void;
}

export interface ReferralOptions {
  /** The call that the REFER came in. */
  from: ReferralCall;
  target: ReferTarget;
  /** The Referred-By header (RFC 3892); undefined when there was none. */
  referredBy: string | undefined;
  /** Sends a request in the dialog of the REFER; never rejects. */
  request: (request: DialogRequest) => Promise<unknown>;
}

/** Reads a REFER; undefined when it asks for nothing that this phone could call (400). */
export function readReferral(
  message: { getHeaders(name: string): string[] },
  { from, request }: Pick<ReferralOptions, 'from' | 'request'>,
): Referral | undefined {
  const [referTo, ...more] = message.getHeaders('Refer-To');
  const target = referTo === undefined || more.length > 0 ? undefined : readReferTo(referTo);
  if (target === undefined) return undefined;
  return new Referral({ from, target, referredBy: message.getHeaders('Referred-By')[0], request });
}

interface Report {
  status: number;
  reason: string;
}

const subscriptionSeconds = 180;
/** A far side that knows of our success and has not hung up by then never will; Asterisk's Transfer() goes on with its dialplan. */
const goodbyeLimitMs = 5_000;

export class Referral {
  readonly from: ReferralCall;
  readonly target: ReferTarget;
  /** Who asks for it: Referred-By, else the far side. */
  readonly by: Party;
  /** For the INVITE that follows it. */
  readonly headers: readonly string[];
  readonly #request: ReferralOptions['request'];
  /** Reports go out one after the other. */
  #reports: Promise<unknown> = Promise.resolve();
  #lastStatus = 0;

  constructor({ from, target, referredBy, request }: ReferralOptions) {
    this.from = from;
    this.target = target;
    this.by = (referredBy === undefined ? undefined : parseNameAddr(referredBy)) ?? from.snapshot.remote;
    this.headers = [
      // Not required (RFC 3891 §4): whoever does not know it rings as for a new call.
      ...(target.replaces === undefined ? [] : [`Replaces: ${writeReplaces(target.replaces)}`]),
      ...(referredBy === undefined ? [] : [`Referred-By: ${referredBy}`]),
    ];
    this.#request = request;
  }

  /** Reports how the call goes, until it is answered or over. */
  follow(call: ReferralCall): void {
    this.from.transfer.handTo(partyOfUri(this.target.uri));
    this.#report({ status: 100, reason: 'Trying' });
    const stop = call.on((event) => {
      if (event.type === 'changed') this.#onChanged(call, stop);
    });
  }

  #onChanged({ snapshot }: ReferralCall, stop: () => void): void {
    const { answeredAt, end, state } = snapshot;
    if (answeredAt !== null) {
      stop();
      this.#report({ status: 200, reason: 'OK' });
      const timer = setTimeout(() => this.from.transfer.bye(), goodbyeLimitMs);
      void this.from.ended.then(() => clearTimeout(timer));
    } else if (end !== null || state === 'ended') {
      stop();
      this.from.transfer.handTo(null);
      const { status, reason } = end ?? { status: 500, reason: '' };
      this.#report(status >= 300 ? { status, reason } : { status: 487, reason: 'Request Terminated' });
    } else if (state === 'ringing' || state === 'early') {
      this.#report({ status: 180, reason: 'Ringing' });
    }
  }

  #report({ status, reason }: Report): void {
    if (status === this.#lastStatus) return;
    this.#lastStatus = status;
    const state = status < 200 ? `active;expires=${subscriptionSeconds}` : 'terminated;reason=noresource';
    this.#reports = this.#reports.then(() =>
      this.#request({
        method: 'NOTIFY',
        headers: ['Event: refer', `Subscription-State: ${state}`],
        body: { type: sipfragType, content: writeSipfrag(status, reason) },
      }),
    );
  }
}
