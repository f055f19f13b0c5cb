import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { likenessesAlong } from '../../../native-wasm/likeness.ts';

const sample = fc.integer({ min: -32_768, max: 32_767 });

describe('likeness along a line', () => {
  it('is the normalised correlation at each place', () => {
    const sounds = fc.tuple(
      fc.array(sample, { minLength: 1, maxLength: 50 }),
      fc.array(sample, { minLength: 50, maxLength: 90 }),
    );
    fc.assert(
      fc.property(sounds, ([wanted, line]) => {
        const heard = likenessesAlong(Float32Array.from(line), Float32Array.from(wanted));
        expect(heard).toHaveLength(line.length - wanted.length + 1);
        for (const [place, likeness] of heard.entries()) {
          const there = line.slice(place, place + wanted.length);
          const sum = (a: readonly number[], b: readonly number[]) =>
            a.reduce((total, each, index) => total + each * (b[index] ?? 0), 0);
          const plain = sum(wanted, there) / Math.sqrt(sum(wanted, wanted) * sum(there, there) + 1);
          expect(likeness).toBeCloseTo(plain, 4);
        }
      }),
    );
  });

  it('refuses to look for what is longer than the line', () => {
    expect(() => likenessesAlong(new Float32Array(10), new Float32Array(11))).toThrow(RangeError);
  });
});
