/**
 * The noise behind a voice: described by its loudness and its colour, and made again from the description, so that a line does not
 * sound dead while nothing comes. The colour is an all-pole filter in lattice form, whose coefficients may change at any time
 * without the filter becoming unstable.
 */
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
  readonly #reflections = new Float64Array(mostReflections);
  readonly #wanted = new Float64Array(mostReflections);
  /** Backward errors of the lattice. */
  readonly #state = new Float64Array(mostReflections + 1);
  #amplitude = 0;
  #wantedAmplitude = 0;
  #gain = 0;
  #untilStep = 0;
  #random = 0x2545_f491;

  /** From now on the noise becomes like this; the first description holds at once. */
  describe({ levelDbov, reflections }: NoiseDescription): void {
    this.#wantedAmplitude = levelDbov < softestDbov ? 0 : fullScale * 10 ** (levelDbov / 20);
    this.#wanted.fill(0);
    this.#wanted.set(reflections.slice(0, mostReflections));
    if (this.#amplitude > 0) return;
    this.#amplitude = this.#wantedAmplitude;
    this.#reflections.set(this.#wanted);
    this.#untilStep = 0;
  }

  /** The next sample, in int16 scale. */
  next(): number {
    if (this.#untilStep === 0) this.#step();
    this.#untilStep -= 1;
    let forward = this.#gain * this.#white();
    for (let stage = mostReflections - 1; stage >= 0; stage -= 1) {
      const reflection = this.#reflections[stage] ?? 0;
      const backward = this.#state[stage] ?? 0;
      forward -= reflection * backward;
      this.#state[stage + 1] = backward + reflection * forward;
    }
    this.#state[0] = forward;
    return forward;
  }

  #step(): void {
    this.#untilStep = stepSamples;
    this.#amplitude += approach * (this.#wantedAmplitude - this.#amplitude);
    let share = 1;
    for (const [stage, wanted] of this.#wanted.entries()) {
      const before = this.#reflections[stage] ?? 0;
      const reflection = before + approach * (wanted - before);
      this.#reflections[stage] = reflection;
      share *= 1 - reflection * reflection;
    }
    this.#gain = this.#amplitude * Math.sqrt(share);
  }

  /** White noise of power 1 (G. Marsaglia's xorshift32): nothing here needs to be unguessable. */
  #white(): number {
    let state = this.#random;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#random = state;
    return (Math.sqrt(3) * state) / 2 ** 31;
  }
}
