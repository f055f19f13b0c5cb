/**
 * Comfort noise on the wire (RFC 3389 §3): how loud the background is, and in what colour, while nobody speaks.
 *
 *    0                   1
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-  ─┬─
 *   |0|    level    |      N1       |   …  one octet for each reflection coefficient
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-  ─┴─
 *
 * The colour is an all-pole filter by its reflection coefficients. The RFC leaves their sign open; here, as in the senders that are met
 * on the wire, the first one of noise that is mostly deep is negative.
 */

export interface NoiseDescription {
  /** Mean power in dB of full scale (dBov), 0 to −127. */
  levelDbov: number;
  /** Reflection coefficients, each between −1 and 1; none for white noise. */
  reflections: readonly number[];
}

/** More are not needed for noise, and what more a far side sends is left out (§3: the decoder may reduce the order). */
export const mostReflections = 10;

/** §3.2: k = 258 (N − 127) / 32768. */
const reflectionStep = 258 / 32_768;
const middleIndex = 127;
const highestIndex = 254;
const highestLevel = 127;

/** Null for a payload without a level. */
export function parseComfortNoise(payload: Uint8Array): NoiseDescription | null {
  const [level, ...indexes] = payload.subarray(0, 1 + mostReflections);
  if (level === undefined) return null;
  return {
    levelDbov: -(level & highestLevel),
    // Index 255 is reserved: the largest coefficient is the nearest that means something.
    reflections: indexes.map((index) => reflectionStep * (Math.min(index, highestIndex) - middleIndex)),
  };
}

export function comfortNoisePayload({ levelDbov, reflections }: NoiseDescription): Uint8Array {
  const level = Math.max(0, Math.min(highestLevel, Math.round(-levelDbov)));
  const indexes = reflections
    .slice(0, mostReflections)
    .map((value) => Math.max(0, Math.min(highestIndex, middleIndex + Math.round(value / reflectionStep))));
  return Uint8Array.of(level, ...indexes);
}
