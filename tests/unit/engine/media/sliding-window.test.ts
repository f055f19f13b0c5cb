import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SlidingWindow } from '../../../../engine/media/sliding-window.ts';

describe('a sliding window', () => {
  it('has no least and no quantile while it is empty', () => {
    const window = new SlidingWindow(1000);
    expect([window.count, window.least, window.quantile(0.5)]).toEqual([0, null, null]);
  });

  it('tells what sorting its last second would tell, whatever comes', () => {
    const arrivalsApart = (pauseMs: fc.Arbitrary<number>, minLength: number) =>
      fc.array(fc.record({ value: fc.integer({ min: -50, max: 50 }), pauseMs }), {
        minLength,
        maxLength: minLength + 60,
      });
    const few = arrivalsApart(fc.nat(300), 1);
    // Many in a second have no room at first; by then others have come and gone.
    const fewThenMany = fc.tuple(few, arrivalsApart(fc.nat(12), 300)).map((parts) => parts.flat());
    fc.assert(
      fc.property(fc.oneof(few, fewThenMany), (arrivals) => {
        const window = new SlidingWindow(1000);
        const all: { value: number; atMs: number }[] = [];
        let nowMs = 0;
        for (const { value, pauseMs } of arrivals) {
          nowMs += pauseMs;
          all.push({ value, atMs: nowMs });
          window.add(value, nowMs);
        }
        const young = all.filter(({ atMs }) => nowMs - atMs <= 1000).map(({ value }) => value);
        young.sort((a, b) => a - b);
        expect(window.count).toBe(young.length);
        expect(window.least).toBe(young[0]);
        expect(window.quantile(1)).toBe(young.at(-1));
        expect(window.quantile(0.5)).toBe(young[Math.ceil(young.length / 2) - 1]);
      }),
    );
  });

  it('is empty again after it was cleared', () => {
    const window = new SlidingWindow(1000);
    window.add(3, 0);
    window.clear();
    expect([window.count, window.least]).toEqual([0, null]);
  });
});
