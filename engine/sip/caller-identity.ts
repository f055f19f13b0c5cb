/**
 * Who is at the other end, as the signalling tells it: the caller of an INVITE, the party that an answer or a re-INVITE names, who
 * sent the call here, and whether another phone took it. All of it is untrusted text.
 */
import type { Party, Referrer } from '../../contract/snapshot.ts';
import { parseNameAddr } from './party.ts';
import { splitOutsideQuotes } from './transport/via.ts';

/** What is read here of a request or response. */
export interface MessageHeaders {
  getHeader(name: string): string | undefined;
  getHeaders(name: string): string[];
}

/** A caller who does not want to be known (RFC 3323 §4.1.1.3 gives the address). */
export const anonymousParty: Party = {
  number: '',
  name: 'Anonymous',
  uri: 'sip:anonymous@anonymous.invalid',
};

/** The values of a header that may be repeated or hold a list (RFC 3261 §7.3.1). */
function valuesOf(message: MessageHeaders, name: string): string[] {
  return message.getHeaders(name).flatMap((line) => splitOutsideQuotes(line, ','));
}

function partiesOf(message: MessageHeaders, name: string): Party[] {
  return valuesOf(message, name).flatMap((value) => parseNameAddr(value) ?? []);
}

/** The caller asked that his identity be withheld (RFC 3323 §4.2, RFC 3325 §9.3): nobody is shown, also where a server still tells. */
function wantsPrivacy(message: MessageHeaders): boolean {
  return message
    .getHeaders('Privacy')
    .flatMap((value) => value.toLowerCase().split(/[;,\s]+/))
    .some((level) => level === 'id' || level === 'user' || level === 'header');
}

/** One sip: and one tel: value are the same person (RFC 3325 §9.1): the first address that can be called, with whichever name is there. */
function assertedParty(message: MessageHeaders): Party | undefined {
  const parties = partiesOf(message, 'P-Asserted-Identity');
  const party = parties.find(({ uri }) => /^sips?:/i.test(uri)) ?? parties[0];
  const name = party?.name === '' ? parties.find((other) => other.name !== '')?.name : party?.name;
  return party === undefined ? undefined : shown({ ...party, name: name ?? '' });
}

/** draft-ietf-sip-privacy-04 §5.1, which PBXs still send; `privacy=` says what may be shown. */
function remoteParty(message: MessageHeaders): Party | undefined {
  const [value] = valuesOf(message, 'Remote-Party-ID');
  const party = value === undefined ? undefined : parseNameAddr(value);
  if (value === undefined || party === undefined) return undefined;
  const privacy = /;\s*privacy\s*=\s*"?([a-z-]+)/i.exec(value)?.[1]?.toLowerCase() ?? 'off';
  switch (privacy) {
    case 'full':
      return anonymousParty;
    case 'uri':
      return { ...anonymousParty, name: party.name || anonymousParty.name };
    case 'name':
      return { ...party, name: '' };
    default:
      return shown(party);
  }
}

/** An address that only says that there is none. */
function shown(party: Party): Party {
  const nobody = /^sips?:anonymous@|@anonymous\.invalid\b/i.test(party.uri);
  return nobody ? anonymousParty : party;
}

/**
 * The caller of an incoming INVITE: P-Asserted-Identity (RFC 3325), else Remote-Party-ID, else From. The first two are the server's
 * word; From is the caller's own.
 */
export function callerOf(message: MessageHeaders): Party {
  if (wantsPrivacy(message)) return anonymousParty;
  const [from] = partiesOf(message, 'From');
  const own = from === undefined ? { number: '', name: '', uri: '' } : shown(from);
  return assertedParty(message) ?? remoteParty(message) ?? own;
}

/**
 * Whom we really talk to, as a server tells in its answers, re-INVITEs and UPDATEs when the call has moved on to somebody else;
 * undefined when it says nothing.
 */
export function connectedPartyOf(message: MessageHeaders): Party | undefined {
  const party = assertedParty(message) ?? remoteParty(message);
  return party !== undefined && wantsPrivacy(message) ? anonymousParty : party;
}

/** The party as it is now known: a name that was known before stays with its number. */
export function renamed(before: Party, told: Party): Party {
  return told.name === '' && told.number === before.number ? { ...told, name: before.name } : told;
}

/** Who sent an incoming call here: Referred-By (RFC 3892), Diversion (RFC 5806), History-Info (RFC 7044); null when nobody did. */
export function referrerOf(message: MessageHeaders): Referrer | null {
  const [referrer] = partiesOf(message, 'Referred-By');
  const [diverter] = partiesOf(message, 'Diversion');
  // The last entry is this phone itself; the one before it is who the call was for.
  const formerTarget = partiesOf(message, 'History-Info').at(-2);
  if (referrer !== undefined) return { ...shown(referrer), how: 'transferred' };
  const forwarder = diverter ?? formerTarget;
  return forwarder === undefined ? null : { ...shown(forwarder), how: 'forwarded' };
}

/** True when a Reason header (RFC 3326) says that another phone took the call. */
export function answeredElsewhere(reasons: readonly string[]): boolean {
  const each = reasons.flatMap((line) => splitOutsideQuotes(line, ','));
  return each.some(
    (reason) =>
      /^\s*SIP\s*;(?:.*;)?\s*cause\s*=\s*200\b/i.test(reason) ||
      /^\s*Q\.850\s*;(?:.*;)?\s*cause\s*=\s*26\b/i.test(reason) ||
      /\b(?:completed|answered|picked up|accepted) elsewhere\b/i.test(reason),
  );
}
