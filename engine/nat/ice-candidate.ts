/** Candidates of ICE: a transport address that may lead to somebody (RFC 8445 §5.1), and how SDP writes it (RFC 8839 §5.1). */
import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import type { TransportAddress } from '../net/transport-address.ts';

export type CandidateType = 'host' | 'srflx' | 'prflx' | 'relay';
/** 1 is RTP, 2 RTCP (RFC 8839 §5.1). */
export type Component = 1 | 2;

export interface IceCandidate extends TransportAddress {
  type: CandidateType;
  component: Component;
  /** The same for candidates that likely work or fail alike. */
  foundation: string;
  /** 1 to 2³¹ − 1. */
  priority: number;
  /** What it was derived from (raddr, rport); null for host candidates. */
  related: TransportAddress | null;
}

/** Recommended by RFC 8445 §5.1.2.2. */
const typePreferences: Record<CandidateType, number> = { host: 126, prflx: 110, srflx: 100, relay: 0 };

/** RFC 8445 §5.1.2.1. @param localPreference 0 to 65,535, the best address of this computer highest */
export function candidatePriority(
  type: CandidateType,
  component: Component,
  localPreference: number,
): number {
  return typePreferences[type] * 2 ** 24 + localPreference * 2 ** 8 + (256 - component);
}

/** RFC 8445 §5.1.1.3: alike when type, base and server are. */
export function foundationOf(type: CandidateType, baseAddress: string, server: string): string {
  return createHash('sha1').update(`${type} ${baseAddress} ${server}`).digest('hex').slice(0, 8);
}

const pattern =
  /^([a-z0-9+/]{1,32}) (\d{1,5}) (\S+) (\d{1,10}) (\S+) (\d{1,5}) typ (host|srflx|prflx|relay)(?: raddr (\S+) rport (\d{1,5}))?(?: .*)?$/i;
const types: readonly string[] = ['host', 'srflx', 'prflx', 'relay'];
const isType = (text: string): text is CandidateType => types.includes(text);

/** Reads the value of a=candidate; undefined for what cannot be used: another transport than UDP, a name (also mDNS's), nonsense. */
export function parseCandidate(value: string): IceCandidate | undefined {
  const match = pattern.exec(value.trim().replace(/^candidate:/, ''));
  if (match === null) return undefined;
  const [, foundation = '', componentText, transport = '', priorityText, address = '', portText] = match;
  const [component, priority, port] = [Number(componentText), Number(priorityText), Number(portText)];
  const type = (match[7] ?? '').toLowerCase();
  if (transport.toUpperCase() !== 'UDP' || isIP(address) === 0 || !isType(type)) return undefined;
  if ((component !== 1 && component !== 2) || port < 1 || port > 65_535) return undefined;
  if (priority < 1 || priority > 2 ** 31 - 1) return undefined;
  const [relatedAddress, relatedPort] = [match[8], match[9]];
  const related =
    relatedAddress === undefined ? null : { address: relatedAddress, port: Number(relatedPort) };
  return { type, component, foundation, priority, address, port, related };
}

/** The value of a=candidate. @param hidesRelated the address behind a candidate is nobody's business (RFC 8839 §5.1) */
export function writeCandidate(candidate: IceCandidate, { hidesRelated }: { hidesRelated: boolean }): string {
  const { foundation, component, priority, address, port, type, related } = candidate;
  const nowhere = { address: isIP(address) === 6 ? '::' : '0.0.0.0', port: 9 };
  const from = hidesRelated ? nowhere : related;
  const origin = related === null || from === null ? '' : ` raddr ${from.address} rport ${from.port}`;
  return `${foundation} ${component} UDP ${priority} ${address} ${port} typ ${type}${origin}`;
}
