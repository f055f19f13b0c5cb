import { describe, expect, it } from 'vitest';
import { crossfaded, likenessOf, mostAlike } from '../../../../engine/media/crossfade.ts';
import { mulberry32 } from '../../../support/prng.ts';

const tone = (from: number, count: number): Float32Array =>
  Float32Array.from(
    { length: count },
    (_, index) => 8000 * Math.sin((2 * Math.PI * 200 * (from + index)) / 8000),
  );

const noise = (seed: number, count: number): Float32Array => {
  const draw = mulberry32(seed);
  return Float32Array.from({ length: count }, () => 8000 * (2 * draw() - 1));
};

const power = (samples: Float32Array): number =>
  samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;

describe('crossfade', () => {
  it('leaves a sound as it is that goes over into itself', () => {
    const mixed = crossfaded(tone(0, 160), tone(0, 160));
    for (const [index, sample] of tone(0, 160).entries()) expect(mixed[index]).toBeCloseTo(sample, 1);
  });

  it('keeps the power of two sounds that have nothing in common', () => {
    const [a, b] = [noise(1, 4000), noise(2, 4000)];
    const middle = crossfaded(a, b).subarray(1500, 2500);
    expect(10 * Math.log10(power(middle) / power(a))).toBeGreaterThan(-0.5);
  });

  it('begins with the one and ends with the other', () => {
    const mixed = crossfaded(new Float32Array(100).fill(1000), new Float32Array(100).fill(-1000));
    expect(mixed[0]).toBeGreaterThan(990);
    expect(mixed[99]).toBeLessThan(-990);
  });

  it.each([-9, -3, 4, 10])('finds a sound that lies %i samples off', (shift) => {
    expect(mostAlike(tone(0, 400), 100, tone(100 + shift, 40), 10)).toBe(shift);
  });

  it('looks no further than the line goes', () => {
    expect(mostAlike(tone(0, 44), 2, tone(0, 40), 10)).toBe(-2);
    expect(mostAlike(tone(0, 44), 900, tone(0, 40), 10)).toBe(0);
  });

  it('stays in place when nothing is alike', () => {
    expect(mostAlike(new Float32Array(400), 100, tone(0, 40), 10)).toBe(0);
    expect(likenessOf(new Float32Array(40), tone(0, 40))).toBe(0);
  });
});
