/**
 * What transports need to know of a message: its kind, the transaction it belongs to and where it goes. A cheap scan that takes
 * any text without throwing; the full parse belongs to the layer above.
 */
import { headerValue, type SipMessage } from './message-text.ts';
import { splitOutsideQuotes, topVia, type Via } from './via.ts';

interface CommonHead {
  via: Via | undefined;
  /** From CSeq; undefined when it cannot be read. */
  cseq: { number: number; method: string } | undefined;
  callId: string | undefined;
  fromTag: string | undefined;
  toTag: string | undefined;
}

export interface RequestHead extends CommonHead {
  kind: 'request';
  method: string;
  requestUri: string;
  /** `SIP/2.0` when all is well. */
  version: string;
}

export interface ResponseHead extends CommonHead {
  kind: 'response';
  status: number;
}

export type MessageHead = RequestHead | ResponseHead;

/** Reads the head of a message whose compact header names are expanded; undefined when its start line is not SIP's (§7.1, §7.2). */
export function readHead(message: SipMessage): MessageHead | undefined {
  const common: CommonHead = {
    via: topVia(message),
    cseq: readCseq(headerValue(message, 'cseq')),
    callId: headerValue(message, 'call-id'),
    fromTag: readTag(headerValue(message, 'from')),
    toTag: readTag(headerValue(message, 'to')),
  };
  const line = message.startLine.trim();
  if (/^SIP\//i.test(line)) {
    const status = /^SIP\/2\.0 ([1-6]\d\d)(?: |$)/i.exec(line)?.[1];
    return status === undefined ? undefined : { kind: 'response', status: Number(status), ...common };
  }
  const first = line.indexOf(' ');
  const last = line.lastIndexOf(' ');
  const method = line.slice(0, first);
  const version = line.slice(last + 1);
  if (first === -1 || first === last || !/^[\w.!%*+`'~-]+$/.test(method) || !/^SIP\/\d/i.test(version))
    return undefined;
  return { kind: 'request', method, requestUri: line.slice(first, last).trim(), version, ...common };
}

function readCseq(value: string | undefined): CommonHead['cseq'] {
  const match = value === undefined ? null : /^(\d{1,10})\s+(\S+)$/.exec(value);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  const number = Number(match[1]);
  return number < 2 ** 31 ? { number, method: match[2] } : undefined;
}

/** The tag of a From or To value: a parameter after the address, never inside its angle brackets. */
function readTag(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  for (const part of splitOutsideQuotes(value, ';').slice(1)) {
    const match = /^\s*tag\s*=\s*(\S+)\s*$/i.exec(part);
    if (match?.[1] !== undefined) return match[1];
  }
  return undefined;
}
