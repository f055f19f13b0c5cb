import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ColouredNoise, layOnNoise } from '../../../native-wasm/noise.ts';

/** The lattice as it is written down, one sample after the other, of the same white noise. */
function plainNoise(reflections: readonly number[], gain: number, count: number): number[] {
  const backward = new Float64Array(reflections.length + 1);
  let state = 0x2545_f491;
  return Array.from({ length: count }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    let forward = (gain * Math.sqrt(3) * state) / 2 ** 31;
    for (const stage of reflections.map((_, index) => index).reverse()) {
      const [reflection = 0, behind = 0] = [reflections[stage], backward[stage]];
      forward -= reflection * behind;
      backward[stage + 1] = behind + reflection * forward;
    }
    backward[0] = forward;
    return forward;
  });
}

function coloured(reflections: readonly number[], gain: number): ColouredNoise {
  const noise = new ColouredNoise(reflections.length);
  noise.reflections.set(reflections);
  noise.gain = gain;
  return noise;
}

const reflection = fc.double({ min: -0.95, max: 0.95, noNaN: true });

describe('coloured noise', () => {
  it('is white noise through a lattice', () => {
    fc.assert(
      fc.property(fc.array(reflection, { maxLength: 10 }), (reflections) => {
        const heard = new Float32Array(200);
        coloured(reflections, 100).fill(heard);
        for (const [index, wanted] of plainNoise(reflections, 100, 200).entries())
          expect(heard[index]).toBeCloseTo(Math.fround(wanted), 5);
      }),
    );
  });

  it('goes on where it was, beside other noise', () => {
    const [whole, parts, other] = [
      coloured([0.5, -0.3], 10),
      coloured([0.5, -0.3], 10),
      coloured([-0.9], 1000),
    ];
    const heard = new Float32Array(200);
    whole.fill(heard);
    for (const [from, to] of [
      [0, 40],
      [40, 47],
      [47, 200],
    ]) {
      const part = new Float32Array((to ?? 0) - (from ?? 0));
      parts.fill(part);
      expect(part).toEqual(heard.slice(from, to));
      other.fill(new Float32Array(33));
    }
  });

  it('has at most ten stages', () => {
    expect(() => new ColouredNoise(11)).toThrow(RangeError);
  });
});

describe('sound with noise under it', () => {
  const samples = fc.array(fc.double({ min: -60_000, max: 60_000, noNaN: true }), {
    minLength: 1,
    maxLength: 300,
  });
  const part = fc.double({ min: 0, max: 1, noNaN: true });

  it('has a share of it that moves as fast as it may, rounded and clamped', () => {
    fc.assert(
      fc.property(
        samples,
        part,
        part,
        fc.double({ min: 0.001, max: 0.1, noNaN: true }),
        (sound, from, wanted, step) => {
          const line = Float32Array.from(sound);
          const noise = line.map((sample, index) => (index % 2 === 0 ? 500 : -sample / 3));
          const into = new Int16Array(line.length);
          const reached = layOnNoise(line, noise, { share: from, wanted, step }, into);
          let share = from;
          for (const [index, sample] of line.entries()) {
            share += Math.max(-step, Math.min(step, wanted - share));
            const plain = Math.max(-32_768, Math.min(32_767, sample + share * (noise[index] ?? 0)));
            expect(Math.abs((into[index] ?? NaN) - plain)).toBeLessThanOrEqual(0.51);
          }
          expect(reached).toBe(share);
        },
      ),
    );
  });

  it('refuses what does not fit', () => {
    const [line, share] = [new Float32Array(5_761), { share: 0, wanted: 0, step: 1 }];
    expect(() => layOnNoise(line, line, share, new Int16Array(5_761))).toThrow(RangeError);
  });
});
