import { describe, expect, it } from 'vitest';
import { ImpairedWay, type Impairment } from '../../../../engine/rtp/impairment.ts';

const calm: Impairment = { lossPercent: 0, jitterMs: 0, reorder: false, seed: 1 };

function delays(impairment: Impairment, way = 0, count = 5_000): (number | null)[] {
  const path = new ImpairedWay(impairment, way);
  return Array.from({ length: count }, (_, index) => path.delayOf(20 * index));
}

function arrivals(impairment: Impairment): number[] {
  return delays(impairment).flatMap((delay, index) => (delay === null ? [] : [20 * index + delay]));
}

const overtakes = (times: number[]) => times.some((time, index) => time < (times[index - 1] ?? 0));

describe('an impaired way', () => {
  it('changes nothing without loss and jitter', () => {
    expect(new Set(delays(calm))).toEqual(new Set([0]));
  });

  it('loses the share that it is told to', () => {
    const lost = delays({ ...calm, lossPercent: 5 }).filter((delay) => delay === null).length;
    expect(lost / 5_000).toBeGreaterThan(0.04);
    expect(lost / 5_000).toBeLessThan(0.06);
    expect(delays({ ...calm, lossPercent: 100 }).every((delay) => delay === null)).toBe(true);
  });

  it('does the same to the same packets under one seed, and something else each way and under another', () => {
    const rough = { ...calm, lossPercent: 10, jitterMs: 30 };
    expect(delays(rough)).toEqual(delays(rough));
    expect(delays(rough, 1)).not.toEqual(delays(rough));
    expect(delays({ ...rough, seed: 2 })).not.toEqual(delays(rough));
  });

  it('takes up to twice the jitter, and lets packets overtake each other only when told to', () => {
    const jittered = { ...calm, jitterMs: 30 };
    expect(overtakes(arrivals(jittered))).toBe(false);
    expect(overtakes(arrivals({ ...jittered, reorder: true }))).toBe(true);
    const times = delays({ ...jittered, reorder: true }).map((delay) => delay ?? NaN);
    expect(Math.max(...times)).toBeLessThanOrEqual(60);
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(55);
  });
});
