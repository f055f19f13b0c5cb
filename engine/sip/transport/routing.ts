/** Where a message goes: responses by their topmost Via (RFC 3261 §18.2.2, RFC 3581 §4), requests by Route or Request-URI. */
import { isIP } from 'node:net';
import { headerValue, type SipMessage } from './message-text.ts';
import type { TransportAddress } from '../../net/transport-address.ts';
import { readHostPort, splitOutsideQuotes, viaParameter, type Via } from './via.ts';

/** SIP's port when none is written (RFC 3261 §19.1.2). */
export const sipPort = 5060;

/**
 * Where the response to a request with this stamped Via goes over a datagram socket; undefined when the Via names no address.
 * `maddr` is not followed: it would let a stranger aim our responses.
 */
export function responseDestination(via: Via): TransportAddress | undefined {
  const received = viaParameter(via, 'received') ?? '';
  const address = isIP(received) === 0 ? via.host : received;
  if (isIP(address) === 0) return undefined;
  const rport = viaParameter(via, 'rport') ?? '';
  const port = /^\d{1,5}$/.test(rport) ? Number(rport) : (via.port ?? sipPort);
  return port > 0 && port < 65_536 ? { address, port } : undefined;
}

/** The host and port that a request is meant for: its topmost Route, else its Request-URI; undefined when unreadable. */
export function requestTarget(
  message: SipMessage,
  requestUri: string,
): { host: string; port: number } | undefined {
  const route = splitOutsideQuotes(headerValue(message, 'route') ?? '', ',')[0]?.trim();
  const uri = route === undefined || route === '' ? requestUri : (/<([^<>]*)>/.exec(route)?.[1] ?? route);
  const match = /^sips?:(?:[^@]*@)?([^;?@]+)/i.exec(uri.trim());
  const place = match?.[1] === undefined ? undefined : readHostPort(match[1]);
  return place === undefined || place.port === 0
    ? undefined
    : { host: place.host, port: place.port ?? sipPort };
}
