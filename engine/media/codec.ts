/**
 * The codecs by name: payload octets to samples and back. A codec describes itself ({@link SoundCodec}); an encoder and a decoder
 * each belong to one stream, because most codecs go on from what they did before.
 */
import { aLawDecodeInto, aLawEncodeInto, muLawDecodeInto, muLawEncodeInto } from '../../native-wasm/g711.ts';
import type { AudioCodec, AudioCodecName } from './media-engine.ts';

export interface SoundEncoder {
  /** One packet's payload of the samples of one packet time. */
  encode(samples: Int16Array): Uint8Array;
}

export interface SoundDecoder {
  /** Samples of a payload at the codec's sample rate; none where it makes no sense. */
  decode(payload: Uint8Array): Int16Array;
}

export interface SoundCodec {
  encoder(codec: AudioCodec): SoundEncoder;
  decoder(codec: AudioCodec): SoundDecoder;
  /** How long a payload lasts, in ticks of the RTP clock; 0 where it makes no sense. */
  ticksOf(payload: Uint8Array): number;
}

type ConvertInto<From, To> = (from: From, to: To) => void;

/** One sample is one octet (RFC 3551 §4.5.14). */
function companding(
  encodeInto: ConvertInto<Int16Array, Uint8Array>,
  decodeInto: ConvertInto<Uint8Array, Int16Array>,
): SoundCodec {
  const encoder: SoundEncoder = {
    encode(samples) {
      const codes = new Uint8Array(samples.length);
      encodeInto(samples, codes);
      return codes;
    },
  };
  const decoder: SoundDecoder = {
    decode(payload) {
      const samples = new Int16Array(payload.length);
      decodeInto(payload, samples);
      return samples;
    },
  };
  return { encoder: () => encoder, decoder: () => decoder, ticksOf: ({ length }) => length };
}

const pcmu = companding(muLawEncodeInto, muLawDecodeInto);
const pcma = companding(aLawEncodeInto, aLawDecodeInto);

const codecs: Record<'PCMU' | 'PCMA', SoundCodec> & Partial<Record<AudioCodecName, SoundCodec>> = {
  PCMU: pcmu,
  PCMA: pcma,
};

export function codecOf(name: AudioCodecName): SoundCodec {
  return codecs[name] ?? pcmu;
}

const staticCodecs: readonly AudioCodec[] = [
  { name: 'PCMU', payloadType: 0, clockRate: 8000, sampleRate: 8000 },
  { name: 'PCMA', payloadType: 8, clockRate: 8000, sampleRate: 8000 },
];

/**
 * What may come once `codec` is negotiated, by payload type: the codec itself, and the two static numbers of RFC 3551, which a far
 * side may still be sending while a new offer is on its way.
 */
export function receivableCodecs(codec: AudioCodec): Map<number, AudioCodec> {
  return new Map([...staticCodecs, codec].map((each) => [each.payloadType, each]));
}
