/**
 * Streaming sample rate converter: a polyphase FIR with linear phase, float32 in and out.
 *
 * With f the lower of the two rates: flat to 0.425 f (3.4 kHz of 8 kHz) within ±0.01 dB, -6 dB at 0.5 f, and
 * aliases or images from 0.575 f (4.6 kHz) on at least 75 dB down (resample.test.ts measures it). The group
 * delay is 16 samples of the lower rate: 2 ms to or from 8 kHz, 1 ms between 16 and 48 kHz.
 */
import { designLowPass, lowPassDelaySamples } from './low-pass.ts';
import {
  filterFloats,
  filterSlots,
  maxSamples,
  outputFloat,
  resamplerFilters,
  resamplerLine,
  sampleFunctions,
} from './module.ts';

export type SampleRateHz = 8000 | 16000 | 24000 | 32000 | 48000;

/** A ratio's filter in the module's memory. */
interface Filter {
  readonly slot: number;
  /** Taps of each branch, a multiple of 8. */
  readonly taps: number;
}

const filters = new Map<string, Filter>();

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** Lays the filter into the module's memory branch by branch, each reversed and padded with zeros to whole vectors. */
function loadFilter(up: number, down: number): Filter {
  const key = `${up}:${down}`;
  const loaded = filters.get(key);
  if (loaded) return loaded;

  const slot = filters.size;
  // Equal rates: one sample out is one sample in.
  const coefficients = up === down ? Float64Array.of(1) : designLowPass(up, down);
  const taps = Math.ceil(coefficients.length / up / 8) * 8;
  if (slot >= filterSlots || taps * up > filterFloats) {
    throw new RangeError(`No room for the filter ${key}.`);
  }
  const room = resamplerFilters.subarray(slot * filterFloats, (slot + 1) * filterFloats);
  for (const [index, coefficient] of coefficients.entries()) {
    const branch = index % up;
    const age = Math.floor(index / up);
    room[branch * taps + (taps - 1 - age)] = coefficient;
  }
  const filter = { slot, taps };
  filters.set(key, filter);
  return filter;
}

/** One stream's converter. It holds memory of its own only (its history), so there is nothing to give back. */
export class Resampler {
  readonly inputRateHz: SampleRateHz;
  readonly outputRateHz: SampleRateHz;
  /** What the filter adds to the delay, in milliseconds. */
  readonly groupDelayMs: number;
  readonly #up: number;
  readonly #down: number;
  readonly #filter: Filter;
  /** The newest taps - 1 samples of the past. */
  readonly #history: Float32Array;
  /** The longest input for one call of the module. */
  readonly #longestRun: number;
  /** Where in the line the next history lies, for inputs of `#tailFor` samples. */
  #tail: Float32Array;
  #tailFor = 0;

  constructor(inputRateHz: SampleRateHz, outputRateHz: SampleRateHz) {
    const divisor = greatestCommonDivisor(inputRateHz, outputRateHz);
    this.inputRateHz = inputRateHz;
    this.outputRateHz = outputRateHz;
    this.#up = outputRateHz / divisor;
    this.#down = inputRateHz / divisor;
    this.groupDelayMs =
      this.#up === this.#down ? 0 : (1000 * lowPassDelaySamples) / Math.min(inputRateHz, outputRateHz);
    this.#filter = loadFilter(this.#up, this.#down);
    this.#history = new Float32Array(this.#filter.taps - 1);
    this.#tail = resamplerLine.subarray(0, this.#history.length);
    this.#longestRun = Math.floor(maxSamples / Math.max(this.#up, this.#down)) * this.#down;
  }

  /**
   * Samples that come out for so many that go in (960 at 48 kHz are 160 at 8 kHz).
   * @throws RangeError when that is not a whole number.
   */
  outputLength(inputLength: number): number {
    const length = (inputLength * this.#up) / this.#down;
    if (!Number.isInteger(length)) {
      throw new RangeError(
        `${inputLength} samples at ${this.inputRateHz} Hz are no whole number of samples at ${this.outputRateHz} Hz.`,
      );
    }
    return length;
  }

  /**
   * Converts the next samples of the stream, of any length for which `outputLength` is whole.
   * @throws RangeError for another length.
   */
  process(input: Float32Array): Float32Array {
    const output = new Float32Array(this.outputLength(input.length));
    this.processInto(input, output);
    return output;
  }

  /**
   * The same into the start of `output`, without allocating when the frames have one length.
   * @throws RangeError for a length that `outputLength` refuses, and when the output is too short.
   */
  processInto(input: Float32Array, output: Float32Array): void {
    const needed = this.outputLength(input.length);
    if (output.length < needed) {
      throw new RangeError(`The output holds ${output.length} samples; ${needed} are needed.`);
    }
    for (let start = 0; start < input.length; start += this.#longestRun) {
      const count = Math.min(this.#longestRun, input.length - start);
      const run = count === input.length ? input : input.subarray(start, start + count);
      output.set(this.#convertRun(run), (start * this.#up) / this.#down);
    }
  }

  /** Forgets the past: the next sample follows silence. */
  reset(): void {
    this.#history.fill(0);
  }

  /** The converted run, a view that the next call of the module overwrites. */
  #convertRun(run: Float32Array): Float32Array {
    const past = this.#history.length;
    if (this.#tailFor !== run.length) {
      this.#tailFor = run.length;
      this.#tail = resamplerLine.subarray(run.length, run.length + past);
    }
    const outputs = (run.length * this.#up) / this.#down;
    resamplerLine.set(this.#history);
    resamplerLine.set(run, past);
    sampleFunctions.resample(this.#filter.slot, this.#up, this.#down, this.#filter.taps, outputs);
    this.#history.set(this.#tail);
    return outputFloat.first(outputs);
  }
}
