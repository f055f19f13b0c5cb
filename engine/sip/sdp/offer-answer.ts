/**
 * Offer and answer (RFC 3264) for one audio stream; its codecs are codec-lines.ts. Pure: texts and settings in, texts and
 * {@link MediaParameters} out. What the far side wrote is never trusted: a bad description is a value.
 *
 *   our offer ──► their answer ──► readAnswer  ──► parameters
 *   their offer ──► answerOffer ──► our answer + parameters
 */
import { isIP } from 'node:net';
import type { MediaParameters } from '../../media/media-engine.ts';
import type { Protection } from '../../rtp/protection.ts';
import {
  answeredFormats,
  chosenFormats,
  formatLines,
  offeredFormats,
  type CodecSettings,
  type StreamFormats,
} from './codec-lines.ts';
import {
  answeredTransport,
  offeredTransport,
  plainTransport,
  settledTransport,
  type LocalTransport,
  type SettledTransport,
} from './ice-lines.ts';
import { extendedReportsOf, reportLine } from './report-lines.ts';
import type { MediaDirection, MediaLine } from './session-description.ts';
import { readSessionDescription } from './session-description.ts';
import {
  answeredProtection,
  isRtp,
  offeredProtection,
  plainOnly,
  settledProtection,
} from './stream-protection.ts';
import type { LocalProtection, ProtectionLines } from './stream-protection.ts';

/** This side of a session: where we receive and what we are willing to speak. */
export interface LocalDescription {
  /** `sess-id` of o=, decimal digits; constant for a call. */
  sessionId: string;
  /** `sess-version` of o=; one more for each description that differs from the one before (RFC 3264 §8). */
  version: number;
  address: string;
  /** RTP port; RTCP is the next one. */
  port: number;
  settings: CodecSettings;
  /** What we want; the answer's direction is what both want. */
  direction: MediaDirection;
  /** Packets travel as they are when absent. */
  protection?: LocalProtection;
  /** Packets go straight, RTCP to the next port, when absent. */
  transport?: LocalTransport;
}

/**
 * `malformed`: not SDP. `no-audio`: no usable audio stream. `no-common-codec`: audio, but nothing we both speak. `not-encrypted`: not
 * in the way that the account asks for.
 */
export type SdpProblem = 'malformed' | 'no-audio' | 'no-common-codec' | 'not-encrypted';
export type Negotiated =
  | {
      ok: true;
      parameters: MediaParameters;
      /** Of the stream's m= line. */
      protocol: string;
      /** How both sides call the stream (a=mid). */
      mid: string;
      /** The far side sends nothing or only plays: hold. */ held: boolean;
    }
  | { ok: false; problem: SdpProblem };
export type Answered = (Negotiated & { ok: true; answer: string }) | { ok: false; problem: SdpProblem };

function header(local: LocalDescription, timing: string): string[] {
  const family = isIP(local.address) === 6 ? 'IP6' : 'IP4';
  return [
    'v=0',
    `o=sidetone ${local.sessionId} ${local.version} IN ${family} ${local.address}`,
    's=-',
    `c=IN ${family} ${local.address}`,
    `t=${timing}`,
  ];
}

function audioLines(stream: {
  port: number;
  formats: StreamFormats;
  encryption: ProtectionLines;
  transport: readonly string[];
  direction: MediaDirection;
}): string[] {
  const { port, formats, encryption, transport, direction } = stream;
  const { payloadTypes, lines } = formatLines(formats);
  const media = `m=audio ${port} ${encryption.protocol} ${payloadTypes.join(' ')}`;
  return [media, ...lines, reportLine, `a=${direction}`, ...encryption.lines, ...transport];
}

const asText = (lines: readonly string[]) => `${lines.join('\r\n')}\r\n`;

/** An offer of every enabled codec by priority, with telephone-event (RFC 3264 §5), encrypted as the account asks for. */
export function makeOffer(local: LocalDescription): string {
  const { settings, port, direction } = local;
  const [formats, encryption] = [offeredFormats(settings), offeredProtection(local.protection ?? plainOnly)];
  const transport = offeredTransport(local.transport ?? plainTransport, local);
  return asText([
    ...header(local, '0 0'),
    ...audioLines({ port, formats, encryption, transport, direction }),
  ]);
}

const canSend = (direction: MediaDirection) => direction === 'sendrecv' || direction === 'sendonly';
const canReceive = (direction: MediaDirection) => direction === 'sendrecv' || direction === 'recvonly';
function directionOf(sends: boolean, receives: boolean): MediaDirection {
  if (sends) return receives ? 'sendrecv' : 'sendonly';
  return receives ? 'recvonly' : 'inactive';
}

/** The old way to hold (RFC 2543, RFC 3264 §8.4): a connection address of zeros means "send me nothing". */
const isNowhere = (address: string) => /^0+(\.0+){3}$/.test(address) || /^[0:]+$/.test(address);

const isUsable = (line: MediaLine) => line.kind === 'audio' && isRtp(line.protocol) && line.port > 0;

/** What runs when `line` is theirs and `local` ours; undefined without a common codec. */
function negotiate(
  line: MediaLine,
  local: LocalDescription,
  { protection, transport }: { protection: Protection; transport: SettledTransport },
): (Negotiated & { ok: true }) | undefined {
  const chosen = chosenFormats(line, local.settings);
  if (chosen === undefined) return undefined;
  const nowhere = isNowhere(line.address);
  const sends = canSend(local.direction) && canReceive(line.direction) && !nowhere;
  const receives = canReceive(local.direction) && canSend(line.direction);
  const extendedReports = extendedReportsOf(line);
  return {
    ok: true,
    protocol: line.protocol,
    mid: transport.mid,
    held: nowhere || !canReceive(line.direction),
    parameters: {
      remoteAddress: line.address,
      remotePort: line.port,
      ...(line.rtcpPort === undefined ? {} : { remoteRtcpPort: line.rtcpPort }),
      ...chosen,
      protection,
      rtcpMux: transport.rtcpMux,
      ice: transport.ice,
      ...(extendedReports === undefined ? {} : { extendedReports }),
      direction: directionOf(sends, receives),
    },
  };
}

/** A refused stream keeps its place with port 0 (RFC 3264 §6). */
const refusal = ({ kind, protocol, formatText }: MediaLine) => `m=${kind} 0 ${protocol} ${formatText}`;

/**
 * Answers an offer: the first usable audio stream is taken with the first codec of theirs that we speak (one codec, so that
 * nobody switches in mid-sentence) under their payload type numbers; every other stream is refused in its place.
 */
export function answerOffer(offer: string, local: LocalDescription): Answered {
  const theirs = readSessionDescription(offer);
  if (theirs === undefined) return { ok: false, problem: 'malformed' };
  const usable = theirs.media.filter(isUsable).filter(({ address }) => isIP(address) !== 0);
  if (usable.length === 0) return { ok: false, problem: 'no-audio' };
  const open = usable.flatMap((line) => {
    const answered = answeredProtection(line, local.protection ?? plainOnly);
    return answered === undefined ? [] : [{ line, ...answered }];
  });
  if (open.length === 0) return { ok: false, problem: 'not-encrypted' };
  for (const { line: chosen, protection, encryption } of open) {
    const transport = answeredTransport(chosen, local.transport ?? plainTransport, local);
    const settled = negotiate(chosen, local, { protection, transport });
    if (settled === undefined) continue;
    const formats = answeredFormats(settled.parameters, local.settings);
    const { direction } = settled.parameters;
    const accepted = audioLines({
      port: local.port,
      formats,
      encryption,
      transport: transport.lines,
      direction,
    });
    const streams = theirs.media.flatMap((line) => (line === chosen ? accepted : [refusal(line)]));
    return { ...settled, answer: asText([...header(local, theirs.timing), ...streams]) };
  }
  return { ok: false, problem: 'no-common-codec' };
}

/** Reads the answer to an offer that `makeOffer(local)` made (RFC 3264 §7): its first m= line is our audio stream's. */
export function readAnswer(answer: string, local: LocalDescription): Negotiated {
  const theirs = readSessionDescription(answer);
  if (theirs === undefined) return { ok: false, problem: 'malformed' };
  const [line] = theirs.media;
  if (line === undefined || !isUsable(line)) return { ok: false, problem: 'no-audio' };
  if (isIP(line.address) === 0) return { ok: false, problem: 'malformed' };
  const protection = settledProtection(line, local.protection ?? plainOnly);
  if (protection === undefined) return { ok: false, problem: 'not-encrypted' };
  const transport = settledTransport(line, local.transport ?? plainTransport);
  return negotiate(line, local, { protection, transport }) ?? { ok: false, problem: 'no-common-codec' };
}
