import { describe, expect, it } from 'vitest';
import { extrapolatedPast, extrapolateInto } from '../../../native-wasm/extrapolate.ts';
import { mulberry32 } from '../../support/prng.ts';

/** A voice of 125 Hz with overtones, from sample `from` on. */
const voice = (rate: number, from: number, count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, index) => {
    const phase = (2 * Math.PI * 125 * (from + index)) / rate;
    return 6000 * Math.sin(phase) + 3000 * Math.sin(2 * phase + 1) + 1500 * Math.sin(5 * phase);
  });

const noise = (count: number, amplitude: number): Float32Array => {
  const draw = mulberry32(5);
  return Float32Array.from({ length: count }, () => amplitude * (2 * draw() - 1));
};

const rms = (samples: Float32Array): number =>
  Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);

function extrapolated(past: Float32Array, rate: number, count: number): Float32Array {
  const continuation = new Float32Array(count);
  extrapolateInto(past, rate, continuation);
  return continuation;
}

describe('extrapolated sound', () => {
  it.each([8000, 16_000, 24_000, 32_000, 48_000])(
    'goes on with a voice in pitch and phase at %i Hz',
    (rate) => {
      const past = extrapolatedPast(rate);
      const guess = extrapolated(voice(rate, 0, past), rate, rate / 50);
      const truth = voice(rate, past, rate / 50);
      const wrong = guess.map((sample, index) => sample - (truth[index] ?? 0));
      expect(rms(wrong)).toBeLessThan(0.2 * rms(truth));
    },
  );

  it('keeps the loudness of noise, which nobody can predict', () => {
    const past = noise(400, 3000);
    const guess = extrapolated(past, 8000, 400);
    for (const start of [80, 200, 320]) {
      const decibels = 20 * Math.log10(rms(guess.subarray(start, start + 80)) / rms(past));
      expect(Math.abs(decibels), `from sample ${start}`).toBeLessThan(4);
    }
  });

  it('does not jump where the past ends', () => {
    const past = voice(8000, 0, 400);
    const [first = 0] = extrapolated(past, 8000, 160);
    const [truth = 0] = voice(8000, 400, 1);
    expect(Math.abs(first - truth)).toBeLessThan(500);
  });

  it('makes silence out of silence', () => {
    expect(extrapolated(new Float32Array(400), 8000, 160).every((sample) => sample === 0)).toBe(true);
  });

  it('looks at no more than the newest 50 ms', () => {
    const past = voice(8000, 0, 400);
    const longer = new Float32Array(1000);
    longer.set(noise(600, 30_000));
    longer.set(past, 600);
    expect(extrapolated(longer, 8000, 160)).toEqual(extrapolated(past, 8000, 160));
  });

  it.each([0, 1, 6, 7, 80, 160, 279, 280])('takes a past of only %i samples', (length) => {
    const guess = extrapolated(voice(8000, 0, length), 8000, 160);
    expect(guess.every((sample) => Number.isFinite(sample))).toBe(true);
    if (length < 7) expect(guess.every((sample) => sample === 0)).toBe(true);
  });

  it('never grows louder than 3 dB above the past, however the past grows', () => {
    const draw = mulberry32(9);
    for (let round = 0; round < 40; round += 1) {
      const growth = 1 + 0.02 * draw();
      const hz = 80 + 3000 * draw();
      const past = Float32Array.from(
        { length: 400 },
        (_, index) => growth ** index * Math.sin((2 * Math.PI * hz * index) / 8000) + draw(),
      );
      const guess = extrapolated(past, 8000, 616);
      for (let start = 0; start < 616; start += 88)
        expect(rms(guess.subarray(start, start + 88))).toBeLessThan(2 * rms(past.subarray(240)));
    }
  });

  it('refuses a continuation that does not fit', () => {
    expect(() => extrapolated(new Float32Array(400), 8000, 5761)).toThrow(RangeError);
  });
});
