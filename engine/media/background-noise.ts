/**
 * The noise behind a voice: described by its loudness and its colour, and made again from the description, so that a line does not
 * sound dead while nothing comes. The colour is an all-pole filter in lattice form.
 */
import { ColouredNoise } from '../../native-wasm/noise.ts';
import { mostReflections, type NoiseDescription } from '../rtp/comfort-noise.ts';

const fullScale = 32_768;
/** Softer than this is no noise, but nothing. */
const softestDbov = -90;
/** Added to the power before it is divided by, and so much of it to keep a filter from ringing: −40 dB of white noise. */
const leastPower = 1;
const whiteShare = 1e-4;
/** Loudness and colour move by this share of what is left every so many samples. */
const approach = 0.1;
const stepSamples = 40;

/** Loudness and colour of sound in int16 scale (J. Durbin's recursion on its autocorrelation). */
export function describeNoise(samples: ArrayLike<number>, order = mostReflections): NoiseDescription {
  const correlations = Array.from({ length: order + 1 }, (_, lag) => {
    let sum = 0;
    for (let index = lag; index < samples.length; index += 1)
      sum += (samples[index] ?? 0) * (samples[index - lag] ?? 0);
    return sum;
  });
  const [energy = 0] = correlations;
  const power = energy / Math.max(1, samples.length);
  const levelDbov = Math.max(-127, 10 * Math.log10(power / fullScale ** 2));
  return { levelDbov, reflections: power < leastPower ? [] : reflectionsOf(correlations, order) };
}

function reflectionsOf(correlations: readonly number[], order: number): number[] {
  const at = (lag: number): number => correlations[lag] ?? 0;
  const reflections: number[] = [];
  let filter = [1];
  let error = at(0) * (1 + whiteShare);
  for (let stage = 1; stage <= order; stage += 1) {
    const residual = filter.reduce((sum, coefficient, index) => sum + coefficient * at(stage - index), 0);
    const reflection = -residual / error;
    reflections.push(reflection);
    const longer = [...filter, 0];
    filter = longer.map((coefficient, index) => coefficient + reflection * (longer[stage - index] ?? 0));
    error *= 1 - reflection * reflection;
  }
  return reflections;
}

export class BackgroundNoise {
  readonly #noise = new ColouredNoise(mostReflections);
  readonly #wanted = new Float64Array(mostReflections);
  #amplitude = 0;
  #wantedAmplitude = 0;
  #untilStep = 0;

  /** From now on the noise becomes like this; the first description holds at once. */
  describe({ levelDbov, reflections }: NoiseDescription): void {
    this.#wantedAmplitude = levelDbov < softestDbov ? 0 : fullScale * 10 ** (levelDbov / 20);
    this.#wanted.fill(0);
    this.#wanted.set(reflections.slice(0, mostReflections));
    if (this.#amplitude > 0) return;
    this.#amplitude = this.#wantedAmplitude;
    this.#noise.reflections.set(this.#wanted);
    this.#untilStep = 0;
  }

  /** Fills `into` with what goes on, in int16 scale. */
  fill(into: Float32Array): void {
    for (let start = 0; start < into.length;) {
      if (this.#untilStep === 0) this.#step();
      const end = Math.min(into.length, start + this.#untilStep);
      this.#noise.fill(into.subarray(start, end));
      this.#untilStep -= end - start;
      start = end;
    }
  }

  #step(): void {
    this.#untilStep = stepSamples;
    this.#amplitude += approach * (this.#wantedAmplitude - this.#amplitude);
    const { reflections } = this.#noise;
    let share = 1;
    for (const [stage, wanted] of this.#wanted.entries()) {
      const before = reflections[stage] ?? 0;
      const reflection = before + approach * (wanted - before);
      reflections[stage] = reflection;
      share *= 1 - reflection * reflection;
    }
    this.#noise.gain = this.#amplitude * Math.sqrt(share);
  }
}
