/**
 * Incoming messages rewritten into the plainer SIP that the layer above understands in full: long header names, single spaces in the
 * start line, a body of exactly Content-Length bytes. Legal meanings are kept; faults are left for malformed.ts to find.
 */
import type { SipMessage } from './message-text.ts';

/** RFC 3261 §7.3.3 and the IANA registry of SIP header fields. */
const compactNames: Readonly<Record<string, string>> = {
  a: 'Accept-Contact',
  b: 'Referred-By',
  c: 'Content-Type',
  d: 'Request-Disposition',
  e: 'Content-Encoding',
  f: 'From',
  i: 'Call-ID',
  j: 'Reject-Contact',
  k: 'Supported',
  l: 'Content-Length',
  m: 'Contact',
  n: 'Identity-Info',
  o: 'Event',
  r: 'Refer-To',
  s: 'Subject',
  t: 'To',
  u: 'Allow-Events',
  v: 'Via',
  x: 'Session-Expires',
  y: 'Identity',
};

/**
 * @param secure The message came over TLS, so that a `sips:` Request-URI is met and reads as `sip:` for the layer above
 *   (RFC 5630 §5.2); elsewhere it stays and is refused there.
 */
export function normaliseMessage(message: SipMessage, secure: boolean): SipMessage {
  const headers = message.headers.map(({ name, value }) => ({
    name: name.length === 1 ? (compactNames[name.toLowerCase()] ?? name) : name,
    value,
  }));
  return {
    ...message,
    startLine: normaliseStartLine(message.startLine, secure),
    headers: message.truncated ? headers : withBodyLength(headers, message.body),
  };
}

function normaliseStartLine(line: string, secure: boolean): string {
  const words = line.trim();
  // A status line keeps the space before its reason phrase, even when there is none (§7.2).
  if (/^SIP\//i.test(words)) return words.replace(/^(\S+ \d+)$/, '$1 ');
  const [method = '', ...rest] = words.split(/[ \t]+/);
  const uri = secure ? rest.join(' ').replace(/^sips:/i, 'sip:') : rest.join(' ');
  return `${method} ${uri}`;
}

/** Bytes may have been dropped after the body or replaced while decoding it: Content-Length says what is there now. */
function withBodyLength(headers: SipMessage['headers'], body: string): SipMessage['headers'] {
  const length = String(Buffer.byteLength(body, 'utf8'));
  return headers.map((field) =>
    field.name.toLowerCase() === 'content-length' && /^\d+$/.test(field.value)
      ? { name: field.name, value: length }
      : field,
  );
}
