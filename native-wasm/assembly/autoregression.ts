// Linear prediction of so high an order that one filter holds both the colour of a voice and its pitch: each sample is a
// weighted sum of the 16 ms before it. Fitted by J. P. Burg's method (1967), which needs no window and is always stable; its
// errors are weighted, because the newest sound tells most about what would have come. Errors are float32, four at once; the
// coefficients and the prediction are float64, because filters of such an order cancel in their last digits.

import { BACKWARD_ERRORS, COEFFICIENTS, FORWARD_ERRORS, PREDICTED, PREDICTOR, WEIGHTS } from './memory';

/** Added to the energy that a reflection is divided by, so that silence is not divided by nothing. */
const LEAST_ENERGY: f32 = 1;

/** Fits COEFFICIENTS to `length` samples (float32, in int16 scale). `order` is less than `length`. */
export function fitAutoregression(samples: usize, length: i32, order: i32): void {
  const bytes = (<usize>length) << 2;
  memory.copy(FORWARD_ERRORS, samples, bytes);
  memory.copy(BACKWARD_ERRORS, samples, bytes);
  for (let i = 0; i < length; i++) {
    const age = <f32>(i + 1) / <f32>length;
    store<f32>(WEIGHTS + ((<usize>i) << 2), age * age);
  }
  memory.fill(COEFFICIENTS, 0, (<usize>(order + 1)) << 3);
  store<f64>(COEFFICIENTS, 1);
  for (let stage = 1; stage <= order; stage++) {
    // The forward error of sample i meets the backward error of sample i - 1, which lies `stage` places before it, and the
    // weight of the place half way between the samples that both are made of.
    const forward = FORWARD_ERRORS + ((<usize>stage) << 2);
    const weights = WEIGHTS + ((<usize>(stage - (stage >> 1))) << 2);
    const reflection = reflectionOf(forward, weights, length - stage);
    reflectErrors(forward, length - stage, reflection);
    stepUp(stage, <f64>reflection);
  }
}

function reflectionOf(forward: usize, weights: usize, count: i32): f32 {
  let products = f32x4.splat(0);
  let energies = f32x4.splat(0);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const offset = (<usize>i) << 2;
    const f = v128.load(forward + offset);
    const b = v128.load(BACKWARD_ERRORS + offset);
    const w = v128.load(weights + offset);
    products = f32x4.add(products, f32x4.mul(w, f32x4.mul(f, b)));
    energies = f32x4.add(energies, f32x4.mul(w, f32x4.add(f32x4.mul(f, f), f32x4.mul(b, b))));
  }
  let product = sumOf(products);
  let energy = sumOf(energies) + LEAST_ENERGY;
  for (; i < count; i++) {
    const offset = (<usize>i) << 2;
    const f = load<f32>(forward + offset);
    const b = load<f32>(BACKWARD_ERRORS + offset);
    const w = load<f32>(weights + offset);
    product += w * f * b;
    energy += w * (f * f + b * b);
  }
  return (-2 * product) / energy;
}

function reflectErrors(forward: usize, count: i32, reflection: f32): void {
  const reflections = f32x4.splat(reflection);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const offset = (<usize>i) << 2;
    const f = v128.load(forward + offset);
    const b = v128.load(BACKWARD_ERRORS + offset);
    v128.store(forward + offset, f32x4.add(f, f32x4.mul(reflections, b)));
    v128.store(BACKWARD_ERRORS + offset, f32x4.add(b, f32x4.mul(reflections, f)));
  }
  for (; i < count; i++) {
    const offset = (<usize>i) << 2;
    const f = load<f32>(forward + offset);
    const b = load<f32>(BACKWARD_ERRORS + offset);
    store<f32>(forward + offset, f + reflection * b);
    store<f32>(BACKWARD_ERRORS + offset, b + reflection * f);
  }
}

/** N. Levinson's recursion: the filter of one order more. */
function stepUp(stage: i32, reflection: f64): void {
  for (let i = 0; i <= stage >> 1; i++) {
    const low = COEFFICIENTS + ((<usize>i) << 3);
    const high = COEFFICIENTS + ((<usize>(stage - i)) << 3);
    const a = load<f64>(low);
    const b = load<f64>(high);
    store<f64>(low, a + reflection * b);
    store<f64>(high, b + reflection * a);
  }
}

/**
 * Runs the fitted filter: behind the `order` samples at the beginning of PREDICTED lie `count` samples of excitation, to each of which
 * its prediction is added. `order` is a multiple of 4.
 */
export function runAutoregression(order: i32, count: i32): void {
  for (let i = 0; i < order; i++)
    store<f64>(PREDICTOR + ((<usize>i) << 3), -load<f64>(COEFFICIENTS + ((<usize>(order - i)) << 3)));
  for (let n = 0; n < count; n++) {
    const line = PREDICTED + ((<usize>n) << 3);
    let even = f64x2.splat(0);
    let odd = f64x2.splat(0);
    for (let offset: usize = 0; offset < (<usize>order) << 3; offset += 32) {
      even = f64x2.add(even, f64x2.mul(v128.load(line + offset), v128.load(PREDICTOR + offset)));
      odd = f64x2.add(odd, f64x2.mul(v128.load(line + offset, 16), v128.load(PREDICTOR + offset, 16)));
    }
    const sums = f64x2.add(even, odd);
    const target = line + ((<usize>order) << 3);
    store<f64>(target, load<f64>(target) + f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1));
  }
}

/** The sum of four float32. */
export function sumOf(lanes: v128): f32 {
  const low = f32x4.extract_lane(lanes, 0) + f32x4.extract_lane(lanes, 1);
  return low + f32x4.extract_lane(lanes, 2) + f32x4.extract_lane(lanes, 3);
}
