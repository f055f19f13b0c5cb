/**
 * Offer and answer (RFC 3264) for one audio stream of G.711 with telephone-events (RFC 4733). Pure: texts and settings in, texts
 * and {@link MediaParameters} out. What the far side wrote is never trusted: a bad description is a value.
 *
 *   our offer ──► their answer ──► readAnswer  ──► parameters
 *   their offer ──► answerOffer ──► our answer + parameters
 */
import { isIP } from 'node:net';
import type { Settings } from '../../../contract/settings.ts';
import type { MediaParameters } from '../../media/media-engine.ts';
import type { MediaDirection, MediaLine, PayloadFormat } from './session-description.ts';
import { readSessionDescription } from './session-description.ts';

/** This side of a session: where we receive and what we are willing to speak. */
export interface LocalDescription {
  /** `sess-id` of o=, decimal digits; constant for a call. */
  sessionId: string;
  /** `sess-version` of o=; one more for each description that differs from the one before (RFC 3264 §8). */
  version: number;
  address: string;
  /** RTP port; RTCP is the next one. */
  port: number;
  settings: Pick<Settings, 'codecs' | 'dtmf' | 'rtp'>;
  /** What we want; the answer's direction is what both want. */
  direction: MediaDirection;
}

/** `malformed`: not SDP. `no-audio`: no usable audio stream. `no-common-codec`: audio, but nothing we both speak. */
export type SdpProblem = 'malformed' | 'no-audio' | 'no-common-codec';
export type Negotiated =
  | {
      ok: true;
      parameters: MediaParameters;
      /** The far side sends nothing or only plays: hold. */ held: boolean;
    }
  | { ok: false; problem: SdpProblem };
export type Answered = (Negotiated & { ok: true; answer: string }) | { ok: false; problem: SdpProblem };

type AudioCodecName = MediaParameters['codec']['name'];
const telephoneClockRate = 8000;
const packetTimesMs: readonly number[] = [10, 20, 30, 40];

function enabledCodecs({
  codecs,
}: LocalDescription['settings']): { name: AudioCodecName; payloadType: number }[] {
  return [...codecs]
    .sort((a, b) => a.priority - b.priority)
    .flatMap(({ name, payload_type, enabled }) =>
      enabled && (name === 'PCMU' || name === 'PCMA') ? [{ name, payloadType: payload_type }] : [],
    );
}

/** Payload type to offer for telephone-event, or undefined when it is switched off. */
function offeredEventType({ codecs, dtmf }: LocalDescription['settings']): number | undefined {
  const enabled = codecs.some((codec) => codec.name === 'telephone-event' && codec.enabled);
  return enabled ? dtmf.payload_type : undefined;
}

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
  codecs: { name: string; payloadType: number }[];
  eventType: number | undefined;
  packetTimeMs: number;
  direction: MediaDirection;
}): string[] {
  const { port, codecs, eventType, packetTimeMs, direction } = stream;
  const types = [
    ...codecs.map(({ payloadType }) => payloadType),
    ...(eventType === undefined ? [] : [eventType]),
  ];
  return [
    `m=audio ${port} RTP/AVP ${types.join(' ')}`,
    ...codecs.map(({ name, payloadType }) => `a=rtpmap:${payloadType} ${name}/${telephoneClockRate}`),
    ...(eventType === undefined
      ? []
      : [`a=rtpmap:${eventType} telephone-event/${telephoneClockRate}`, `a=fmtp:${eventType} 0-16`]),
    `a=ptime:${packetTimeMs}`,
    `a=${direction}`,
  ];
}

const asText = (lines: readonly string[]) => `${lines.join('\r\n')}\r\n`;

/** An offer of every enabled codec by priority, with telephone-event (RFC 3264 §5). */
export function makeOffer(local: LocalDescription): string {
  const { settings, port, direction } = local;
  return asText([
    ...header(local, '0 0'),
    ...audioLines({
      port,
      codecs: enabledCodecs(settings),
      eventType: offeredEventType(settings),
      packetTimeMs: settings.rtp.packet_time,
      direction,
    }),
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

const isUsable = (line: MediaLine) => line.kind === 'audio' && line.protocol === 'RTP/AVP' && line.port > 0;

/** The formats of a line that we speak too, in the line's own order. */
function commonFormats(line: MediaLine, local: LocalDescription) {
  const ours = enabledCodecs(local.settings);
  const audio = line.formats.flatMap(({ name, payloadType, clockRate, channels }) => {
    const match = ours.find((codec) => codec.name === name);
    return match !== undefined && clockRate === telephoneClockRate && channels === 1
      ? [{ name: match.name, payloadType }]
      : [];
  });
  const isEvent = ({ name, clockRate }: PayloadFormat) =>
    name === 'TELEPHONE-EVENT' && clockRate === telephoneClockRate;
  const eventType =
    offeredEventType(local.settings) === undefined ? undefined : line.formats.find(isEvent)?.payloadType;
  return { audio, eventType };
}

/** What runs when `line` is theirs and `local` ours; undefined without a common codec. */
function negotiate(line: MediaLine, local: LocalDescription): (Negotiated & { ok: true }) | undefined {
  const { audio, eventType } = commonFormats(line, local);
  const [codec] = audio;
  if (codec === undefined) return undefined;
  const nowhere = isNowhere(line.address);
  const sends = canSend(local.direction) && canReceive(line.direction) && !nowhere;
  const receives = canReceive(local.direction) && canSend(line.direction);
  const wished = line.packetTimeMs;
  return {
    ok: true,
    held: nowhere || !canReceive(line.direction),
    parameters: {
      remoteAddress: line.address,
      remotePort: line.port,
      ...(line.rtcpPort === undefined ? {} : { remoteRtcpPort: line.rtcpPort }),
      codec: {
        name: codec.name,
        payloadType: codec.payloadType,
        clockRate: telephoneClockRate,
        sampleRate: telephoneClockRate,
      },
      packetTimeMs:
        wished !== undefined && packetTimesMs.includes(wished) ? wished : local.settings.rtp.packet_time,
      telephoneEventPayloadType: eventType ?? null,
      comfortNoisePayloadType: null,
      protection: { kind: 'none' },
      rtcpMux: false,
      ice: null,
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
  for (const chosen of usable) {
    const settled = negotiate(chosen, local);
    if (settled === undefined) continue;
    const { codec, telephoneEventPayloadType, packetTimeMs, direction } = settled.parameters;
    const accepted = audioLines({
      port: local.port,
      codecs: [codec],
      eventType: telephoneEventPayloadType ?? undefined,
      packetTimeMs,
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
  return negotiate(line, local) ?? { ok: false, problem: 'no-common-codec' };
}
