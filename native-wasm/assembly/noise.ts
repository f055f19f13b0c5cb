// Noise of any colour, and sound with noise under it. The colour is an all-pole filter in lattice form, whose coefficients may change
// at any time without the filter becoming unstable. Areas: INPUT, SUM, OUTPUT, REFLECTIONS, BACKWARD.

import { BACKWARD, INPUT, OUTPUT, REFLECTIONS, SUM } from './memory';

/**
 * OUTPUT (float32) = white noise of power `gain`² (G. Marsaglia's xorshift32) through the lattice of `stages` REFLECTIONS, which goes on
 * from its BACKWARD errors.
 * @returns the generator's state, for the next run
 */
export function colourNoise(length: i32, stages: i32, gain: f64, state: u32): u32 {
  const scale = (gain * Math.sqrt(3)) / 2147483648.0;
  for (let i = 0; i < length; i++) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    let forward = scale * <f64>(<i32>state);
    for (let stage = stages - 1; stage >= 0; stage--) {
      const offset = (<usize>stage) << 3;
      const reflection = load<f64>(REFLECTIONS + offset);
      const backward = load<f64>(BACKWARD + offset);
      forward -= reflection * backward;
      store<f64>(BACKWARD + offset, backward + reflection * forward, 8);
    }
    store<f64>(BACKWARD, forward);
    store<f32>(OUTPUT + ((<usize>i) << 2), <f32>forward);
  }
  return state;
}

/**
 * OUTPUT (int16) = INPUT (float32) + a share of SUM (float32), rounded and clamped. The share goes from `share` to `wanted` by at most
 * `step` a sample.
 * @returns the last sample's share
 */
export function layOnNoise(length: i32, share: f64, wanted: f64, step: f64): f64 {
  for (let i = 0; i < length; i++) {
    share += max(-step, min(step, wanted - share));
    const offset = (<usize>i) << 2;
    const sample = nearest<f32>(load<f32>(INPUT + offset) + <f32>share * load<f32>(SUM + offset));
    store<i16>(OUTPUT + ((<usize>i) << 1), <i16>min<f32>(32767, max<f32>(-32768, sample)));
  }
  return share;
}
