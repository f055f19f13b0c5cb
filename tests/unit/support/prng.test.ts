import { expect, test } from 'vitest';
import { mulberry32 } from '../../support/prng.ts';

test('mulberry32 gives the published row for seed 1', () => {
  const draw = mulberry32(1);
  expect([draw(), draw(), draw()].map((value) => Math.floor(value * 2 ** 32))).toEqual([
    2693262067, 11749833, 2265367787,
  ]);
});

test('mulberry32 spreads its numbers evenly over [0, 1)', () => {
  const draw = mulberry32(42);
  const buckets = new Array<number>(10).fill(0);
  for (let index = 0; index < 100_000; index += 1) {
    const bucket = Math.floor(draw() * 10);
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
  }
  for (const count of buckets) expect(Math.abs(count - 10_000)).toBeLessThan(400);
});
