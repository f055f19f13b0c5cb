/** The codecs by name: payload octets to samples and back. */
import { aLawDecodeInto, aLawEncodeInto, muLawDecodeInto, muLawEncodeInto } from '../../native-wasm/g711.ts';
import { G722Decoder, G722Encoder } from '../../native-wasm/g722.ts';
import type { AudioCodec, AudioCodecName, MediaParameters } from './media-engine.ts';
import { opusCodec } from './opus-codec.ts';
import type { SoundCodec, SoundDecoder, SoundEncoder } from './sound-codec.ts';

type ConvertInto<From, To> = (from: From, to: To) => void;

/** One sample is one octet (RFC 3551 §4.5.14). */
function companding(
  encodeInto: ConvertInto<Int16Array, Uint8Array>,
  decodeInto: ConvertInto<Uint8Array, Int16Array>,
): SoundCodec {
  const encoder = (): SoundEncoder => {
    let codes = new Uint8Array(0);
    return {
      encode(samples) {
        if (codes.length !== samples.length) codes = new Uint8Array(samples.length);
        encodeInto(samples, codes);
        return codes;
      },
    };
  };
  const decoder = (): SoundDecoder => {
    let samples = new Int16Array(0);
    return {
      decode(payload) {
        if (samples.length !== payload.length) samples = new Int16Array(payload.length);
        decodeInto(payload, samples);
        return samples;
      },
    };
  };
  return { encoder, decoder, ticksOf: ({ length }) => length };
}

/** Two samples of 16 kHz are one octet, and one tick of a clock that counts as if they were one (RFC 3551 §4.5.2). */
const g722: SoundCodec = {
  encoder: () => new G722Encoder(),
  decoder: () => new G722Decoder(),
  ticksOf: ({ length }) => (length > longestG722 ? 0 : length),
};
/** 180 ms. */
const longestG722 = 1440;

/** Samples as they are, in network order (RFC 3551 §4.5.11). */
const l16: SoundCodec = {
  encoder: () => ({
    encode(samples) {
      const payload = new Uint8Array(2 * samples.length);
      const view = new DataView(payload.buffer);
      for (const [index, sample] of samples.entries()) view.setInt16(2 * index, sample);
      return payload;
    },
  }),
  decoder: () => ({
    decode(payload) {
      const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
      return Int16Array.from({ length: payload.length >> 1 }, (_, index) => view.getInt16(2 * index));
    },
  }),
  ticksOf: ({ length }) => length >> 1,
};

const codecs: Record<AudioCodecName, SoundCodec> = {
  PCMU: companding(muLawEncodeInto, muLawDecodeInto),
  PCMA: companding(aLawEncodeInto, aLawDecodeInto),
  G722: g722,
  opus: opusCodec,
  L16: l16,
};

export function codecOf(name: AudioCodecName): SoundCodec {
  return codecs[name];
}

const staticCodecs: readonly AudioCodec[] = [
  { name: 'PCMU', payloadType: 0, clockRate: 8000, sampleRate: 8000 },
  { name: 'PCMA', payloadType: 8, clockRate: 8000, sampleRate: 8000 },
];

/**
 * What may come, by payload type: the codec that was negotiated, others that the far side may change to, and the two static numbers
 * of RFC 3551, which it may still be sending while a new offer is on its way.
 */
export function receivableCodecs({
  codec,
  alternatives = [],
}: Pick<MediaParameters, 'codec' | 'alternatives'>): Map<number, AudioCodec> {
  return new Map([...staticCodecs, ...alternatives, codec].map((each) => [each.payloadType, each]));
}
