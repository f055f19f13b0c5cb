// Between int16 and float32, where 32768 is 1.0: int16 to float and back is exact. Areas: INPUT, OUTPUT.

import { INPUT, OUTPUT } from './memory';

/** Four int16 values widened to float32, without scaling. */
export function lowFloats(samples: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(samples));
}

export function highFloats(samples: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(samples));
}

/** Eight floats in int16 scale, rounded to the nearest (ties to even) and clamped; not a number becomes 0. */
export function toInt16(low: v128, high: v128): v128 {
  return i16x8.narrow_i32x4_s(
    i32x4.trunc_sat_f32x4_s(f32x4.nearest(low)),
    i32x4.trunc_sat_f32x4_s(f32x4.nearest(high)),
  );
}

/** INPUT int16 to OUTPUT float32 in [-1, 1). */
export function int16ToFloat(length: i32): void {
  const scale = f32x4.splat(1.0 / 32768.0);
  for (let i = 0; i < length; i += 8) {
    const samples = v128.load(INPUT + ((<usize>i) << 1));
    const target = OUTPUT + ((<usize>i) << 2);
    v128.store(target, f32x4.mul(lowFloats(samples), scale));
    v128.store(target, f32x4.mul(highFloats(samples), scale), 16);
  }
}

/** INPUT float32 to OUTPUT int16. */
export function floatToInt16(length: i32): void {
  const scale = f32x4.splat(32768.0);
  for (let i = 0; i < length; i += 8) {
    const source = INPUT + ((<usize>i) << 2);
    const low = f32x4.mul(v128.load(source), scale);
    const high = f32x4.mul(v128.load(source, 16), scale);
    v128.store(OUTPUT + ((<usize>i) << 1), toInt16(low, high));
  }
}
