/**
 * Loads the WebAssembly module (native-wasm/assembly/, AssemblyScript) and lays typed views on its memory.
 *
 * A thread has ONE instance, made when this file is first imported (10 KB, synchronous): every function
 * finishes before it returns and keeps nothing in the memory but the resampler's filters, so all calls share
 * it, and the state of a stream lives with its owner. (One memory each would cost an address range of
 * gigabytes for every stream.) Workers have their own instance. Nothing is allocated per frame.
 *
 * Needs SIMD and bulk memory: Node 16.4.
 */
import { instantiate } from './compile.ts';
import { wasmBytes } from './generated/wasm-bytes.ts';

/** The module's functions; lengths are in samples, at most `maxSamples`. See native-wasm/assembly/ for each. */
export interface SampleFunctions {
  muLawEncode(length: number): void;
  muLawDecode(length: number): void;
  aLawEncode(length: number): void;
  aLawDecode(length: number): void;
  g722Encode(length: number): void;
  g722Decode(length: number): void;
  int16ToFloat(length: number): void;
  floatToInt16(length: number): void;
  rampFloat(length: number, fromGain: number, toGain: number): void;
  rampInt16(length: number, fromGain: number, toGain: number): void;
  levelFloat(length: number): number;
  levelInt16(length: number): number;
  mixClear(length: number): void;
  mixAddFloat(length: number, gain: number): void;
  mixAddInt16(length: number, gain: number): void;
  mixMinusFloat(length: number, gain: number): void;
  mixMinusInt16(length: number, gain: number): void;
  findSeam(at: number, from: number, to: number, length: number): number;
  blendSeam(at: number, shift: number, length: number, likeness: number): void;
  resample(filterSlot: number, up: number, down: number, taps: number, outputs: number): void;
  extrapolate(
    length: number,
    order: number,
    shortestLag: number,
    longestLag: number,
    compared: number,
    block: number,
    count: number,
  ): void;
  colourNoise(length: number, stages: number, gain: number, state: number): number;
  layOnNoise(length: number, share: number, wanted: number, step: number): number;
  likenesses(length: number, places: number): void;
}

interface ExportedConstant {
  readonly value: number;
}

interface ModuleExports extends SampleFunctions {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly MAX_SAMPLES: ExportedConstant;
  readonly MAX_TAPS: ExportedConstant;
  readonly FILTER_FLOATS: ExportedConstant;
  readonly FILTER_SLOTS: ExportedConstant;
  readonly INPUT: ExportedConstant;
  readonly OUTPUT: ExportedConstant;
  readonly LINE: ExportedConstant;
  readonly FILTERS: ExportedConstant;
  readonly MAX_PAST: ExportedConstant;
  readonly G722_STATE: ExportedConstant;
  readonly G722_STATE_NUMBERS: ExportedConstant;
  readonly SUM: ExportedConstant;
  readonly LATTICE_STAGES: ExportedConstant;
  readonly REFLECTIONS: ExportedConstant;
  readonly BACKWARD: ExportedConstant;
}

/** Int16, float32 or bytes: what the doors take and give. */
export type SampleArray = Int16Array | Float32Array | Uint8Array;

/** A fixed area of the module's memory, seen as one kind of sample. */
export interface Area<T extends SampleArray> {
  /** The whole area. */
  readonly whole: T;
  /** A view of the first samples, at most `maxSamples`. The last one is kept, because frames come in one length. */
  first(length: number): T;
}

function createArea<T extends SampleArray>(whole: T): Area<T> {
  let view = whole;
  return {
    whole,
    first(length) {
      if (view.length !== length) view = whole.subarray(0, length) as T;
      return view;
    },
  };
}

const exported = instantiate(
  Uint8Array.from(atob(wasmBytes), (character) => character.charCodeAt(0)),
) as ModuleExports;
const { buffer } = exported.memory;

/** The longest run of samples in one call: 5,760 (120 ms at 48 kHz). */
export const maxSamples = exported.MAX_SAMPLES.value;

/** Floats of one filter's room. */
export const filterFloats = exported.FILTER_FLOATS.value;

/** Filters that fit into the memory. */
export const filterSlots = exported.FILTER_SLOTS.value;

/** The longest past that is extrapolated, in samples. */
export const maxPast = exported.MAX_PAST.value;

export const sampleFunctions: SampleFunctions = exported;

export const inputBytes = createArea(new Uint8Array(buffer, exported.INPUT.value, maxSamples));
export const inputInt16 = createArea(new Int16Array(buffer, exported.INPUT.value, maxSamples));
export const inputFloat = createArea(new Float32Array(buffer, exported.INPUT.value, maxSamples));
export const outputBytes = createArea(new Uint8Array(buffer, exported.OUTPUT.value, maxSamples));
export const outputInt16 = createArea(new Int16Array(buffer, exported.OUTPUT.value, maxSamples));
export const outputFloat = createArea(new Float32Array(buffer, exported.OUTPUT.value, maxSamples));

/** The second input of what has two. */
export const sumFloat = new Float32Array(buffer, exported.SUM.value, maxSamples);

/** The resampler's line: history and new samples. */
export const resamplerLine = new Float32Array(
  buffer,
  exported.LINE.value,
  exported.MAX_TAPS.value + maxSamples,
);

/** All filters' coefficients, `filterFloats` each. */
export const resamplerFilters = new Float32Array(buffer, exported.FILTERS.value, filterSlots * filterFloats);

/** The state of the G.722 stream at work. */
export const g722State = new Int32Array(buffer, exported.G722_STATE.value, exported.G722_STATE_NUMBERS.value);

/** The lattice of the noise at work: reflection coefficients and backward errors. */
export const latticeReflections = new Float64Array(
  buffer,
  exported.REFLECTIONS.value,
  exported.LATTICE_STAGES.value,
);
export const latticeBackward = new Float64Array(
  buffer,
  exported.BACKWARD.value,
  exported.LATTICE_STAGES.value + 1,
);

/**
 * Runs a function that turns each input sample into one output sample over inputs of any length, in runs of
 * `maxSamples`.
 * @throws RangeError when the target is shorter than the source.
 */
export function convertSamples<S extends SampleArray, T extends SampleArray>(
  source: S,
  input: Area<S>,
  convert: (length: number) => void,
  output: Area<T>,
  target: T,
): void {
  const { length } = source;
  if (target.length < length) {
    throw new RangeError(`The target holds ${target.length} samples; ${length} are needed.`);
  }
  for (let start = 0; start < length; start += maxSamples) {
    const count = Math.min(maxSamples, length - start);
    input.whole.set(count === length ? source : source.subarray(start, start + count));
    convert(count);
    target.set(output.first(count), start);
  }
}

/**
 * Refuses a frame that the doors for single frames (level, gain, mix) cannot hold.
 * @throws RangeError
 */
export function checkFrameLength(length: number): void {
  if (length > maxSamples) throw new RangeError(`A frame of ${length} samples; at most ${maxSamples} fit.`);
}
