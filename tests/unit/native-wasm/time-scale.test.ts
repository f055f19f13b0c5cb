import { describe, expect, it } from 'vitest';
import { blendSeamInto, findSeam } from '../../../native-wasm/time-scale.ts';
import { mulberry32 } from '../../support/prng.ts';

/** A voice-like row of harmonics that repeats every `period` samples. */
function voice(period: number, count: number): Int16Array {
  return Int16Array.from({ length: count }, (_, index) => {
    const phase = (2 * Math.PI * index) / period;
    return Math.round(
      6000 * Math.sin(phase) + 4000 * Math.sin(2 * phase + 1) + 2000 * Math.sin(5 * phase + 2),
    );
  });
}

function noise(count: number): Int16Array {
  const random = mulberry32(11);
  return Int16Array.from({ length: count }, () => Math.round(8000 * (random() - 0.5)));
}

const meanSquare = (samples: Int16Array): number =>
  samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length;

describe('a seam', () => {
  it.each([
    [8000, 57],
    [16_000, 150],
    [48_000, 431],
  ])('is found one pitch period ahead or back (%d Hz, period %d)', (rate, period) => {
    const line = voice(period, (60 * rate) / 1000);
    const [shortest, longest, compared] = [rate / 400, (rate * 15) / 1000 - 1, rate / 100];
    const ahead = findSeam(line, 0, shortest, longest, compared);
    const back = findSeam(line, line.length / 2, -longest, -shortest, compared);
    expect([Math.abs(ahead.shift % period), Math.abs(back.shift % period)]).toEqual([0, 0]);
    expect(ahead.likeness).toBeGreaterThan(0.999);
    expect(back.likeness).toBeGreaterThan(0.999);
  });

  it('tells the power at either place', () => {
    const line = new Int16Array(400);
    line.fill(16_384, 0, 100);
    const { hereDbfs, thereDbfs, likeness } = findSeam(line, 0, 200, 200, 80);
    expect(hereDbfs).toBeCloseTo(-6.02, 2);
    expect(thereDbfs).toBe(-127);
    expect(likeness).toBe(0);
  });

  it('is blended so that a repeating sound goes on as if nothing was left out', () => {
    const line = voice(57, 400);
    const blended = new Int16Array(80);
    blendSeamInto(line, 40, { shift: 57, likeness: 1 }, blended);
    for (const [index, sample] of blended.entries()) {
      expect(Math.abs(sample - (line[40 + index] ?? 0))).toBeLessThanOrEqual(2);
    }
  });

  it('keeps the power of sounds that are not alike', () => {
    const line = noise(5000);
    const blended = new Int16Array(2000);
    blendSeamInto(line, 0, { shift: 2500, likeness: 0 }, blended);
    const change = 10 * Math.log10(meanSquare(blended.slice(500, 1500)) / meanSquare(line));
    expect(Math.abs(change)).toBeLessThan(0.5);
  });

  it('saturates where two loud sounds meet', () => {
    const line = new Int16Array(200).fill(32_767);
    const blended = new Int16Array(80);
    blendSeamInto(line, 0, { shift: 100, likeness: 0 }, blended);
    expect(Math.max(...blended)).toBe(32_767);
    expect(Math.min(...blended)).toBeGreaterThan(30_000);
  });

  it('refuses places outside of the line', () => {
    const line = new Int16Array(200);
    expect(() => findSeam(line, 0, -1, 10, 80)).toThrow(RangeError);
    expect(() => findSeam(line, 0, 10, 121, 80)).toThrow(RangeError);
    expect(() => findSeam(line, 0, 20, 10, 80)).toThrow(RangeError);
    expect(() => blendSeamInto(line, 0, { shift: 121, likeness: 1 }, new Int16Array(80))).toThrow(RangeError);
    expect(() => findSeam(new Int16Array(6000), 0, 10, 20, 80)).toThrow(RangeError);
  });
});
