import { expect, it } from 'vitest';
import { NoiseReduction, type Denoiser } from '../../../renderer/audio/noise-reduction.ts';
import { noiseFrameSamples, Rnnoise } from '../../../renderer/audio/rnnoise.ts';
import { rnnoiseWasm } from '../../../scripts/rnnoise-wasm.ts';
import { mulberry32 } from '../../support/prng.ts';

/** What it hears becomes silence. */
const silencer: Denoiser = { process: (frame) => frame.fill(0) };
const ones = () => new Float32Array(noiseFrameSamples).fill(1);

/** The samples of so many frames of ones, after the reduction. */
function through(noise: NoiseReduction, frames: number): number[] {
  return Array.from({ length: frames }, () => {
    const frame = ones();
    noise.process(frame);
    return [...frame];
  }).flat();
}
const largestStep = (samples: readonly number[]) =>
  Math.max(...samples.slice(1).map((sample, index) => Math.abs(sample - (samples[index] ?? 0))));

it('leaves the voice alone until it is wanted', () => {
  expect(through(new NoiseReduction(), 2)).toEqual([...ones(), ...ones()]);
});

it('fades in and out without a click, once the network has warmed up', () => {
  const noise = new NoiseReduction();
  noise.use(silencer);
  expect(through(noise, 2)).toEqual([...ones(), ...ones()]);
  const fadingIn = through(noise, 3);
  expect(fadingIn.at(-1)).toBe(0);
  expect(largestStep([1, ...fadingIn])).toBeLessThan(0.002);
  noise.use(null);
  const fadingOut = through(noise, 3);
  expect(fadingOut.at(-1)).toBe(1);
  expect(largestStep([0, ...fadingOut])).toBeLessThan(0.002);
  expect(through(noise, 1)).toEqual([...ones()]);
});

it('turns back in the middle of a fade', () => {
  const noise = new NoiseReduction();
  noise.use(silencer);
  const before = through(noise, 3);
  noise.use(null);
  expect(largestStep([...before, ...through(noise, 3)])).toBeLessThan(0.002);
});

it('RNNoise takes a steady noise out', () => {
  const random = mulberry32(7);
  const rnnoise = new Rnnoise(new WebAssembly.Module(rnnoiseWasm()));
  const power = (frame: Float32Array) => frame.reduce((sum, sample) => sum + sample * sample, 0);
  let [before, after] = [0, 0];
  for (let frame = 0; frame < 60; frame += 1) {
    const samples = Float32Array.from({ length: noiseFrameSamples }, () => (random() - 0.5) * 0.1);
    // It needs a moment to know the noise.
    if (frame >= 30) before += power(samples);
    rnnoise.process(samples);
    if (frame >= 30) after += power(samples);
  }
  expect(10 * Math.log10(after / before)).toBeLessThan(-15);
});
