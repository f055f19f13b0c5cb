/**
 * The topmost Via (RFC 3261 §20.42, RFC 3581): read, stamped with where a request came from, and given our own sent-by on the
 * way out. Only the top value is touched; what follows in the same field, and every other field, stays as it was written.
 */
import { isIP } from 'node:net';
import { headerValue, withHeader, type SipMessage } from './message-text.ts';
import type { TransportAddress } from '../../net/transport-address.ts';

/**
 * The host that the layer above writes into the Via of its requests, without a port. The transport puts the real sent-by in its
 * place, and puts this back into responses, so that the layer above recognises its own (it drops responses whose Via
 * has a port).
 */
export const viaPlaceholder = 'sidetone.invalid';

/** RFC 3261 §8.1.1.7: the branch of every client that follows that RFC begins with this. */
export const magicCookie = 'z9hG4bK';

export interface ViaParameter {
  name: string;
  /** Absent for a flag such as `rport`. */
  value?: string;
}

export interface Via {
  /** `2.0`; others are kept, so that they can be answered with 505. */
  version: string;
  /** As written: `UDP`, `TCP`, `WS`, … */
  protocol: string;
  /** Host name or address; IPv6 without brackets. */
  host: string;
  port: number | undefined;
  parameters: ViaParameter[];
}

/** Cuts at each separator that is outside quotes and angle brackets; linear in the length. */
export function splitOutsideQuotes(text: string, separator: ',' | ';'): string[] {
  const parts: string[] = [];
  let quoted = false;
  let inBrackets = false;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at];
    if (quoted && letter === '\\') at += 1;
    else if (letter === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (letter === '<') inBrackets = true;
    else if (letter === '>') inBrackets = false;
    else if (letter === separator && !inBrackets) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

/** `host`, `host:port`, `[v6]`, `[v6]:port`; undefined when it is none of them. */
export function readHostPort(text: string): { host: string; port: number | undefined } | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^\s:[\]]+))(?::(\d{1,5}))?$/i.exec(text);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined) return undefined;
  const port = match?.[3] === undefined ? undefined : Number(match[3]);
  if (port !== undefined && port > 65_535) return undefined;
  return { host, port };
}

/** Writes a host for use beside a port or in a URI: IPv6 in brackets. */
export function writeHost(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

/** Reads one Via value: `SIP/2.0/UDP host:port;branch=…`, white space allowed around its parts. */
export function readVia(value: string): Via | undefined {
  const [head = '', ...rest] = splitOutsideQuotes(value, ';');
  const [name, version, ...tail] = head.split('/').map((part) => part.trim());
  if (name?.toUpperCase() !== 'SIP' || version === undefined || !/^\d+\.\d+$/.test(version)) return undefined;
  const [protocol, ...sentBy] = tail.join('/').split(/\s+/);
  const place = readHostPort(sentBy.join(''));
  if (protocol === undefined || protocol === '' || place === undefined) return undefined;
  const parameters = rest.flatMap((part): ViaParameter[] => {
    const equals = part.indexOf('=');
    if (part.trim() === '') return [];
    if (equals === -1) return [{ name: part.trim() }];
    return [{ name: part.slice(0, equals).trim(), value: part.slice(equals + 1).trim() }];
  });
  return { version, protocol, ...place, parameters };
}

/** The value of a parameter, '' for a flag, undefined when absent. */
export function viaParameter(via: Via, name: string): string | undefined {
  const found = via.parameters.find((parameter) => parameter.name.toLowerCase() === name);
  return found === undefined ? undefined : (found.value ?? '');
}

/** The same Via with a parameter set in its place, or added at the end. */
export function withViaParameter(via: Via, name: string, value: string): Via {
  const at = via.parameters.findIndex((parameter) => parameter.name.toLowerCase() === name);
  const parameters = via.parameters.slice();
  if (at === -1) parameters.push({ name, value });
  else parameters[at] = { name, value };
  return { ...via, parameters };
}

export function writeVia(via: Via): string {
  const port = via.port === undefined ? '' : `:${String(via.port)}`;
  const parameters = via.parameters
    .map(({ name, value }) => (value === undefined ? `;${name}` : `;${name}=${value}`))
    .join('');
  return `SIP/${via.version}/${via.protocol} ${writeHost(via.host)}${port}${parameters}`;
}

/** The topmost Via of a message; undefined when there is none or it cannot be read. */
export function topVia(message: SipMessage): Via | undefined {
  const value = headerValue(message, 'via');
  return value === undefined ? undefined : readVia(splitOutsideQuotes(value, ',')[0] ?? '');
}

/** The message with its topmost Via replaced by this text; further values of the same field stay. */
export function withTopVia(message: SipMessage, text: string): SipMessage {
  const value = headerValue(message, 'via') ?? '';
  const [, ...others] = splitOutsideQuotes(value, ',');
  return withHeader(message, 'via', [text, ...others.map((other) => other.trim())].join(', '));
}

/**
 * Notes in a request's Via where it really came from: `received` when the sent-by host is another or when `rport` is
 * asked for, and `rport`'s value (RFC 3261 §18.2.1, RFC 3581 §4). What the sender claims in `received` is overwritten.
 */
export function stampSource(via: Via, source: TransportAddress): Via {
  const wantsPort = viaParameter(via, 'rport') !== undefined;
  const claims = viaParameter(via, 'received') !== undefined;
  let stamped = via;
  if (wantsPort || claims || via.host.toLowerCase() !== source.address.toLowerCase())
    stamped = withViaParameter(stamped, 'received', source.address);
  if (wantsPort) stamped = withViaParameter(stamped, 'rport', String(source.port));
  return stamped;
}

/** Our address as the server saw it, from our own Via in its response; undefined when it does not tell. */
export function seenAddress(via: Via, local: TransportAddress): TransportAddress | undefined {
  const received = viaParameter(via, 'received');
  const rport = viaParameter(via, 'rport');
  const address = received?.replace(/^\[|\]$/g, '');
  const known = address !== undefined && isIP(address) !== 0;
  const port = rport !== undefined && /^\d{1,5}$/.test(rport) ? Number(rport) : undefined;
  if (!known && port === undefined) return undefined;
  return { address: known ? address : local.address, port: port ?? local.port };
}
