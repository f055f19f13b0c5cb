/**
 * ITU-T G.711: one 8-bit code for each sample at 8 kHz, bit-exact with the standard over all 65,536 inputs
 * and all 256 codes.
 *
 * Samples are int16 with the standard's 14 (µ-law) or 13 (A-law) bits at the top, as in ITU-T's software tool
 * library (G.191): the lower bits are cut, negative values by one's complement. Codes are as on the line:
 * inverted (µ-law), even bits inverted (A-law); a receiver's digital silence is µ-law 0xFF, A-law 0xD5.
 *
 * The `Into` forms write to the start of the target and allocate nothing; they throw RangeError when it is
 * too short.
 */
import {
  convertSamples,
  inputBytes,
  inputInt16,
  outputBytes,
  outputInt16,
  sampleFunctions,
} from './module.ts';

const {
  muLawEncode: encodeMu,
  muLawDecode: decodeMu,
  aLawEncode: encodeA,
  aLawDecode: decodeA,
} = sampleFunctions;

/** µ-law (PCMU, payload type 0) codes of int16 samples. */
export function muLawEncodeInto(samples: Int16Array, codes: Uint8Array): void {
  convertSamples(samples, inputInt16, encodeMu, outputBytes, codes);
}

/** Int16 samples of µ-law (PCMU, payload type 0) codes. */
export function muLawDecodeInto(codes: Uint8Array, samples: Int16Array): void {
  convertSamples(codes, inputBytes, decodeMu, outputInt16, samples);
}

/** A-law (PCMA, payload type 8) codes of int16 samples. */
export function aLawEncodeInto(samples: Int16Array, codes: Uint8Array): void {
  convertSamples(samples, inputInt16, encodeA, outputBytes, codes);
}

/** Int16 samples of A-law (PCMA, payload type 8) codes. */
export function aLawDecodeInto(codes: Uint8Array, samples: Int16Array): void {
  convertSamples(codes, inputBytes, decodeA, outputInt16, samples);
}

export function muLawEncode(samples: Int16Array): Uint8Array {
  const codes = new Uint8Array(samples.length);
  muLawEncodeInto(samples, codes);
  return codes;
}

export function muLawDecode(codes: Uint8Array): Int16Array {
  const samples = new Int16Array(codes.length);
  muLawDecodeInto(codes, samples);
  return samples;
}

export function aLawEncode(samples: Int16Array): Uint8Array {
  const codes = new Uint8Array(samples.length);
  aLawEncodeInto(samples, codes);
  return codes;
}

export function aLawDecode(codes: Uint8Array): Int16Array {
  const samples = new Int16Array(codes.length);
  aLawDecodeInto(codes, samples);
  return samples;
}
