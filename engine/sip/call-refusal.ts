/** A refused or unanswered INVITE of ours as the outcome of its call. */
import { makeError } from '../../contract/errors.ts';
import type { PhoneError } from '../../contract/errors.ts';
import type { CallOutcome } from './call-machine.ts';
import type { InviteRefusal } from './outgoing-invite.ts';
import { callError } from './status-errors.ts';

/** `rang`: the far side had been ringing. `encrypted`: nothing but encrypted sound was on offer. `unsentError`: why the transport could not send. */
export function refusalOutcome(
  { status, reason, cause }: InviteRefusal,
  call: {
    target: string;
    user: string;
    server: string;
    hasPassword: boolean;
    rang: boolean;
    encrypted: boolean;
  },
  unsentError: () => PhoneError,
): CallOutcome {
  const errors = {
    refused: () => callError({ status, reason }, call),
    silent: () => makeError('call.timeout', { server: call.server }),
    unsent: unsentError,
  };
  const by = cause === 'refused' ? 'there' : 'network';
  return { by, status, reason, error: errors[cause](), answeredElsewhere: false };
}
