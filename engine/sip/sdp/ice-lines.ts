/**
 * What SDP says of the way of sound: ICE's credentials and candidates (RFC 8839), where RTCP goes (RFC 3605), and whether it shares RTP's
 * port (RFC 5761).
 */
import { isIP } from 'node:net';
import type { LocalIce, RemoteIce } from '../../media/media-engine.ts';
import { parseCandidate } from '../../nat/ice-candidate.ts';
import { attributeValues, type MediaLine } from './session-description.ts';

/** Our side of the way. */
export interface LocalTransport {
  /** Null without ICE. */
  ice: LocalIce | null;
  /** Of the description of theirs that is in force; an offer with another one restarts ICE. */
  presentUfrag: string | undefined;
  /** RTP and RTCP are offered on one port. */
  rtcpMux: boolean;
}

export const plainTransport: LocalTransport = { ice: null, presentUfrag: undefined, rtcpMux: false };

/** What both sides' lines come to. */
export interface SettledTransport {
  ice: RemoteIce | null;
  rtcpMux: boolean;
  /** Lines for our answer; empty for one that is read. */
  lines: string[];
}

interface Place {
  address: string;
  port: number;
}

const hasFlag = ({ attributes }: MediaLine, name: string) =>
  attributes.own.some((line) => line.trim() === name) ||
  attributes.session.some((line) => line.trim() === name);

/** The second component's default candidate, where it is not simply the next port. */
function rtcpLine(ice: LocalIce, { address, port }: Place): string[] {
  const candidates = ice.candidates.flatMap((value) => parseCandidate(value) ?? []);
  const own = candidates.find((each) => each.address === address && each.port === port);
  const rtcp = candidates.find(
    (each) =>
      each.component === 2 &&
      each.type === own?.type &&
      (own.foundation === each.foundation || each.address === address),
  );
  if (rtcp === undefined || (rtcp.address === address && rtcp.port === port + 1)) return [];
  return [`a=rtcp:${rtcp.port} IN ${isIP(rtcp.address) === 6 ? 'IP6' : 'IP4'} ${rtcp.address}`];
}

function iceLines(ice: LocalIce, { ufrag, pwd }: { ufrag: string; pwd: string }, place: Place): string[] {
  const candidates = ice.candidates.map((value) => `a=candidate:${value}`);
  return [`a=ice-ufrag:${ufrag}`, `a=ice-pwd:${pwd}`, ...candidates, ...rtcpLine(ice, place)];
}

/** Lines of an offer. */
export function offeredTransport({ ice, rtcpMux }: LocalTransport, place: Place): string[] {
  return [...(ice === null ? [] : iceLines(ice, ice, place)), ...(rtcpMux ? ['a=rtcp-mux'] : [])];
}

const isNowhere = ({ address, port }: Place) => address === '0.0.0.0' || address === '::' || port === 9;

/**
 * Their side of ICE. Null where they speak none, and where somebody on the way has changed the address that everybody sends to without
 * knowing of the candidates (ice-mismatch, RFC 8839 §4.2.5).
 */
function theirIce(line: MediaLine, ours: string, weOffered: boolean): RemoteIce | 'mismatch' | null {
  const [ufrag] = attributeValues(line, 'ice-ufrag');
  const [pwd] = attributeValues(line, 'ice-pwd');
  if (ufrag === undefined || pwd === undefined || hasFlag(line, 'ice-mismatch')) return null;
  const candidates = attributeValues(line, 'candidate');
  const trickles = attributeValues(line, 'ice-options').some((options) =>
    options.split(/\s+/).includes('trickle'),
  );
  if (candidates.length === 0 && !trickles) return null;
  const lite = hasFlag(line, 'ice-lite');
  const complete = !trickles || hasFlag(line, 'end-of-candidates');
  const read = candidates.flatMap((value) => parseCandidate(value) ?? []);
  const isNamed = read.some(({ address, port }) => address === line.address && port === line.port);
  if (!isNamed && !isNowhere(line) && read.length > 0) return 'mismatch';
  return { ufrag, pwd, candidates, complete, lite, ours, controlling: weOffered || lite };
}

/** Answers the transport of an offer. */
export function answeredTransport(line: MediaLine, local: LocalTransport, place: Place): SettledTransport {
  const rtcpMux = hasFlag(line, 'rtcp-mux');
  const muxLines = rtcpMux ? ['a=rtcp-mux'] : [];
  if (local.ice === null) return { ice: null, rtcpMux, lines: muxLines };
  const theirUfrag = attributeValues(line, 'ice-ufrag')[0];
  const restarts = local.presentUfrag !== undefined && theirUfrag !== local.presentUfrag;
  const own = restarts ? local.ice.spare : local.ice;
  const ice = theirIce(line, own.ufrag, false);
  if (ice === null) return { ice, rtcpMux, lines: muxLines };
  if (ice === 'mismatch') return { ice: null, rtcpMux, lines: ['a=ice-mismatch', ...muxLines] };
  return { ice, rtcpMux, lines: [...iceLines(local.ice, own, place), ...muxLines] };
}

/** Reads the transport of the answer to our offer. */
export function settledTransport(line: MediaLine, local: LocalTransport): SettledTransport {
  const ice = local.ice === null ? null : theirIce(line, local.ice.ufrag, true);
  const rtcpMux = local.rtcpMux && hasFlag(line, 'rtcp-mux');
  return { ice: ice === 'mismatch' ? null : ice, rtcpMux, lines: [] };
}
