import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GainRamp } from '../../../native-wasm/gain.ts';

describe('a gain ramp', () => {
  it('leaves samples exactly as they are at gain 1', () => {
    fc.assert(
      fc.property(fc.int16Array({ maxLength: 400 }), (samples) => {
        const frame = samples.slice();
        new GainRamp().apply(frame);
        expect(frame).toEqual(samples);
      }),
    );
  });

  it('moves in a straight line over one frame and then stays', () => {
    const ramp = new GainRamp(1);
    ramp.setTarget(0);
    const first = new Float32Array(160).fill(1);
    ramp.apply(first);
    for (const [index, value] of first.entries()) {
      expect(value).toBeCloseTo(1 - (index + 1) / 160, 5);
    }
    const second = new Float32Array(160).fill(1);
    ramp.apply(second);
    expect(second.every((value) => value === 0)).toBe(true);
  });

  it('never steps by more than the line does, in int16 too', () => {
    const gain = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(gain, gain, fc.integer({ min: 1, max: 400 }), (from, to, length) => {
        const ramp = new GainRamp(from);
        ramp.setTarget(to);
        const frame = new Int16Array(length).fill(20_000);
        ramp.apply(frame);
        const stepLimit = (20_000 * Math.abs(to - from)) / length + 1;
        let previous = 20_000 * from;
        for (const value of frame) {
          expect(Math.abs(value - previous)).toBeLessThanOrEqual(stepLimit);
          previous = value;
        }
        expect(Math.abs(previous - 20_000 * to)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('saturates int16 instead of wrapping around', () => {
    const ramp = new GainRamp(4);
    const frame = Int16Array.of(30_000, -30_000, 5_000, -5_000, 0);
    ramp.apply(frame);
    expect([...frame]).toEqual([32_767, -32_768, 20_000, -20_000, 0]);
  });

  it('keeps the move for the next frame when a frame is empty', () => {
    const ramp = new GainRamp(0);
    ramp.setTarget(1);
    ramp.apply(new Float32Array(0));
    const frame = Float32Array.of(1, 1);
    ramp.apply(frame);
    expect([...frame]).toEqual([0.5, 1]);
    expect(ramp.target).toBe(1);
  });

  it('refuses a frame that does not fit', () => {
    expect(() => new GainRamp(2).apply(new Int16Array(5_761))).toThrow(RangeError);
  });
});
