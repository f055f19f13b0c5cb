/**
 * The codecs of an audio stream in SDP: what we offer, what of an offer or answer we speak too, and both as lines.
 *
 *   m=audio 10000 RTP/AVP 0 107 13 101 102    payload types by preference, then comfort noise and keys
 *   a=rtpmap:107 opus/48000/2                 name, clock of the timestamps, channels (RFC 4566 §6)
 *   a=fmtp:107 useinbandfec=1;…               what the receiver of this format likes (RFC 7587 §6.1)
 *   a=rtpmap:102 telephone-event/48000        keys count by the clock of the sound beside them (RFC 4733 §2.1)
 */
import type { Settings } from '../../../contract/settings.ts';
import type { AudioCodec, AudioCodecName, MediaParameters } from '../../media/media-engine.ts';
import type { MediaLine, PayloadFormat } from './session-description.ts';

export type CodecSettings = Pick<Settings, 'codecs' | 'dtmf' | 'rtp' | 'opus' | 'audio'>;

interface ClockedFormat {
  payloadType: number;
  clockRate: number;
}

/** The formats of a stream, with a packet time that suits them. */
export interface StreamFormats {
  codecs: AudioCodec[];
  /** RFC 3389, at 8000. */
  comfortNoise: number | null;
  /** RFC 4733, at most one for each clock. */
  keys: ClockedFormat[];
  packetTimeMs: number;
}

/** Names and clocks as SDP writes them. `sampleRate` is the sound's where it is not the clock's. */
const encodings: Record<
  AudioCodecName,
  { clockRates: readonly number[]; sampleRate?: number; channels: number }
> = {
  PCMU: { clockRates: [8000], channels: 1 },
  PCMA: { clockRates: [8000], channels: 1 },
  // An error of RFC 1890 that stayed: 16 kHz under a clock of 8 (RFC 3551 §4.5.2).
  G722: { clockRates: [8000], sampleRate: 16_000, channels: 1 },
  // Always two channels in SDP, one in our packets (RFC 7587 §7).
  opus: { clockRates: [48_000], channels: 2 },
  // The first is offered.
  L16: { clockRates: [16_000, 8000], channels: 1 },
};
const telephoneClockRate = 8000;
const comfortNoiseType = 13;
const firstDynamicType = 96;
const lastDynamicType = 127;
const packetTimesMs: readonly number[] = [10, 20, 30, 40, 60];
/** Not every length that the others may have is one of theirs: an Opus frame (RFC 6716 §2.1.4), a datagram of L16. */
const packetTimesOf: Partial<Record<AudioCodecName, readonly number[]>> = {
  opus: [10, 20, 40, 60],
  L16: [10, 20],
};

/** The sound of Opus that both sides have a use for. */
function opusRate({ opus }: CodecSettings, theirMaximum = 48_000): number {
  return Math.min(opus.sample_rate, theirMaximum) <= 16_000 ? 16_000 : 48_000;
}

/** Speaking may pause, with noise in its place. */
const mayPause = ({ audio }: CodecSettings) => audio.comfort_noise && audio.voice_activity_detection;

const takesKeys = ({ codecs }: CodecSettings) =>
  codecs.some((codec) => codec.name === 'telephone-event' && codec.enabled);

function enabledCodecs({ codecs }: CodecSettings): { name: AudioCodecName; payloadType: number }[] {
  return [...codecs]
    .sort((a, b) => a.priority - b.priority)
    .flatMap(({ name, payload_type, enabled }) =>
      enabled && name !== 'telephone-event' ? [{ name, payloadType: payload_type }] : [],
    );
}

/** Payload types for one stream: the wanted one, or where it is taken the next dynamic one that is free. */
class PayloadTypes {
  readonly #taken: Set<number>;

  constructor(reserved: readonly number[]) {
    this.#taken = new Set(reserved);
  }

  take(wanted: number): number {
    let payloadType = wanted;
    for (let free = firstDynamicType; this.#taken.has(payloadType) && free <= lastDynamicType; free += 1) {
      payloadType = free;
    }
    this.#taken.add(payloadType);
    return payloadType;
  }
}

function codecOf(
  name: AudioCodecName,
  payloadType: number,
  clockRate: number,
  settings: CodecSettings,
): AudioCodec {
  const sampleRate = encodings[name].sampleRate ?? clockRate;
  if (name !== 'opus') return { name, payloadType, clockRate, sampleRate };
  const { fec, dtx, bitrate } = settings.opus;
  return { name, payloadType, clockRate, sampleRate: opusRate(settings), opus: { fec, dtx, bitrate } };
}

/** What we offer: every enabled codec by priority, comfort noise, and keys for each clock (RFC 3264 §5). */
export function offeredFormats(settings: CodecSettings): StreamFormats {
  const { dtmf, rtp } = settings;
  const withKeys = takesKeys(settings);
  const types = new PayloadTypes(withKeys ? [comfortNoiseType, dtmf.payload_type] : [comfortNoiseType]);
  const codecs = enabledCodecs(settings).map(({ name, payloadType }) =>
    codecOf(name, types.take(payloadType), encodings[name].clockRates[0] ?? telephoneClockRate, settings),
  );
  const clockRates = [...new Set(codecs.map(({ clockRate }) => clockRate))].sort((a, b) => a - b);
  const keys = clockRates.map((clockRate, index) => ({
    payloadType: index === 0 ? dtmf.payload_type : types.take(dtmf.payload_type),
    clockRate,
  }));
  return {
    codecs,
    comfortNoise: mayPause(settings) && clockRates.includes(telephoneClockRate) ? comfortNoiseType : null,
    keys: withKeys ? keys : [],
    packetTimeMs: rtp.packet_time,
  };
}

function mapLine({ name, payloadType, clockRate }: AudioCodec): string {
  const { channels } = encodings[name];
  return `a=rtpmap:${payloadType} ${name}/${clockRate}${channels === 1 ? '' : `/${channels}`}`;
}

/** What we like to receive (RFC 7587 §6.1). */
function opusLine({ payloadType, sampleRate, opus }: AudioCodec): string[] {
  if (opus === undefined) return [];
  const bandwidth =
    sampleRate < 48_000 ? [`maxplaybackrate=${sampleRate}`, `sprop-maxcapturerate=${sampleRate}`] : [];
  const words = [
    'minptime=10',
    ...bandwidth,
    `maxaveragebitrate=${opus.bitrate}`,
    'stereo=0',
    `useinbandfec=${opus.fec ? 1 : 0}`,
    `usedtx=${opus.dtx ? 1 : 0}`,
  ];
  return [`a=fmtp:${payloadType} ${words.join(';')}`];
}

const typeOf = ({ payloadType }: ClockedFormat) => payloadType;

/** The payload types of the m= line in their order, and the lines that explain them. */
export function formatLines(formats: StreamFormats): { payloadTypes: number[]; lines: string[] } {
  const { codecs, comfortNoise, keys, packetTimeMs } = formats;
  const noise = comfortNoise === null ? [] : [comfortNoise];
  return {
    payloadTypes: [...codecs.map(typeOf), ...noise, ...keys.map(typeOf)],
    lines: [
      ...codecs.flatMap((codec) => [mapLine(codec), ...opusLine(codec)]),
      ...noise.map((payloadType) => `a=rtpmap:${payloadType} CN/${telephoneClockRate}`),
      ...keys.flatMap(({ payloadType, clockRate }) => [
        `a=rtpmap:${payloadType} telephone-event/${clockRate}`,
        `a=fmtp:${payloadType} 0-16`,
      ]),
      `a=ptime:${packetTimeMs}`,
    ],
  };
}

/** Parameters of a=fmtp as `name=value` pairs; the names in lower case. */
function fmtpOf({ parameters }: PayloadFormat): Map<string, string> {
  return new Map(
    parameters.split(';').map((pair) => {
      const [name = '', value = ''] = pair.split('=', 2);
      return [name.trim().toLowerCase(), value.trim()];
    }),
  );
}

/** Opus as they like to receive it, within our settings. */
function opusFor(format: PayloadFormat, settings: CodecSettings): AudioCodec {
  const theirs = fmtpOf(format);
  const numberOf = (name: string) => {
    const value = Number(theirs.get(name));
    return Number.isInteger(value) && value > 0 ? value : undefined;
  };
  const { fec, dtx, bitrate } = settings.opus;
  return {
    name: 'opus',
    payloadType: format.payloadType,
    clockRate: format.clockRate,
    sampleRate: opusRate(settings, numberOf('maxplaybackrate')),
    opus: {
      fec: fec && theirs.get('useinbandfec') === '1',
      dtx: dtx && theirs.get('usedtx') === '1',
      bitrate: Math.max(6000, Math.min(bitrate, numberOf('maxaveragebitrate') ?? bitrate)),
    },
  };
}

function spokenCodec(format: PayloadFormat, settings: CodecSettings): AudioCodec[] {
  const { name, payloadType, clockRate, channels } = format;
  const ours = enabledCodecs(settings).find((codec) => codec.name.toUpperCase() === name);
  if (ours === undefined) return [];
  const encoding = encodings[ours.name];
  if (!encoding.clockRates.includes(clockRate) || channels !== encoding.channels) return [];
  return [
    ours.name === 'opus' ? opusFor(format, settings) : codecOf(ours.name, payloadType, clockRate, settings),
  ];
}

/** The longest of a codec's packet times that is no longer than what is wished. */
function packetTimeFor({ name }: AudioCodec, wishedMs: number): number {
  const possible = packetTimesOf[name] ?? packetTimesMs;
  return possible.findLast((each) => each <= wishedMs) ?? 20;
}

/** What of a line runs: its first codec that we speak, and what goes with it; undefined without a common codec. */
export type ChosenFormats = Pick<
  MediaParameters,
  | 'codec'
  | 'alternatives'
  | 'packetTimeMs'
  | 'comfortNoisePayloadType'
  | 'telephoneEventPayloadType'
  | 'telephoneEventClockRate'
>;

export function chosenFormats(line: MediaLine, settings: CodecSettings): ChosenFormats | undefined {
  const [codec, ...others] = line.formats.flatMap((format) => spokenCodec(format, settings));
  if (codec === undefined) return undefined;
  const named = (wanted: string) => line.formats.filter(({ name }) => name === wanted);
  const noise = named('CN').find(({ clockRate }) => clockRate === codec.clockRate);
  const keys = takesKeys(settings) ? named('TELEPHONE-EVENT') : [];
  // Some name keys at 8000 only, whatever the sound's clock.
  const key =
    keys.find(({ clockRate }) => clockRate === codec.clockRate) ??
    keys.find(({ clockRate }) => clockRate === telephoneClockRate);
  const { packetTimeMs: wished, maxPacketTimeMs = Infinity } = line;
  const usable = wished !== undefined && packetTimesMs.includes(wished) ? wished : settings.rtp.packet_time;
  return {
    codec,
    ...(others.length === 0 ? {} : { alternatives: others }),
    packetTimeMs: packetTimeFor(codec, Math.min(usable, maxPacketTimeMs)),
    comfortNoisePayloadType: mayPause(settings) ? (noise?.payloadType ?? null) : null,
    telephoneEventPayloadType: key?.payloadType ?? null,
    ...(key === undefined || key.clockRate === codec.clockRate
      ? {}
      : { telephoneEventClockRate: key.clockRate }),
  };
}

/** The answer to what {@link chosenFormats} chose, under their payload types: one codec, so that nobody switches in mid-sentence. */
export function answeredFormats(chosen: ChosenFormats, settings: CodecSettings): StreamFormats {
  const { codec, packetTimeMs, comfortNoisePayloadType, telephoneEventPayloadType, telephoneEventClockRate } =
    chosen;
  const clockRate = telephoneEventClockRate ?? codec.clockRate;
  return {
    codecs: [codecOf(codec.name, codec.payloadType, codec.clockRate, settings)],
    comfortNoise: comfortNoisePayloadType,
    keys: telephoneEventPayloadType === null ? [] : [{ payloadType: telephoneEventPayloadType, clockRate }],
    packetTimeMs,
  };
}
