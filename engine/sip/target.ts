/**
 * What people type into the number field, as a SIP address: `1001`, `+49 30 5557-0142`, `*97`, `anna@example.com`,
 * `sip:anna@example.com`, `tel:+4930555` (RFC 3261 §19.1, RFC 3966).
 */
import { PhoneFailure } from '../../contract/errors.ts';

const visualSeparators = /[\s().\-/]/g;
const number = /^\+?[0-9*#A-Da-d]+$/;
/** RFC 3261 §25.1 `user`, without password. */
const userPart = /^[A-Za-z0-9\-_.!~*'()&=+$,;?/#%]+$/;
const host = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::\d{1,5})?$/;

/**
 * The SIP URI to call.
 * @param typed what was typed or pasted
 * @param domain SIP domain of the calling account, for targets that have none
 * @throws PhoneFailure `call.bad-target`
 */
export function targetUri(typed: string, domain: string): string {
  const text = typed.trim().replace(/^<(.*)>$/, '$1');
  const bad = () => new PhoneFailure('call.bad-target', { target: text });
  const withoutScheme = text.replace(/^(sips?|tel|callto):/i, '').replace(/^\/\//, '');
  const at = withoutScheme.lastIndexOf('@');
  if (at < 0) {
    const digits = withoutScheme.replace(visualSeparators, '');
    const user = number.test(digits) ? digits.toUpperCase() : withoutScheme;
    if (!userPart.test(user)) throw bad();
    return `sip:${escapeUser(user)}@${domain}`;
  }
  const user = withoutScheme.slice(0, at);
  const [address = '', ...parameters] = withoutScheme.slice(at + 1).split(';');
  if (!userPart.test(user) || !host.test(address)) throw bad();
  const tail = parameters
    .filter((parameter) => /^[A-Za-z0-9\-_.=[\]:%]+$/.test(parameter))
    .map((p) => `;${p}`);
  return `sip:${escapeUser(user)}@${address}${tail.join('')}`;
}

/** `#` is not allowed unescaped in a user part (RFC 3261 §25.1), though people dial it. */
function escapeUser(user: string): string {
  return user.replaceAll('#', '%23');
}
