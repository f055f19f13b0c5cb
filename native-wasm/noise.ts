/** Noise of any colour, and sound with noise under it. Samples are in int16 scale. */
import {
  checkFrameLength,
  inputFloat,
  latticeBackward,
  latticeReflections,
  outputFloat,
  outputInt16,
  sampleFunctions,
  sumFloat,
} from './module.ts';

const firstState = 0x2545_f491;

/** White noise through an all-pole lattice, whose coefficients may change at any time; goes on where it was. */
export class ColouredNoise {
  /** Reflection coefficients, each between -1 and 1. */
  readonly reflections: Float64Array;
  /** Of the white noise: its power's square root. */
  gain = 0;
  readonly #backward: Float64Array;
  /** Nothing here needs to be unguessable. */
  #state = firstState;

  /**
   * @param stages of the lattice
   * @throws RangeError for more than 10.
   */
  constructor(stages: number) {
    if (stages > latticeReflections.length) throw new RangeError(`A lattice of ${stages} stages.`);
    this.reflections = new Float64Array(stages);
    this.#backward = new Float64Array(stages + 1);
  }

  /** @throws RangeError when `into` is longer than 5,760 samples. */
  fill(into: Float32Array): void {
    const { length } = into;
    checkFrameLength(length);
    latticeReflections.set(this.reflections);
    latticeBackward.set(this.#backward);
    this.#state = sampleFunctions.colourNoise(length, this.reflections.length, this.gain, this.#state);
    this.#backward.set(latticeBackward.subarray(0, this.#backward.length));
    into.set(outputFloat.first(length));
  }
}

/** A share of noise, on its way. */
export interface NoiseShare {
  /** 0 to 1, before the first sample. */
  share: number;
  wanted: number;
  /** By so much a sample at most. */
  step: number;
}

/**
 * Fills `into` with `line` and a share of `noise`, rounded and clamped. All have one length.
 * @returns the share of the last sample
 * @throws RangeError when they are longer than 5,760 samples.
 */
export function layOnNoise(
  line: Float32Array,
  noise: Float32Array,
  { share, wanted, step }: NoiseShare,
  into: Int16Array,
): number {
  const { length } = into;
  checkFrameLength(Math.max(length, line.length, noise.length));
  inputFloat.whole.set(line);
  sumFloat.set(noise);
  const reached = sampleFunctions.layOnNoise(length, share, wanted, step);
  into.set(outputInt16.first(length));
  return reached;
}
