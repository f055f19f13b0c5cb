// A gain that moves in a straight line over a run of samples. Areas: INPUT to OUTPUT.
// Sample i is multiplied by from + (to - from) * (i + 1) / length: the last sample has the new gain in full.

import { INPUT, OUTPUT } from './memory';
import { highFloats, lowFloats, toInt16 } from './convert';

function firstGains(from: f32, step: f32): v128 {
  return f32x4.add(f32x4.splat(from), f32x4.mul(f32x4(1, 2, 3, 4), f32x4.splat(step)));
}

/** Gains of the four samples from `index` on; computed afresh for each vector, so that no error adds up. */
function gainsAt(first: v128, step: f32, index: i32): v128 {
  return f32x4.add(first, f32x4.splat(step * <f32>index));
}

/** Float32 in and out, not clamped. */
export function rampFloat(length: i32, from: f32, to: f32): void {
  const step = (to - from) / <f32>length;
  const first = firstGains(from, step);
  for (let i = 0; i < length; i += 4) {
    const offset = (<usize>i) << 2;
    v128.store(OUTPUT + offset, f32x4.mul(v128.load(INPUT + offset), gainsAt(first, step, i)));
  }
}

/** Int16 in and out, rounded and clamped. */
export function rampInt16(length: i32, from: f32, to: f32): void {
  const step = (to - from) / <f32>length;
  const first = firstGains(from, step);
  for (let i = 0; i < length; i += 8) {
    const offset = (<usize>i) << 1;
    const samples = v128.load(INPUT + offset);
    const low = f32x4.mul(lowFloats(samples), gainsAt(first, step, i));
    const high = f32x4.mul(highFloats(samples), gainsAt(first, step, i + 4));
    v128.store(OUTPUT + offset, toInt16(low, high));
  }
}
