import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecentLeast } from '../../../../engine/media/recent-least.ts';

describe('the least of the last seconds', () => {
  it('is none before anything came, and after it was cleared', () => {
    const least = new RecentLeast(1000);
    expect(least.value).toBeNull();
    least.add(3, 0);
    least.clear();
    expect(least.value).toBeNull();
  });

  it('is what looking through the last second would find, whatever comes', () => {
    const arrival = fc.record({ value: fc.integer({ min: -50, max: 50 }), pauseMs: fc.nat(300) });
    fc.assert(
      fc.property(fc.array(arrival, { minLength: 1, maxLength: 60 }), (arrivals) => {
        const least = new RecentLeast(1000);
        const all: { value: number; atMs: number }[] = [];
        let nowMs = 0;
        for (const { value, pauseMs } of arrivals) {
          nowMs += pauseMs;
          all.push({ value, atMs: nowMs });
          least.add(value, nowMs);
          const young = all.filter(({ atMs }) => nowMs - atMs <= 1000);
          expect(least.value).toBe(Math.min(...young.map((each) => each.value)));
        }
      }),
    );
  });
});
