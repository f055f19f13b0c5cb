// Polyphase FIR: output k is the dot product of branch (k * down) mod up of the filter with the line from sample
// floor(k * down / up) on. The branches are stored reversed, so both run forwards. Areas: LINE, FILTERS, OUTPUT.

import { FILTERS, FILTER_FLOATS, LINE, OUTPUT } from './memory';

/**
 * Fills OUTPUT with `outputs` samples. The line holds `taps` - 1 samples of history and then the new ones; the first
 * output belongs to branch 0. `taps` is a multiple of 8 (two vectors are in flight).
 */
export function resample(slot: i32, up: i32, down: i32, taps: i32, outputs: i32): void {
  const filter = FILTERS + ((<usize>(slot * FILTER_FLOATS)) << 2);
  const branchBytes = (<usize>taps) << 2;
  const wholeStep = (<usize>(down / up)) << 2;
  const branchStep = down % up;
  let line = LINE;
  let branch = 0;
  for (let k = 0; k < outputs; k++) {
    let coefficient = filter + <usize>branch * branchBytes;
    let sample = line;
    const end = line + branchBytes;
    let even = f32x4.splat(0);
    let odd = f32x4.splat(0);
    while (sample < end) {
      even = f32x4.add(even, f32x4.mul(v128.load(sample), v128.load(coefficient)));
      odd = f32x4.add(odd, f32x4.mul(v128.load(sample, 16), v128.load(coefficient, 16)));
      sample += 32;
      coefficient += 32;
    }
    const sums = f32x4.add(even, odd);
    const left = f32x4.extract_lane(sums, 0) + f32x4.extract_lane(sums, 1);
    const right = f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3);
    store<f32>(OUTPUT + ((<usize>k) << 2), left + right);
    line += wholeStep;
    branch += branchStep;
    if (branch >= up) {
      branch -= up;
      line += 4;
    }
  }
}
