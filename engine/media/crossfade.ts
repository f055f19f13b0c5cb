/**
 * From one sound to another without a step or a dip. Between sounds that are alike straight weights keep the power; between those
 * that are not they would leave 3 dB less in the middle. So the weights are divided by the power that they leave.
 */

import { likenessesAlong } from '../../native-wasm/likeness.ts';

/** Along an S-curve, which leaves each sound alone near its own end. Both have one length. */
export function crossfaded(from: Float32Array, to: Float32Array): Float32Array {
  const likeness = Math.max(0, likenessOf(from, to));
  return from.map((sample, index) => {
    const way = (index + 0.5) / from.length;
    const rise = way * way * (3 - 2 * way);
    const fall = 1 - rise;
    const power = rise * rise + fall * fall + 2 * rise * fall * likeness;
    return (fall * sample + rise * (to[index] ?? 0)) / Math.sqrt(power);
  });
}

/**
 * Where in `line`, at most `reach` samples from `at`, the sound is most like `wanted`: how far from `at`, negative for earlier.
 * A place near `at` wins against one that is hardly better.
 */
export function mostAlike(line: Float32Array, at: number, wanted: Float32Array, reach: number): number {
  const first = Math.max(-reach, -at);
  const last = Math.min(reach, line.length - wanted.length - at);
  if (last < first) return 0;
  let best = 0;
  let bestLikeness = likenessOf(line.subarray(at, at + wanted.length), wanted) + clearlyBetter;
  const likenesses = likenessesAlong(line.subarray(at + first, at + last + wanted.length), wanted);
  for (const [place, likeness] of likenesses.entries()) {
    if (likeness <= bestLikeness) continue;
    bestLikeness = likeness;
    best = first + place;
  }
  return best;
}

const clearlyBetter = 0.02;

/** Normalised correlation of sounds in int16 scale, -1 to 1, as far as `a` goes; silence is like nothing. */
export function likenessOf(a: Float32Array, b: Float32Array): number {
  let [product, energyA, energyB] = [0, 0, 0];
  for (let index = 0; index < a.length; index += 1) {
    const x = a[index] ?? 0;
    const y = b[index] ?? 0;
    product += x * y;
    energyA += x * x;
    energyB += y * y;
  }
  return product / Math.sqrt(energyA * energyB + 1);
}
