/** Handing calls over: at once, or after a talk with whoever is to get them. */
import { PhoneFailure } from '../contract/errors.ts';
import type { RequestData } from '../contract/phone.ts';
import type { AccountLines } from './account-lines.ts';
import type { PhoneCalls } from './phone-calls.ts';
import { partyOfUri } from './sip/party.ts';

export interface PhoneTransfersOptions {
  lines: AccountLines;
  calls: PhoneCalls;
}

export class PhoneTransfers {
  readonly #options: PhoneTransfersOptions;

  constructor(options: PhoneTransfersOptions) {
    this.#options = options;
  }

  /** @throws PhoneFailure `call.bad-target`, or as CallTransfer.blind does */
  async blind({ callId, target }: RequestData<'call.transfer'>): Promise<void> {
    const { calls, lines } = this.#options;
    const call = calls.find(callId);
    const { address } = lines.find(call.snapshot.accountId).userAgent.addressOf(target);
    await call.transfer.blind(address, partyOfUri(address));
  }

  /**
   * Holds the call and calls the one who may get it, from the same account.
   * @throws PhoneFailure `call.not-found`, `call.wrong-state`, `call.bad-target`, `call.no-account`
   */
  consult({ callId, target }: RequestData<'call.consult'>): { callId: string } {
    const { calls } = this.#options;
    const { accountId, state } = calls.find(callId).snapshot;
    if (state !== 'connected') throw new PhoneFailure('call.wrong-state', { state });
    return calls.start({ target, accountId }, callId);
  }

  /**
   * Joins the far sides of two calls. When nobody has answered the second one yet, it is ended and the first is sent there blind: no
   * dialog stands that could be replaced, and PBXs refuse to replace an early one.
   * @throws as CallTransfer.attended does
   */
  async complete({ callId, toCallId }: RequestData<'call.complete-transfer'>): Promise<void> {
    const { calls } = this.#options;
    const [call, other] = [calls.find(callId), calls.find(toCallId)];
    const { answeredAt, direction, remote, state } = other.snapshot;
    if (answeredAt !== null) return call.transfer.attended(other.transfer);
    if (direction === 'incoming') throw new PhoneFailure('call.wrong-state', { state });
    other.hangup();
    await other.ended;
    await call.transfer.blind(remote.uri, remote);
  }
}
