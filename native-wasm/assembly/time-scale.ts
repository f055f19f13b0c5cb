// Waveform similarity overlap-add (W. Verhelst and M. Roelands, ICASSP 1993), in two steps: where else does the sound go on
// as it does here, and the blend from here to there. Areas: INPUT (int16), OUTPUT.

import { INPUT, OUTPUT } from './memory';

/** The product of two runs, `length` a multiple of 8. Sums of pairs are exact in i32, the rest is float32. */
function product(a: usize, b: usize, length: i32): f32 {
  let sums = f32x4.splat(0);
  const end = a + ((<usize>length) << 1);
  while (a < end) {
    sums = f32x4.add(sums, f32x4.convert_i32x4_s(i32x4.dot_i16x8_s(v128.load(a), v128.load(b))));
    a += 16;
    b += 16;
  }
  const left = f32x4.extract_lane(sums, 0) + f32x4.extract_lane(sums, 1);
  return left + f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3);
}

/**
 * Among the shifts from `from` to `to`, the one at which the `length` samples from `at + shift` on resemble those from `at` on
 * most: the largest normalised cross-correlation. Leaves in OUTPUT (float32): that correlation, and the energy at either place.
 */
export function findSeam(at: i32, from: i32, to: i32, length: i32): i32 {
  const here = INPUT + ((<usize>at) << 1);
  const energyHere = product(here, here, length);
  let best = from;
  let bestLikeness: f32 = -2;
  let bestEnergy: f32 = 0;
  for (let shift = from; shift <= to; shift++) {
    const there = INPUT + ((<usize>(at + shift)) << 1);
    const energy = product(there, there, length);
    // Silence is like nothing, and no shift of it is better than another.
    const likeness = product(here, there, length) / sqrt<f32>(energyHere * energy + 1);
    if (likeness > bestLikeness) {
      bestLikeness = likeness;
      bestEnergy = energy;
      best = shift;
    }
  }
  store<f32>(OUTPUT, bestLikeness);
  store<f32>(OUTPUT, energyHere, 4);
  store<f32>(OUTPUT, bestEnergy, 8);
  return best;
}

/**
 * OUTPUT (int16) = `length` samples that lead from those at `at` to those at `at + shift`. The weights keep the power of two
 * sounds that are as alike as `likeness` says: between sounds that are not alike, straight lines would leave a dip of 3 dB.
 */
export function blendSeam(at: i32, shift: i32, length: i32, likeness: f32): void {
  const step: f32 = 1 / <f32>(length + 1);
  for (let i = 0; i < length; i++) {
    const here = <f32>load<i16>(INPUT + ((<usize>(at + i)) << 1));
    const there = <f32>load<i16>(INPUT + ((<usize>(at + shift + i)) << 1));
    const rise = <f32>(i + 1) * step;
    const fall: f32 = 1 - rise;
    const power = sqrt<f32>(rise * rise + fall * fall + 2 * likeness * rise * fall);
    const sample = nearest<f32>((here * fall + there * rise) / power);
    store<i16>(OUTPUT + ((<usize>i) << 1), <i16>min<f32>(32767, max<f32>(-32768, sample)));
  }
}
