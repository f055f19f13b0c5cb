/** How a transfer goes, in plain words. */
import { assertNever } from '../../contract/assert-never.ts';
import { makeError } from '../../contract/errors.ts';
import type { PhoneError } from '../../contract/errors.ts';
import type { Party } from '../../contract/snapshot.ts';
import { partyName } from './call-sentences.ts';
import { callError } from './status-errors.ts';
import type { TransferFailure, TransferState } from './transfer-machine.ts';

/** "Not this method", and what comes to the same (RFC 3261 §21.4.6, §21.5.2; RFC 3515 §2.4.2). */
const unsupported: readonly number[] = [405, 420, 489, 501];

/** Why the far side did not take the REFER itself. */
export function referError({ status, reason }: TransferFailure, to: Party): PhoneError {
  if (unsupported.includes(status)) return makeError('call.transfer-unsupported');
  return makeError('call.transfer-refused', { target: partyName(to), status, reason });
}

function failureWords(failure: TransferFailure, to: Party): string {
  const target = partyName(to);
  switch (failure.cause) {
    case 'refused':
      return referError(failure, to).message;
    case 'failed':
      return callError(failure, { target, user: '', server: target, hasPassword: false, rang: true }).message;
    case 'unknown':
      return `Nobody tells whether ${target} took the call.`;
    default:
      return assertNever(failure.cause);
  }
}

/**
 * The sentence for a transfer's progress.
 * @param remote who is asked to make the call
 * @param to who gets it
 */
export function transferSentence({ phase, failure }: TransferState, remote: Party, to: Party): string {
  switch (phase) {
    case 'asking':
      return `Asking ${partyName(remote)} to call ${partyName(to)}…`;
    case 'trying':
      return `Calling ${partyName(to)}…`;
    case 'ringing':
      return `Ringing at ${partyName(to)}…`;
    case 'done':
      return `${partyName(to)} has the call.`;
    case 'refused': {
      const words = failure === null ? 'The transfer did not work.' : failureWords(failure, to);
      return `${words.replace(/\.$/, '')}; you are still connected.`;
    }
    default:
      return assertNever(phase);
  }
}
