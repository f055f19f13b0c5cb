/**
 * What REFER and its reports say on the wire (RFC 3515): the Refer-To header, with a Replaces for an attended transfer (RFC 3891 §7.2),
 * and the status line in a message/sipfrag (RFC 3420) of each NOTIFY.
 */
import { readReplaces, writeReplaces } from './replaces.ts';
import type { Replaces } from './replaces.ts';

export interface ReferTarget {
  /** SIP address without headers. */
  uri: string;
  /** The dialog that the new call is to replace. */
  replaces: Replaces | undefined;
}

export const sipfragType = 'message/sipfrag';

/** The value of Refer-To. */
export function writeReferTo({ uri, replaces }: ReferTarget): string {
  const header = replaces === undefined ? '' : `?Replaces=${encodeURIComponent(writeReplaces(replaces))}`;
  return `<${uri}${header}>`;
}

/**
 * Reads Refer-To; undefined for what this phone cannot call: another scheme, another method than INVITE, more than one address, or a
 * Replaces that is none. Other headers in the address are passed over: nobody may put words into our requests.
 */
export function readReferTo(value: string): ReferTarget | undefined {
  const address = (
    /<([^<>]{1,2048})>/.exec(value)?.[1] ??
    /^[^\s;,<>]{1,2048}/.exec(value)?.[0] ??
    ''
  ).trim();
  if (!/^(?:sips?|tel):/i.test(address) || (value.match(/</g)?.length ?? 0) > 1) return undefined;
  const [whole = '', headers = ''] = address.split('?', 2);
  const method = /;method=([^;]*)/i.exec(whole)?.[1];
  if (method !== undefined && method.toUpperCase() !== 'INVITE') return undefined;
  const uri = whole.replace(/;method=[^;]*/i, '');
  const header = headers.split('&').find((each) => /^replaces=/i.test(each));
  if (header === undefined) return { uri, replaces: undefined };
  const replaces = readReplaces(decode(header.slice(header.indexOf('=') + 1)));
  return replaces === undefined ? undefined : { uri, replaces };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

/** The body of a report. */
export function writeSipfrag(status: number, reason: string): string {
  return `SIP/2.0 ${status} ${reason}\r\n`;
}

/** The status that a report tells; undefined when its body holds none. */
export function readSipfrag(body: string): { status: number; reason: string } | undefined {
  const match = /^\s*SIP\/2\.0 ([1-6]\d\d)(?: ([^\r\n]*))?/i.exec(body);
  return match === null ? undefined : { status: Number(match[1]), reason: (match[2] ?? '').trim() };
}

/** True when a Subscription-State says that no report follows (RFC 6665 §4.1.3). */
export function isLastReport(subscriptionState: string): boolean {
  return /^\s*terminated\b/i.test(subscriptionState);
}
