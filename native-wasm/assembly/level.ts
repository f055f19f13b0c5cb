// Level of a run of samples. Area: INPUT. Both functions answer the mean square and leave the peak in OUTPUT[0]
// (float32), both relative to full scale (32768 or 1.0). What lies behind the samples in the last vector is cleared
// first.

import { INPUT, OUTPUT } from './memory';
import { highFloats, lowFloats } from './convert';

function mean(squares: v128, length: i32): f64 {
  const low = f64x2.extract_lane(squares, 0);
  const high = f64x2.extract_lane(squares, 1);
  return (low + high) / <f64>length;
}

/** Squares of four samples, summed in double precision. */
function addSquares(sum: v128, samples: v128): v128 {
  const low = f64x2.promote_low_f32x4(samples);
  const high = f64x2.promote_low_f32x4(i64x2.shuffle(samples, samples, 1, 0));
  return f64x2.add(sum, f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high)));
}

function storePeak(peaks: v128): void {
  const low = max(f32x4.extract_lane(peaks, 0), f32x4.extract_lane(peaks, 1));
  const high = max(f32x4.extract_lane(peaks, 2), f32x4.extract_lane(peaks, 3));
  store<f32>(OUTPUT, max(low, high));
}

/** Float32 samples, 1.0 is full scale. */
export function levelFloat(length: i32): f64 {
  memory.fill(INPUT + ((<usize>length) << 2), 0, (<usize>(-length & 3)) << 2);
  let squares = f64x2.splat(0);
  let peaks = f32x4.splat(0);
  for (let i = 0; i < length; i += 4) {
    const samples = v128.load(INPUT + ((<usize>i) << 2));
    peaks = f32x4.max(peaks, f32x4.abs(samples));
    squares = addSquares(squares, samples);
  }
  storePeak(peaks);
  return mean(squares, length);
}

/** Int16 samples, 32768 is full scale. */
export function levelInt16(length: i32): f64 {
  memory.fill(INPUT + ((<usize>length) << 1), 0, (<usize>(-length & 7)) << 1);
  const scale = f32x4.splat(1.0 / 32768.0);
  let squares = f64x2.splat(0);
  let peaks = f32x4.splat(0);
  for (let i = 0; i < length; i += 8) {
    const samples = v128.load(INPUT + ((<usize>i) << 1));
    const low = f32x4.mul(lowFloats(samples), scale);
    const high = f32x4.mul(highFloats(samples), scale);
    peaks = f32x4.max(peaks, f32x4.max(f32x4.abs(low), f32x4.abs(high)));
    squares = addSquares(addSquares(squares, low), high);
  }
  storePeak(peaks);
  return mean(squares, length);
}
