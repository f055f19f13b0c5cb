// What probably would have come after the sound in INPUT (float32 in int16 scale), into OUTPUT (float32): the mean of two guesses, a
// linear prediction and the last pitch period over and over, which err in different ways. A prediction dies away where the voice
// would not have; what it lacks in loudness comes back as a little gain and as noise of the same colour.

import { fitAutoregression, runAutoregression, sumOf } from './autoregression';
import { INPUT, OUTPUT, PREDICTED, SUM } from './memory';

/** The most that the prediction itself is raised. */
const MOST_GAIN: f32 = 1.4;

/** Noise makes up for this share of the amplitude that is still missing: full noise would be heard as hoarseness. */
const NOISE_SHARE: f32 = 0.7;

/** Louder than the past by so much (3 dB), a prediction is held back. */
const MOST_OVERSHOOT: f32 = 1.41;

/** In mean square of int16: less is silence. */
const LEAST_POWER: f32 = 1;

/** So that no noise is not divided by nothing; the noise is about 1 loud before it is scaled. */
const LEAST_NOISE: f32 = 1e-9;

/** Share of the repeated period in the mean. */
const PERIOD_SHARE: f32 = 0.5;

/** The noise for SUM, the colour of the past. */
const NOISE_SEED: u32 = 0x9e3779b9;

/**
 * @param length samples of the past
 * @param order of the prediction, a multiple of 4, less than `length`
 * @param shortestLag of the pitch, and `longestLag`; 0 leaves the repeated period out
 * @param compared samples to find the pitch by, a multiple of 4; with `longestLag` at most `length`
 * @param block samples at whose ends the loudness is looked at: 5 ms
 * @param count samples that are wanted
 */
export function extrapolate(
  length: i32,
  order: i32,
  shortestLag: i32,
  longestLag: i32,
  compared: i32,
  block: i32,
  count: i32,
): void {
  fitAutoregression(INPUT, length, order);
  for (let i = 0; i < order; i++)
    store<f64>(PREDICTED + ((<usize>i) << 3), <f64>load<f32>(INPUT + ((<usize>(length - order + i)) << 2)));
  memory.fill(PREDICTED + ((<usize>order) << 3), 0, (<usize>count) << 3);
  runAutoregression(order, count);
  takePredicted(OUTPUT, order, count);
  if (longestLag > 0)
    mixPeriod(length, findPeriod(length, shortestLag, longestLag, compared), block >> 1, count);
  makeNoise(order, count);
  const reference = min(length, 4 * block);
  const power = powerOf(INPUT + ((<usize>(length - reference)) << 2), reference);
  if (power > LEAST_POWER) keepLoudness(power, length, block, count);
}

function takePredicted(target: usize, order: i32, count: i32): void {
  for (let i = 0; i < count; i++)
    store<f32>(target + ((<usize>i) << 2), <f32>load<f64>(PREDICTED + ((<usize>(order + i)) << 3)));
}

/** The lag at which the newest samples are most like those before, the newest weighing most. */
function findPeriod(length: i32, shortest: i32, longest: i32, compared: i32): i32 {
  const newest = INPUT + ((<usize>(length - compared)) << 2);
  let best = longest;
  let bestLikeness: f32 = 0;
  for (let lag = shortest; lag <= longest; lag++) {
    const past = newest - ((<usize>lag) << 2);
    let products = f32x4.splat(0);
    let energies = f32x4.splat(LEAST_POWER);
    let ages = f32x4(1, 2, 3, 4);
    for (let i = 0; i < compared; i += 4) {
      const offset = (<usize>i) << 2;
      const before = v128.load(past + offset);
      const weighted = f32x4.mul(before, f32x4.mul(ages, ages));
      products = f32x4.add(products, f32x4.mul(weighted, v128.load(newest + offset)));
      energies = f32x4.add(energies, f32x4.mul(weighted, before));
      ages = f32x4.add(ages, f32x4.splat(4));
    }
    const likeness = sumOf(products) / sqrt(sumOf(energies));
    if (likeness > bestLikeness) {
      bestLikeness = likeness;
      best = lag;
    }
  }
  return best;
}

/** Mixes the last period into OUTPUT; it comes in over `ramp` samples, so that nothing jumps where the past ends. */
function mixPeriod(length: i32, period: i32, ramp: i32, count: i32): void {
  const end = INPUT + ((<usize>length) << 2);
  const cycle = end - ((<usize>period) << 2);
  const seam = period >> 2;
  for (let i = 0; i < count; i++) {
    const place = i % period;
    let sample = load<f32>(cycle + ((<usize>place) << 2));
    // The last quarter of the period goes over into what came before the period, so that its end runs on into its beginning.
    const blended = place - (period - seam);
    if (blended >= 0) {
      const weight = <f32>(blended + 1) / <f32>seam;
      const before = load<f32>(cycle - ((<usize>(seam - blended)) << 2));
      sample += weight * (before - sample);
    }
    const target = OUTPUT + ((<usize>i) << 2);
    const share = PERIOD_SHARE * min<f32>(1, <f32>i / <f32>ramp);
    store<f32>(target, load<f32>(target) + share * (sample - load<f32>(target)));
  }
}

/** Fills SUM with white noise (G. Marsaglia's xorshift32) through the fitted filter. */
function makeNoise(order: i32, count: i32): void {
  memory.fill(PREDICTED, 0, (<usize>order) << 3);
  let state = NOISE_SEED;
  for (let i = 0; i < count; i++) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    store<f64>(PREDICTED + ((<usize>(order + i)) << 3), <f64>(<i32>state) / 2147483648.0);
  }
  runAutoregression(order, count);
  takePredicted(SUM, order, count);
}

/** Brings OUTPUT to `power` (mean square), block by block; gain and noise move in straight lines. */
function keepLoudness(power: f32, length: i32, block: i32, count: i32): void {
  const noiseGain = NOISE_SHARE * sqrt(power / (powerOf(SUM, count) + LEAST_NOISE));
  let before = powerOf(INPUT + ((<usize>(length - block)) << 2), block);
  let gain: f32 = 1;
  let noise: f32 = 0;
  for (let start = 0; start < count; start += block) {
    const samples = min(block, count - start);
    const output = OUTPUT + ((<usize>start) << 2);
    const here = powerOf(output, samples);
    const mean = (before + here) / 2;
    const wanted = sqrt(power / (mean + LEAST_POWER));
    const nextGain = min<f32>(MOST_GAIN, max<f32>(min<f32>(1, MOST_OVERSHOOT * wanted), wanted));
    const nextNoise = noiseGain * sqrt(max<f32>(0, 1 - (nextGain * nextGain * mean) / power));
    for (let i = 0; i < samples; i++) {
      const way = <f32>(i + 1) / <f32>samples;
      const offset = (<usize>i) << 2;
      const hiss = load<f32>(SUM + ((<usize>start) << 2) + offset) * (noise + way * (nextNoise - noise));
      store<f32>(output + offset, load<f32>(output + offset) * (gain + way * (nextGain - gain)) + hiss);
    }
    before = here;
    gain = nextGain;
    noise = nextNoise;
  }
}

function powerOf(samples: usize, count: i32): f32 {
  let sum: f32 = 0;
  for (let i = 0; i < count; i++) {
    const sample = load<f32>(samples + ((<usize>i) << 2));
    sum += sample * sample;
  }
  return sum / <f32>count;
}
