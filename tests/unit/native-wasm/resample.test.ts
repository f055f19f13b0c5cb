import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Resampler, type SampleRateHz } from '../../../native-wasm/resample.ts';
import { fitSine } from './sine-fit.ts';

const pairs: readonly (readonly [SampleRateHz, SampleRateHz])[] = [
  [48_000, 8_000],
  [8_000, 48_000],
  [48_000, 16_000],
  [16_000, 48_000],
  [16_000, 8_000],
  [8_000, 16_000],
];
const rates: readonly SampleRateHz[] = [8_000, 16_000, 24_000, 32_000, 48_000];

const decibels = (ratio: number) => 20 * Math.log10(ratio);

function sine(frequencyHz: number, rateHz: number, seconds: number): Float32Array {
  return Float32Array.from({ length: rateHz * seconds }, (_, n) =>
    Math.sin((2 * Math.PI * frequencyHz * n) / rateHz),
  );
}

/** The stream in frames of 20 ms, as a call has them. */
function convert(resampler: Resampler, signal: Float32Array): Float32Array {
  const frame = resampler.inputRateHz / 50;
  const output = new Float32Array(resampler.outputLength(signal.length));
  for (let start = 0; start < signal.length; start += frame) {
    const converted = resampler.process(signal.subarray(start, start + frame));
    output.set(converted, resampler.outputLength(start));
  }
  return output;
}

/** What comes out for a sine, without the first 20 ms in which the filter fills. */
function respond(inputRateHz: SampleRateHz, outputRateHz: SampleRateHz, frequencyHz: number): Float32Array {
  const resampler = new Resampler(inputRateHz, outputRateHz);
  return convert(resampler, sine(frequencyHz, inputRateHz, 0.22)).subarray(outputRateHz / 50);
}

function rms(signal: Float32Array): number {
  return Math.sqrt(signal.reduce((sum, value) => sum + value * value, 0) / signal.length);
}

function sweep(fromHz: number, toHz: number, stepHz: number): number[] {
  return Array.from(
    { length: Math.floor((toHz - fromHz) / stepHz) + 1 },
    (_, index) => fromHz + index * stepHz,
  );
}

describe.each(pairs)('the resampler from %i to %i Hz', (inputRateHz, outputRateHz) => {
  const lowRateHz = Math.min(inputRateHz, outputRateHz);
  const passBandHz = 0.425 * lowRateHz;
  const stopBandHz = 0.575 * lowRateHz;

  it('keeps the pass band flat within 0.01 dB', () => {
    const gains = sweep(37, passBandHz, lowRateHz / 160)
      .concat(passBandHz)
      .map((frequencyHz) => {
        const output = respond(inputRateHz, outputRateHz, frequencyHz);
        return decibels(fitSine(output, frequencyHz, outputRateHz).amplitude);
      });
    const [lowest, highest] = [Math.min(...gains), Math.max(...gains)];
    console.log(
      `${inputRateHz} → ${outputRateHz} Hz: pass band to ${passBandHz} Hz between ${lowest.toFixed(4)} and ${highest.toFixed(4)} dB`,
    );
    expect(lowest).toBeGreaterThan(-0.01);
    expect(highest).toBeLessThan(0.01);
  });

  it('keeps aliases and images 75 dB down', () => {
    const leaks =
      outputRateHz < inputRateHz
        ? // All that comes out for a sine beyond the stop band's edge is an alias.
          sweep(stopBandHz, inputRateHz / 2 - 61, lowRateHz / 80 - 3).map((frequencyHz) =>
            decibels(rms(respond(inputRateHz, outputRateHz, frequencyHz)) / Math.SQRT1_2),
          )
        : // All that comes out for a sine in the pass band, save the sine, is an image.
          sweep(37, passBandHz, lowRateHz / 160).map((frequencyHz) => {
            const fit = fitSine(respond(inputRateHz, outputRateHz, frequencyHz), frequencyHz, outputRateHz);
            return decibels(fit.residualRms / Math.SQRT1_2);
          });
    const worst = Math.max(...leaks);
    console.log(
      `${inputRateHz} → ${outputRateHz} Hz: aliases and images from ${stopBandHz} Hz on at most ${worst.toFixed(1)} dB`,
    );
    expect(worst).toBeLessThan(-75);
  });

  it('delays every frequency by the group delay it tells', () => {
    const { groupDelayMs } = new Resampler(inputRateHz, outputRateHz);
    expect(groupDelayMs).toBe(lowRateHz === 8_000 ? 2 : 1);
    for (const frequencyHz of [100, 1_000, 3_000]) {
      const skippedSeconds = 0.02;
      const { phase } = fitSine(respond(inputRateHz, outputRateHz, frequencyHz), frequencyHz, outputRateHz);
      const expected = 2 * Math.PI * frequencyHz * (skippedSeconds - groupDelayMs / 1000);
      expect(Math.sin(phase - expected)).toBeCloseTo(0, 3);
      expect(Math.cos(phase - expected)).toBeCloseTo(1, 3);
    }
  });

  it('puts an impulse out at its group delay and not before', () => {
    const resampler = new Resampler(inputRateHz, outputRateHz);
    const frame = new Float32Array(inputRateHz / 50);
    frame[0] = 1;
    const output = resampler.process(frame);
    const peakAt = output.indexOf(Math.max(...output));
    expect((1000 * peakAt) / outputRateHz).toBe(resampler.groupDelayMs);
  });
});

describe('a resampler', () => {
  it('turns frames of 960 at 48 kHz into frames of 160 at 8 kHz and back', () => {
    expect(new Resampler(48_000, 8_000).process(new Float32Array(960)).length).toBe(160);
    expect(new Resampler(8_000, 48_000).process(new Float32Array(160)).length).toBe(960);
  });

  it('gives the same stream however it is cut into frames', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...rates),
        fc.constantFrom(...rates),
        fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 8 }),
        (inputRateHz, outputRateHz, cuts) => {
          const unit = inputRateHz / 8_000;
          const signal = sine(997, inputRateHz, 0.4).subarray(
            0,
            cuts.reduce((sum, cut) => sum + cut, 0) * unit,
          );
          const whole = new Resampler(inputRateHz, outputRateHz).process(signal);
          const piecewise = new Resampler(inputRateHz, outputRateHz);
          const pieces: number[] = [];
          let start = 0;
          for (const cut of cuts) {
            pieces.push(...piecewise.process(signal.subarray(start, start + cut * unit)));
            start += cut * unit;
          }
          expect(Float32Array.from(pieces)).toEqual(whole);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('keeps its stream apart from others that run at the same time', () => {
    const signal = sine(700, 48_000, 0.2);
    const alone = convert(new Resampler(48_000, 8_000), signal);
    const one = new Resampler(48_000, 8_000);
    const other = new Resampler(8_000, 48_000);
    const noise = new Float32Array(160).fill(0.9);
    const together: number[] = [];
    for (let start = 0; start < signal.length; start += 960) {
      together.push(...one.process(signal.subarray(start, start + 960)));
      other.process(noise);
    }
    expect(Float32Array.from(together)).toEqual(alone);
  });

  it('brings 8 kHz speech band to 48 kHz and back within 0.01 dB', () => {
    const up = convert(new Resampler(8_000, 48_000), sine(1_020, 8_000, 0.4));
    const back = convert(new Resampler(48_000, 8_000), up).subarray(160);
    const fit = fitSine(back, 1_020, 8_000);
    expect(Math.abs(decibels(fit.amplitude))).toBeLessThan(0.01);
    expect(decibels(fit.residualRms)).toBeLessThan(-80);
  });

  it('passes samples through at equal rates, without delay', () => {
    const signal = sine(440, 16_000, 0.1);
    const resampler = new Resampler(16_000, 16_000);
    expect(resampler.process(signal)).toEqual(signal);
    expect(resampler.groupDelayMs).toBe(0);
  });

  it('forgets the past when it is reset', () => {
    const resampler = new Resampler(48_000, 8_000);
    resampler.process(new Float32Array(960).fill(1));
    resampler.reset();
    expect(resampler.process(new Float32Array(960))).toEqual(new Float32Array(160));
  });

  it('refuses a length that makes no whole number of samples and an output that is too short', () => {
    const resampler = new Resampler(48_000, 8_000);
    expect(() => resampler.process(new Float32Array(961))).toThrow(RangeError);
    expect(() => resampler.processInto(new Float32Array(960), new Float32Array(159))).toThrow(RangeError);
  });
});
