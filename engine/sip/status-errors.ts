/** SIP statuses as the contract's errors, so that a person reads a sentence and not a number. */
import type { PhoneError } from '../../contract/errors.ts';
import { makeError } from '../../contract/errors.ts';
import { parseNameAddr } from './party.ts';

/**
 * A refused REGISTER. A 403 is passed on as it is: some servers mean the password, others (Asterisk with `max_contacts`) that
 * another phone holds the extension.
 */
export function registrationError(
  answer: { status: number; reason: string },
  account: { user: string; server: string },
  request: { hasPassword: boolean },
): PhoneError {
  const { status, reason } = answer;
  const { user, server } = account;
  switch (status) {
    case 401:
    case 407:
      return makeError(request.hasPassword ? 'registration.password' : 'registration.no-password', {
        user,
        server,
      });
    case 404:
    case 410:
    case 604:
      return makeError('registration.unknown-user', { user, server });
    case 408:
      return makeError('registration.timeout', { server });
    default:
      return makeError('registration.refused', { server, status, reason });
  }
}

/** An INVITE of ours that was refused. */
export interface RefusedCall {
  /** The number as a person reads it. */
  target: string;
  user: string;
  server: string;
  hasPassword: boolean;
  /** The far side had been ringing. */
  rang: boolean;
  /** Nothing but encrypted sound was on offer. */
  encrypted?: boolean;
}

/** The answer that refused it, and the values of its Contact headers. */
export interface CallRefusal {
  status: number;
  reason: string;
  contacts?: readonly string[];
}

/** Why it was refused, in words. */
export function callError({ status, reason, contacts = [] }: CallRefusal, call: RefusedCall): PhoneError {
  const { target, user, server } = call;
  switch (status) {
    case 305:
      return makeError('call.use-proxy', { target, proxy: hostIn(contacts) ?? 'which it does not name' });
    case 380:
      return makeError('call.other-service', { target });
    case 401:
    case 407:
      return makeError(call.hasPassword ? 'registration.password' : 'registration.no-password', {
        user,
        server,
      });
    case 403:
      return makeError('call.forbidden', { target });
    case 404:
    case 410:
    case 484:
    case 485:
    case 604:
      return makeError('call.unknown-target', { target });
    case 408:
    case 487:
      return makeError('call.no-answer', { target });
    case 415:
    case 488:
    case 606:
      return makeError(call.encrypted === true ? 'media.encryption-required' : 'call.no-common-codec', {
        target,
      });
    case 480:
      return makeError(call.rang ? 'call.no-answer' : 'call.unavailable', { target });
    case 486:
    case 600:
      return makeError('call.busy', { target });
    case 603:
      return makeError('call.declined', { target });
    default:
      return makeError('call.failed', { target, status, reason });
  }
}

/** The host of the first address. */
function hostIn([contact = '']: readonly string[]): string | undefined {
  const { uri } = parseNameAddr(contact) ?? { uri: '' };
  return /^sips?:(?:[^@]*@)?([^;?]+)/i.exec(uri)?.[1];
}
