// A mix is a running sum in float32 (SUM), to which inputs are added one by one and which is then read out clamped,
// whole or without one party's own voice. In int16 scale with gain 1 the sum of 512 parties is exact.
// Areas: INPUT (one party), SUM, OUTPUT.

import { INPUT, OUTPUT, SUM } from './memory';
import { highFloats, lowFloats, toInt16 } from './convert';

/** Empties the sum. */
export function mixClear(length: i32): void {
  memory.fill(SUM, 0, (<usize>length) << 2);
}

/** SUM += INPUT (float32) * gain. */
export function mixAddFloat(length: i32, gain: f32): void {
  const gains = f32x4.splat(gain);
  for (let i = 0; i < length; i += 4) {
    const offset = (<usize>i) << 2;
    const scaled = f32x4.mul(v128.load(INPUT + offset), gains);
    v128.store(SUM + offset, f32x4.add(v128.load(SUM + offset), scaled));
  }
}

/** SUM += INPUT (int16) * gain. */
export function mixAddInt16(length: i32, gain: f32): void {
  const gains = f32x4.splat(gain);
  for (let i = 0; i < length; i += 8) {
    const samples = v128.load(INPUT + ((<usize>i) << 1));
    const sum = SUM + ((<usize>i) << 2);
    v128.store(sum, f32x4.add(v128.load(sum), f32x4.mul(lowFloats(samples), gains)));
    v128.store(sum, f32x4.add(v128.load(sum, 16), f32x4.mul(highFloats(samples), gains)), 16);
  }
}

/** OUTPUT (float32) = SUM - INPUT (float32) * gain, clamped to [-1, 1]. */
export function mixMinusFloat(length: i32, gain: f32): void {
  const gains = f32x4.splat(gain);
  const top = f32x4.splat(1);
  const bottom = f32x4.splat(-1);
  for (let i = 0; i < length; i += 4) {
    const offset = (<usize>i) << 2;
    const own = f32x4.mul(v128.load(INPUT + offset), gains);
    const rest = f32x4.sub(v128.load(SUM + offset), own);
    v128.store(OUTPUT + offset, f32x4.max(bottom, f32x4.min(top, rest)));
  }
}

/** OUTPUT (int16) = SUM - INPUT (int16) * gain, rounded and clamped. */
export function mixMinusInt16(length: i32, gain: f32): void {
  const gains = f32x4.splat(gain);
  for (let i = 0; i < length; i += 8) {
    const own = v128.load(INPUT + ((<usize>i) << 1));
    const sum = SUM + ((<usize>i) << 2);
    const low = f32x4.sub(v128.load(sum), f32x4.mul(lowFloats(own), gains));
    const high = f32x4.sub(v128.load(sum, 16), f32x4.mul(highFloats(own), gains));
    v128.store(OUTPUT + ((<usize>i) << 1), toInt16(low, high));
  }
}
