/** SIP addresses that are made of settings. */
import { Grammar } from 'sip.js/lib/grammar/grammar.js';
import type { URI } from 'sip.js/lib/grammar/uri.js';
import { PhoneFailure } from '../../contract/errors.ts';

/**
 * The SIP address that an account registers (RFC 3261 §6), or another one of its domain.
 * @throws PhoneFailure `settings.invalid` when user and domain make none
 */
export function addressOfRecord(user: string, domain: string): URI {
  return parseUri(`sip:${encodeURIComponent(user)}@${domain}`);
}

/** @throws PhoneFailure `settings.invalid` */
export function parseUri(text: string): URI {
  const uri = Grammar.URIParse(text);
  // sip.js reads a `%` in the user part but cannot write it again.
  if (uri === undefined || uri.user?.includes('%') === true)
    throw new PhoneFailure('settings.invalid', { problem: `${text} is no SIP address` });
  return uri;
}

/** A display name that needs no escape in its quotes. */
export const plainName = (name: string) => name.replace(/["\\\p{Cc}]/gu, '');
