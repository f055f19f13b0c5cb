/**
 * Requests that break RFC 3261's rules in a way that must be answered and goes no further (§8.2, §18.3, RFC 4475
 * §3.1.2). What cannot even be answered for want of a Via is dropped by the caller.
 */
import type { RequestHead } from './message-head.ts';
import type { SipMessage } from './message-text.ts';
import type { OwnStatus } from './response.ts';

export interface Fault {
  status: OwnStatus;
  /** Reason phrase. */
  because: string;
}

const once = ['from', 'to', 'call-id', 'cseq', 'max-forwards', 'content-length'];
const required = ['from', 'to', 'call-id', 'cseq'];

/** The first fault of a request with expanded header names; undefined when the layer above may have it. */
export function findFault(message: SipMessage, head: RequestHead): Fault | undefined {
  if (head.version.toUpperCase() !== 'SIP/2.0') return { status: 505, because: 'Version Not Supported' };
  const bad = (because: string): Fault => ({ status: 400, because });
  if (/[\s<>"]/.test(head.requestUri)) return bad('Bad Request-URI');
  if (!/^sips?:/i.test(head.requestUri)) return { status: 416, because: 'Unsupported URI Scheme' };
  if (!/^sips?:[^\s]+$/i.test(head.requestUri)) return bad('Bad Request-URI');
  const count = (wanted: string) =>
    message.headers.filter(({ name }) => name.toLowerCase() === wanted).length;
  for (const name of required) if (count(name) === 0) return bad(`Missing ${name} header field`);
  for (const name of once) if (count(name) > 1) return bad(`More than one ${name} header field`);
  if (message.headers.some(({ name }) => !/^[\w.!%*+`'~-]+$/.test(name)))
    return bad('Header field without a name');
  if (head.cseq === undefined) return bad('Bad CSeq header field');
  if (head.cseq.method !== head.method) return bad('CSeq method does not match');
  for (const { name, value } of message.headers) {
    const because = valueFault(name.toLowerCase(), value);
    if (because !== undefined) return bad(because);
  }
  if (message.truncated) return bad('Message shorter than its Content-Length');
  return undefined;
}

function valueFault(name: string, value: string): string | undefined {
  switch (name) {
    case 'content-length':
      return /^\d{1,9}$/.test(value) ? undefined : 'Bad Content-Length header field';
    case 'max-forwards':
      return /^\d{1,9}$/.test(value) && Number(value) < 256 ? undefined : 'Bad Max-Forwards header field';
    case 'from':
    case 'to':
    case 'contact':
      return balanced(value) ? undefined : `Bad ${name} header field`;
    default:
      return undefined;
  }
}

/** Every quote and angle bracket that opens also closes. */
function balanced(value: string): boolean {
  let quoted = false;
  let inBrackets = false;
  for (let at = 0; at < value.length; at += 1) {
    const letter = value[at];
    if (quoted && letter === '\\') at += 1;
    else if (letter === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (letter === '<') {
      if (inBrackets) return false;
      inBrackets = true;
    } else if (letter === '>') {
      if (!inBrackets) return false;
      inBrackets = false;
    }
  }
  return !quoted && !inBrackets;
}
