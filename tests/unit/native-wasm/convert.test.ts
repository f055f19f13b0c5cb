import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  floatToInt16,
  floatToInt16Into,
  int16ToFloat,
  int16ToFloatInto,
} from '../../../native-wasm/convert.ts';

describe('conversion between int16 and float32', () => {
  it('brings every int16 value through float32 and back unchanged', () => {
    const samples = Int16Array.from({ length: 65_536 }, (_, index) => index - 32_768);
    const floats = int16ToFloat(samples);
    expect(floats[0]).toBe(-1);
    expect(floats[65_535]).toBe(32_767 / 32_768);
    expect(floatToInt16(floats)).toEqual(samples);
  });

  it('clamps what is beyond full scale and makes silence of what is not a number', () => {
    const floats = Float32Array.of(1, 1.5, Infinity, -1, -1.5, -Infinity, NaN, 3e38);
    expect([...floatToInt16(floats)]).toEqual([32_767, 32_767, 32_767, -32_768, -32_768, -32_768, 0, 32_767]);
  });

  it('rounds to the nearest step, ties to the even one', () => {
    const steps = [0.4, 0.5, 0.6, 1.5, -0.4, -0.5, -0.6, -1.5, 2.5];
    const floats = Float32Array.from(steps, (step) => step / 32_768);
    expect([...floatToInt16(floats)]).toEqual([0, 0, 1, 2, 0, 0, -1, -2, 2]);
  });

  it('is never further than half a step from any float within range', () => {
    const sample = fc.float({ min: -1, max: Math.fround(0.9999), noNaN: true });
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 400 }), (values) => {
        const floats = Float32Array.from(values);
        const samples = floatToInt16(floats);
        expect(samples.length).toBe(floats.length);
        for (const [index, value] of floats.entries()) {
          expect(Math.abs((samples[index] ?? NaN) - value * 32_768)).toBeLessThanOrEqual(0.5);
        }
      }),
    );
  });

  it('refuses a target that is too short', () => {
    expect(() => int16ToFloatInto(new Int16Array(9), new Float32Array(8))).toThrow(RangeError);
    expect(() => floatToInt16Into(new Float32Array(9), new Int16Array(8))).toThrow(RangeError);
  });
});
