/**
 * What stands between the network and sip.js's parser: it drops messages whole when one header is odd, takes the last of several
 * challenges for the only one, and throws on some inputs. These pure functions prepare a text for it, and answer by hand what it
 * cannot read.
 */
import type { IncomingRequestMessage } from 'sip.js/lib/core/messages/incoming-request-message.js';
import type { IncomingResponseMessage } from 'sip.js/lib/core/messages/incoming-response-message.js';
import { Grammar } from 'sip.js/lib/grammar/grammar.js';
import type { DigestChallenge } from './digest.ts';
import { makeChallenge, parseChallenges, strongestChallenge } from './digest.ts';
import { parseNameAddr } from './party.ts';
import { newTag } from './random-token.ts';

/** A message's head, and what follows it (from the empty line on). */
function splitHead(text: string): [head: string, rest: string] {
  const end = text.indexOf('\r\n\r\n');
  return end < 0 ? [text, ''] : [text.slice(0, end), text.slice(end)];
}

/** Values of a header in the head, in order, folded lines joined (RFC 3261 §7.3.1). `name`: a regular expression of its names. */
function headerValues(head: string, name: string): string[] {
  const unfolded = head.replace(/\r\n[ \t]+/g, ' ');
  return [...unfolded.matchAll(new RegExp(`^(?:${name})[ \\t]*:[ \\t]*(.*)$`, 'gim'))].map((match) =>
    (match[1] ?? '').trim(),
  );
}

const challengeName = 'WWW-Authenticate|Proxy-Authenticate';

/**
 * A 401 or 407 with its challenges reduced to the strongest one that we can answer, in a form that every parser reads; other
 * messages unchanged.
 */
export function reduceChallenges(text: string): { text: string; challenge: DigestChallenge | undefined } {
  const status = /^SIP\/2\.0 (401|407) /.exec(text)?.[1];
  if (status === undefined) return { text, challenge: undefined };
  const [head, rest] = splitHead(text);
  const name = status === '401' ? 'WWW-Authenticate' : 'Proxy-Authenticate';
  const challenge = strongestChallenge(parseChallenges(headerValues(head, name)));
  const others = head
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
    .filter((line) => !new RegExp(`^(?:${challengeName})[ \\t]*:`, 'i').test(line));
  if (challenge === undefined) return { text: others.join('\r\n') + rest, challenge };
  const { stale } = challenge;
  const simple = `${name}: ${makeChallenge({ realm: 'asked', nonce: 'asked', qop: [], stale })}`;
  return { text: [...others, simple].join('\r\n') + rest, challenge };
}

/**
 * A 101 to 299 to INVITE that names no Contact gets the address of its To: sip.js would drop it and with it the call. Such answers
 * break RFC 3261 §12.1.1, but gateways send them.
 */
export function completeContact(text: string): string {
  if (!/^SIP\/2\.0 (?:1(?!00)\d\d|2\d\d) /.test(text)) return text;
  const [head, rest] = splitHead(text);
  if (!/\sINVITE$/.test(headerValues(head, 'CSeq')[0] ?? '')) return text;
  if (headerValues(head, 'Contact|m').length > 0) return text;
  const address = parseNameAddr(headerValues(head, 'To|t')[0] ?? '')?.uri;
  return address === undefined ? text : `${head}\r\nContact: <${address}>${rest}`;
}

/**
 * A 2xx to REGISTER without those of its Contact lines that cannot be read: sip.js would drop the whole answer. Asterisk 22 lists
 * a phone that came over WebSocket and IPv6 with an empty host.
 */
export function readableBindings(text: string): string {
  if (!/^SIP\/2\.0 2\d\d /.test(text)) return text;
  const [head, rest] = splitHead(text);
  if (!/\sREGISTER$/.test(headerValues(head, 'CSeq')[0] ?? '')) return text;
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  const readable = lines.filter((line) => {
    const contact = /^(?:Contact|m)[ \t]*:(.*)$/i.exec(line)?.[1];
    return contact === undefined || Grammar.parse(contact.trim(), 'Contact') !== -1;
  });
  return readable.length === lines.length ? text : readable.join('\r\n') + rest;
}

/**
 * The answer to a request that could not be parsed, when its head holds enough to route one (RFC 3261 §8.2: Via, From, To,
 * Call-ID, CSeq are copied); undefined for ACK, responses and hopeless texts.
 */
export function answerUnreadable(text: string): string | undefined {
  const [head] = splitHead(text);
  const startLine = head.slice(0, head.indexOf('\r\n'));
  const version = /^[A-Za-z-]+ .*\s(SIP\/\d+\.\d+)\s*$/.exec(startLine)?.[1];
  if (version === undefined || /^ACK\s/.test(startLine)) return undefined;
  const vias = headerValues(head, 'Via|v');
  const [from] = headerValues(head, 'From|f');
  const [to] = headerValues(head, 'To|t');
  const [callId] = headerValues(head, 'Call-ID|i');
  const [cseq] = headerValues(head, 'CSeq');
  if (vias.length === 0 || from === undefined || to === undefined) return undefined;
  if (callId === undefined || cseq === undefined) return undefined;
  const status = version === 'SIP/2.0' ? '400 Bad Request' : '505 Version Not Supported';
  return [
    `SIP/2.0 ${status}`,
    ...vias.map((via) => `Via: ${via}`),
    `From: ${from}`,
    `To: ${/;\s*tag\s*=/i.test(to) ? to : `${to};tag=${newTag()}`}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq}`,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}

/** Why a parsed request cannot be handled, or undefined when it can (RFC 3261 §8.1.1, §16.3, §18.3). */
export function faultOfRequest(message: IncomingRequestMessage, text: string): string | undefined {
  const missing = ['From', 'To', 'Call-ID', 'CSeq', 'Via'].find((name) => !message.hasHeader(name));
  if (missing !== undefined) return `Missing ${missing}`;
  const cseqMethod = /^\s*\d+\s+(\S+)\s*$/.exec(message.getHeader('CSeq') ?? '')?.[1];
  if (cseqMethod !== message.method) return 'CSeq Method Does Not Match';
  if (!/^SIP\/2\.0\//.test(message.getHeader('Via') ?? '')) return 'Bad Via';
  const length = message.getHeader('Content-Length');
  const [, rest] = splitHead(text);
  if (length !== undefined && Number(length) > Buffer.byteLength(rest) - 4) return 'Body Too Short';
  return undefined;
}

/** True for a response that sip.js can match and its users can read. */
export function isUsableResponse(message: IncomingResponseMessage): boolean {
  const { statusCode } = message;
  if (statusCode === undefined || statusCode < 100 || statusCode > 699) return false;
  return ['From', 'To', 'Call-ID', 'CSeq', 'Via'].every((name) => message.hasHeader(name));
}

/** Whether an INVITE's Accept headers leave room for our description; without any they do (RFC 3261 §20.1). */
export function takesSdp(accept: readonly string[]): boolean {
  const ranges = accept.flatMap((value) => value.split(',')).map((range) => range.split(';')[0]?.trim());
  return (
    ranges.length === 0 || ranges.some((range) => /^(?:application\/(?:sdp|\*)|\*\/\*)$/i.test(range ?? ''))
  );
}

/** sip.js reports a timeout as a 408 and a failed transport as a 503 of its own making: they have no text from the wire. */
export function isOwn(response: IncomingResponseMessage): boolean {
  return response.data === undefined || response.data === '';
}
