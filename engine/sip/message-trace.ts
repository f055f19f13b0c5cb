/**
 * What passes between the phone and the server, made fit to be shown and sent to somebody: credentials and keys are taken out, and
 * so are the words that people write to each other (MESSAGE). One entry is one SIP message; repeats on the wire are not entries.
 */
import { redact } from '../log.ts';

export interface TraceEntry {
  direction: 'sent' | 'received';
  /** Milliseconds since 1970. */
  at: number;
  /** `INVITE 600`, `401 Unauthorized to REGISTER`. */
  summary: string;
  /** What a reader wants beside it: `SDP PCMU, PCMA sendrecv`, `challenge`, `with credentials`; empty for nothing. */
  remark: string;
  callId: string;
  /** The whole message, redacted. */
  text: string;
}

/** Bodies of this method are private. */
const privateBody = /^MESSAGE\s/;

/** An entry for one message as it stood on the wire. Never throws: unreadable messages get what can be told of them. */
export function traceEntry(direction: TraceEntry['direction'], at: number, wire: string): TraceEntry {
  const end = wire.indexOf('\r\n\r\n');
  const head = end < 0 ? wire : wire.slice(0, end);
  const body = end < 0 ? '' : wire.slice(end + 4);
  const shownBody = privateBody.test(head) && body !== '' ? '[text withheld]' : body;
  return {
    direction,
    at,
    summary: summaryOf(head),
    remark: remarkOf(head, body),
    callId: headerOf(head, 'Call-ID|i'),
    text: redact(end < 0 ? wire : `${head}\r\n\r\n${shownBody}`),
  };
}

function headerOf(head: string, names: string): string {
  return new RegExp(`^(?:${names})[ \\t]*:[ \\t]*(.*)$`, 'im').exec(head)?.[1]?.trim() ?? '';
}

function summaryOf(head: string): string {
  const [startLine = ''] = head.split('\r\n', 1);
  const status = /^SIP\/2\.0 (\d{3}) ?(.*)$/.exec(startLine);
  if (status !== null) {
    const [, code = '', reason = ''] = status;
    const method = headerOf(head, 'CSeq').split(/\s+/)[1] ?? '';
    return `${code} ${reason} to ${method}`.replace(/ +/g, ' ');
  }
  const [method = '', uri = ''] = startLine.split(' ');
  const user = /^(?:sips?|tel):([^@;>]+)@?/i.exec(uri)?.[1] ?? uri;
  return `${method} ${user}`;
}

function remarkOf(head: string, body: string): string {
  const remarks: string[] = [];
  if (/^(?:WWW|Proxy)-Authenticate[ \t]*:/im.test(head)) remarks.push('challenge');
  if (/^(?:Proxy-)?Authorization[ \t]*:/im.test(head)) remarks.push('with credentials');
  const type = headerOf(head, 'Content-Type|c').split(';')[0]?.toLowerCase() ?? '';
  if (type === 'application/sdp') remarks.push(descriptionRemark(body));
  else if (body !== '' && type !== '') remarks.push(type);
  const event = headerOf(head, 'Event|o').split(';')[0] ?? '';
  if (event !== '') remarks.push(event);
  if (/;\s*tag=/i.test(headerOf(head, 'To|t')) && /^INVITE /.test(head)) remarks.push('inside the call');
  return remarks.join(', ');
}

function descriptionRemark(body: string): string {
  const names = [...body.matchAll(/^a=rtpmap:\d+ ([^/\s]+)/gm)].map((match) => match[1] ?? '');
  const direction = /^a=(sendrecv|sendonly|recvonly|inactive)\s*$/m.exec(body)?.[1] ?? '';
  return ['SDP', names.join('/'), direction].filter((word) => word !== '').join(' ');
}
