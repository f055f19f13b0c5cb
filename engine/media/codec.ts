/** The codecs of telephone sound, by payload type: frames of int16 samples to payload octets and back. */
import { aLawDecodeInto, aLawEncodeInto, muLawDecodeInto, muLawEncodeInto } from '../../native-wasm/g711.ts';
import type { AudioCodec } from './media-engine.ts';

/** One sample is one octet, 8,000 a second (RFC 3551 §4.5.14). */
export const codecRate = 8000;
/** Samples of 20 ms. */
export const codecFrameSamples = 160;

export interface PayloadCodec {
  encode(samples: Int16Array): Uint8Array;
  decode(payload: Uint8Array): Int16Array;
}

const codecs: Partial<Record<AudioCodec['name'], PayloadCodec>> & Record<'PCMU' | 'PCMA', PayloadCodec> = {
  PCMU: {
    encode: (samples) => encoded(muLawEncodeInto, samples),
    decode: (payload) => decoded(muLawDecodeInto, payload),
  },
  PCMA: {
    encode: (samples) => encoded(aLawEncodeInto, samples),
    decode: (payload) => decoded(aLawDecodeInto, payload),
  },
};

function encoded(
  encodeInto: (samples: Int16Array, codes: Uint8Array) => void,
  samples: Int16Array,
): Uint8Array {
  const codes = new Uint8Array(samples.length);
  encodeInto(samples, codes);
  return codes;
}

function decoded(
  decodeInto: (codes: Uint8Array, samples: Int16Array) => void,
  payload: Uint8Array,
): Int16Array {
  const samples = new Int16Array(payload.length);
  decodeInto(payload, samples);
  return samples;
}

export function codecOf(name: AudioCodec['name']): PayloadCodec {
  return codecs[name] ?? codecs.PCMU;
}

/**
 * Payload types that may carry sound once `codec` is negotiated: its own, and the two static numbers of RFC 3551, which a
 * far side may still be sending while a new offer is on its way.
 */
export function soundPayloadTypes(codec: AudioCodec): Map<number, PayloadCodec> {
  return new Map([
    [0, codecs.PCMU],
    [8, codecs.PCMA],
    [codec.payloadType, codecOf(codec.name)],
  ]);
}
