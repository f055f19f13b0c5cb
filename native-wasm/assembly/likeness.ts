// How much sound is like other sound: normalised correlation. Areas: INPUT, SUM, OUTPUT, all float32 in int16 scale.

import { INPUT, OUTPUT, SUM } from './memory';

/** OUTPUT, at each of `places`: how much the `length` samples of INPUT from there on are like those of SUM, -1 to 1; silence is like nothing. */
export function likenesses(length: i32, places: i32): void {
  for (let place = 0; place < places; place++) {
    const line = INPUT + ((<usize>place) << 2);
    let product: f32 = 0;
    let energyThere: f32 = 0;
    let energyHere: f32 = 0;
    for (let i = 0; i < length; i++) {
      const offset = (<usize>i) << 2;
      const there = load<f32>(line + offset);
      const here = load<f32>(SUM + offset);
      product += there * here;
      energyThere += there * there;
      energyHere += here * here;
    }
    store<f32>(OUTPUT + ((<usize>place) << 2), product / sqrt<f32>(energyThere * energyHere + 1));
  }
}
