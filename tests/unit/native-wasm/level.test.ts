import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FrameLevel, measureLevel, silenceDbfs } from '../../../native-wasm/level.ts';

const kiloHertzSine = Float32Array.from({ length: 160 }, (_, index) => Math.sin((2 * Math.PI * index) / 8));

describe('the level meter', () => {
  it('tells a sine of full scale as -3.01 dB rms and 0 dB peak', () => {
    const level = measureLevel(kiloHertzSine);
    expect(level.rmsDbfs).toBeCloseTo(-3.0103, 3);
    expect(level.peakDbfs).toBeCloseTo(0, 3);
  });

  it('tells int16 and float32 of the same signal alike', () => {
    const samples = Int16Array.from(kiloHertzSine, (value) => Math.round(value * 3276.8));
    const level = measureLevel(samples);
    expect(level.rmsDbfs).toBeCloseTo(-23.01, 1);
    expect(level.peakDbfs).toBeCloseTo(-20, 1);
    expect(measureLevel(Float32Array.from(samples, (value) => value / 32_768))).toEqual(level);
  });

  it('tells the most negative int16 as exactly 0 dB', () => {
    expect(measureLevel(new Int16Array(7).fill(-32_768))).toEqual({ rmsDbfs: 0, peakDbfs: 0 });
  });

  it('tells silence, an empty frame and what is not a number as -127 dB', () => {
    const silence = { rmsDbfs: silenceDbfs, peakDbfs: silenceDbfs };
    expect(measureLevel(new Int16Array(160))).toEqual(silence);
    expect(measureLevel(new Float32Array(160))).toEqual(silence);
    expect(measureLevel(new Int16Array(0))).toEqual(silence);
    expect(measureLevel(new Float32Array(0))).toEqual(silence);
    expect(measureLevel(Float32Array.of(NaN, 0.5))).toEqual(silence);
  });

  it('is not disturbed by what an earlier, longer frame left behind', () => {
    measureLevel(new Int16Array(5_760).fill(32_767));
    expect(measureLevel(new Int16Array(5)).peakDbfs).toBe(silenceDbfs);
    measureLevel(new Float32Array(5_760).fill(1));
    expect(measureLevel(new Float32Array(5)).peakDbfs).toBe(silenceDbfs);
  });

  it('agrees with the definition on any frame', () => {
    fc.assert(
      fc.property(fc.int16Array({ minLength: 1, maxLength: 400 }), (samples) => {
        const level = measureLevel(samples);
        const peak = Math.max(...Array.from(samples, Math.abs));
        const meanSquare = samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length;
        const floor = (dbfs: number) => Math.max(dbfs, silenceDbfs);
        expect(level.peakDbfs).toBeCloseTo(floor(20 * Math.log10(peak / 32_768)), 4);
        expect(level.rmsDbfs).toBeCloseTo(floor(10 * Math.log10(meanSquare / 32_768 ** 2)), 4);
      }),
    );
  });

  it('fills the object it is given', () => {
    const level: FrameLevel = { rmsDbfs: 1, peakDbfs: 1 };
    expect(measureLevel(kiloHertzSine, level)).toBe(level);
    expect(level.rmsDbfs).toBeLessThan(0);
  });
});
