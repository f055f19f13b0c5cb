import { expect, it } from 'vitest';
import { gainOfPlace, meterShare, placeOfGain } from '../../../renderer/features/call/volume.ts';

it('leaves the sound as it is at 71 % and doubles it at the end', () => {
  expect(gainOfPlace(0)).toBe(0);
  expect(gainOfPlace(Math.SQRT1_2)).toBe(1);
  expect(gainOfPlace(1)).toBe(2);
});

it('finds the place of every gain again', () => {
  for (let place = 0; place <= 1; place += 0.05) {
    expect(placeOfGain(gainOfPlace(place))).toBeCloseTo(place, 2);
  }
});

it('keeps to the ends of the slider', () => {
  expect(gainOfPlace(-1)).toBe(0);
  expect(gainOfPlace(2)).toBe(2);
  expect(placeOfGain(9)).toBe(1);
});

it('shows −60 dBFS as nothing and 0 dBFS as full', () => {
  expect(meterShare(-127)).toBe(0);
  expect(meterShare(-60)).toBe(0);
  expect(meterShare(-30)).toBeCloseTo(0.5);
  expect(meterShare(0)).toBe(1);
});
