/** A refused or unanswered INVITE of ours as the outcome of its call. */
import { makeError } from '../../contract/errors.ts';
import type { PhoneError } from '../../contract/errors.ts';
import type { CallOutcome } from './call-machine.ts';
import type { InviteRefusal } from './outgoing-invite.ts';
import { callError } from './status-errors.ts';
import type { RefusedCall } from './status-errors.ts';

/** `unsentError`: why the transport could not send. */
export function refusalOutcome(
  { status, reason, cause, contacts }: InviteRefusal,
  call: Required<RefusedCall>,
  unsentError: () => PhoneError,
): CallOutcome {
  const errors = {
    refused: () => callError({ status, reason, contacts }, call),
    silent: () => makeError('call.timeout', { server: call.server }),
    unsent: unsentError,
  };
  const by = cause === 'refused' ? 'there' : 'network';
  return { by, status, reason, error: errors[cause](), answeredElsewhere: false };
}
