import { describe, expect, it } from 'vitest';
import { BackgroundNoise, describeNoise } from '../../../../engine/media/background-noise.ts';
import { BackgroundTracker } from '../../../../engine/media/background-tracker.ts';
import { mulberry32 } from '../../../support/prng.ts';

/** Noise, mostly deep when `pole` is near 1. */
function noise(amplitude: number, pole: number, count: number): Float64Array {
  const draw = mulberry32(12);
  let last = 0;
  return Float64Array.from({ length: count }, () => {
    last = pole * last + amplitude * (2 * draw() - 1);
    return last;
  });
}

function made(background: BackgroundNoise, count: number): Float32Array {
  const samples = new Float32Array(count);
  background.fill(samples);
  return samples;
}

describe('background noise', () => {
  it.each([0, 0.8, -0.7])(
    'sounds like what was described: as loud and in the same colour (pole %d)',
    (pole) => {
      const wanted = describeNoise(noise(300, pole, 8000));
      const background = new BackgroundNoise();
      background.describe(wanted);
      const heard = describeNoise(made(background, 8000));
      expect(Math.abs(heard.levelDbov - wanted.levelDbov)).toBeLessThan(0.7);
      expect(heard.reflections[0]).toBeCloseTo(wanted.reflections[0] ?? 2, 1);
      expect(wanted.reflections[0]).toBeCloseTo(-pole, 1);
    },
  );

  it('describes silence, and makes it', () => {
    const silence = describeNoise(new Int16Array(160));
    expect(silence).toEqual({ levelDbov: -127, reflections: [] });
    const background = new BackgroundNoise();
    background.describe(silence);
    expect(made(background, 400).every((sample) => sample === 0)).toBe(true);
  });

  it('goes over into another loudness without a step', () => {
    const background = new BackgroundNoise();
    background.describe({ levelDbov: -60, reflections: [] });
    made(background, 400);
    background.describe({ levelDbov: -30, reflections: [-0.9] });
    const level = (count: number) => describeNoise(made(background, count)).levelDbov;
    const [first, later] = [level(80), level(8000)];
    expect(first).toBeLessThan(-38);
    expect(later).toBeGreaterThan(-32);
  });

  it('stays in bounds whatever filter is described, also while it changes', () => {
    const draw = mulberry32(4);
    const background = new BackgroundNoise();
    for (let round = 0; round < 200; round += 1) {
      const reflections = Array.from({ length: 10 }, () => (draw() < 0.5 ? -1 : 1) * draw() ** 0.1);
      background.describe({ levelDbov: -20, reflections });
      expect(made(background, 200).every((sample) => Math.abs(sample) < 1e6)).toBe(true);
    }
  });
});

describe('the noise behind a voice', () => {
  const packet = (amplitude: number): Int16Array => Int16Array.from(noise(amplitude, 0, 160));

  it('is the quietest of the last seconds', () => {
    const tracker = new BackgroundTracker(8000);
    for (let index = 0; index < 80; index += 1) tracker.hear(packet(index === 40 ? 60 : 9000));
    expect(tracker.noise?.levelDbov).toBeCloseTo(20 * Math.log10(60 / Math.sqrt(3) / 32_768), 0);
  });

  it('is unknown while nobody has paused', () => {
    const tracker = new BackgroundTracker(8000);
    expect(tracker.noise).toBeNull();
    for (let index = 0; index < 80; index += 1) tracker.hear(packet(9000));
    expect(tracker.noise).toBeNull();
  });

  it('follows a room that becomes louder', () => {
    const tracker = new BackgroundTracker(8000);
    for (let index = 0; index < 100; index += 1) tracker.hear(packet(20));
    for (let index = 0; index < 210; index += 1) tracker.hear(packet(200));
    expect(tracker.noise?.levelDbov).toBeGreaterThan(-52);
  });
});
