/**
 * What SDP says of the way of sound: ICE's credentials and candidates (RFC 8839), where RTCP goes (RFC 3605), and whether it shares RTP's
 * port (RFC 5761).
 */
import { isIP } from 'node:net';
import type { LocalIce, RemoteIce } from '../../nat/ice-description.ts';
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
  /** Candidates may follow the description, and we take theirs (RFC 8838). */
  trickle: boolean;
  /** How both sides call the stream (a=mid, RFC 5888); candidates that follow name it so. */
  mid: string;
}

/** Of a stream that nobody has named yet. */
export const firstMid = '0';
export const plainTransport: LocalTransport = {
  ice: null,
  presentUfrag: undefined,
  rtcpMux: false,
  trickle: false,
  mid: firstMid,
};

/** What both sides' lines come to. */
export interface SettledTransport {
  ice: RemoteIce | null;
  rtcpMux: boolean;
  mid: string;
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

/** RFC 8840 §4.1.1: more may follow, unless this is the end, for the stream of this name. */
function trickleLines({ complete }: LocalIce, mid: string): string[] {
  return ['a=ice-options:trickle', ...(complete ? ['a=end-of-candidates'] : []), `a=mid:${mid}`];
}

/** Lines of an offer. */
export function offeredTransport(local: LocalTransport, place: Place): string[] {
  const { ice, rtcpMux, trickle, mid } = local;
  const muxLines = rtcpMux ? ['a=rtcp-mux'] : [];
  if (ice === null) return muxLines;
  return [...iceLines(ice, ice, place), ...(trickle ? trickleLines(ice, mid) : []), ...muxLines];
}

const isNowhere = ({ address, port }: Place) => address === '0.0.0.0' || address === '::' || port === 9;

/** Candidates may follow this description (RFC 8838 §4.1). */
export function saysTrickle(line: MediaLine): boolean {
  return attributeValues(line, 'ice-options').some((options) => options.split(/\s+/).includes('trickle'));
}

const midPattern = /^[\w!#$%&'*+.^`{|}~-]{1,64}$/;

/** The name of their stream; undefined without one that could be repeated. */
function theirMid(line: MediaLine): string | undefined {
  const mid = attributeValues(line, 'mid')[0]?.trim();
  return mid !== undefined && midPattern.test(mid) ? mid : undefined;
}

/**
 * Their side of ICE. Null where they speak none, and where somebody on the way has changed the address that everybody sends to without
 * knowing of the candidates (ice-mismatch, RFC 8839 §4.2.5).
 */
function theirIce(
  line: MediaLine,
  local: LocalTransport,
  { ours, weOffered }: { ours: string; weOffered: boolean },
): RemoteIce | 'mismatch' | null {
  const [ufrag] = attributeValues(line, 'ice-ufrag');
  const [pwd] = attributeValues(line, 'ice-pwd');
  if (ufrag === undefined || pwd === undefined || hasFlag(line, 'ice-mismatch')) return null;
  const candidates = attributeValues(line, 'candidate');
  const theyTrickle = saysTrickle(line);
  if (candidates.length === 0 && !theyTrickle) return null;
  const lite = hasFlag(line, 'ice-lite');
  const complete = !theyTrickle || hasFlag(line, 'end-of-candidates');
  const trickles = local.trickle && theyTrickle && theirMid(line) !== undefined;
  const read = candidates.flatMap((value) => parseCandidate(value) ?? []);
  const isNamed = read.some(({ address, port }) => address === line.address && port === line.port);
  if (!isNamed && !isNowhere(line) && read.length > 0) return 'mismatch';
  return { ufrag, pwd, candidates, complete, lite, ours, controlling: weOffered || lite, trickles };
}

/** Answers the transport of an offer. */
export function answeredTransport(line: MediaLine, local: LocalTransport, place: Place): SettledTransport {
  const rtcpMux = hasFlag(line, 'rtcp-mux');
  const muxLines = rtcpMux ? ['a=rtcp-mux'] : [];
  const mid = theirMid(line) ?? local.mid;
  if (local.ice === null) return { ice: null, rtcpMux, mid, lines: muxLines };
  const theirUfrag = attributeValues(line, 'ice-ufrag')[0];
  const restarts = local.presentUfrag !== undefined && theirUfrag !== local.presentUfrag;
  const own = restarts ? local.ice.spare : local.ice;
  const ice = theirIce(line, local, { ours: own.ufrag, weOffered: false });
  if (ice === null) return { ice, rtcpMux, mid, lines: muxLines };
  if (ice === 'mismatch') return { ice: null, rtcpMux, mid, lines: ['a=ice-mismatch', ...muxLines] };
  const lines = [...iceLines(local.ice, own, place), ...(ice.trickles ? trickleLines(local.ice, mid) : [])];
  return { ice, rtcpMux, mid, lines: [...lines, ...muxLines] };
}

/** Reads the transport of the answer to our offer. */
export function settledTransport(line: MediaLine, local: LocalTransport): SettledTransport {
  const { mid } = local;
  const ours = local.ice?.ufrag;
  const ice = ours === undefined ? null : theirIce(line, local, { ours, weOffered: true });
  const rtcpMux = local.rtcpMux && hasFlag(line, 'rtcp-mux');
  return { ice: ice === 'mismatch' ? null : ice, rtcpMux, mid, lines: [] };
}
