/**
 * Adds the voices of a conference. Sums are float32 inside, so that only the result saturates, never a step
 * on the way; in int16 with gain 1 they are exact for up to 512 parties. Nothing is kept between calls, and
 * no samples are allocated.
 *
 * All frames of one call have the output's length, at most 5,760 samples; another length throws RangeError.
 */
import {
  type Area,
  checkFrameLength,
  inputFloat,
  inputInt16,
  outputFloat,
  outputInt16,
  sampleFunctions,
} from './module.ts';

/** One party's frame and its linear gain. */
export interface MixInput<T extends Int16Array | Float32Array> {
  readonly frame: T;
  readonly gain: number;
}

/** The arithmetic of one sample format. */
interface Format<T extends Int16Array | Float32Array> {
  readonly input: Area<T>;
  readonly output: Area<T>;
  readonly add: (length: number, gain: number) => void;
  readonly readMinus: (length: number, gain: number) => void;
}

const int16Format: Format<Int16Array> = {
  input: inputInt16,
  output: outputInt16,
  add: sampleFunctions.mixAddInt16,
  readMinus: sampleFunctions.mixMinusInt16,
};

const floatFormat: Format<Float32Array> = {
  input: inputFloat,
  output: outputFloat,
  add: sampleFunctions.mixAddFloat,
  readMinus: sampleFunctions.mixMinusFloat,
};

function load<T extends Int16Array | Float32Array>(format: Format<T>, frame: T, length: number): void {
  if (frame.length !== length)
    throw new RangeError(`A frame of ${frame.length} samples in a mix of ${length}.`);
  format.input.whole.set(frame);
}

function sum<T extends Int16Array | Float32Array>(
  format: Format<T>,
  inputs: readonly MixInput<T>[],
  length: number,
): void {
  checkFrameLength(length);
  sampleFunctions.mixClear(length);
  for (const { frame, gain } of inputs) {
    load(format, frame, length);
    format.add(length, gain);
  }
}

function mixInto<T extends Int16Array | Float32Array>(
  format: Format<T>,
  inputs: readonly MixInput<T>[],
  output: T,
): void {
  const { length } = output;
  sum(format, inputs, length);
  // Without an own voice: whatever the input area holds, times a gain of 0, would let a stray infinity through.
  format.input.first(length).fill(0);
  format.readMinus(length, 0);
  output.set(format.output.first(length));
}

function mixMinusInto<T extends Int16Array | Float32Array>(
  format: Format<T>,
  inputs: readonly MixInput<T>[],
  outputs: readonly T[],
): void {
  if (outputs.length !== inputs.length) {
    throw new RangeError(`${outputs.length} outputs for ${inputs.length} parties.`);
  }
  const length = outputs[0]?.length ?? 0;
  sum(format, inputs, length);
  for (const [party, { frame, gain }] of inputs.entries()) {
    load(format, frame, length);
    format.readMinus(length, gain);
    outputs[party]?.set(format.output.first(length));
  }
}

/** The sum of all inputs, rounded and saturated to int16. No inputs give silence. */
export function mixInt16Into(inputs: readonly MixInput<Int16Array>[], output: Int16Array): void {
  mixInto(int16Format, inputs, output);
}

/** The sum of all inputs, saturated to [-1, 1]. No inputs give silence. */
export function mixFloatInto(inputs: readonly MixInput<Float32Array>[], output: Float32Array): void {
  mixInto(floatFormat, inputs, output);
}

/** Output i is the sum of all inputs except input i, saturated: what party i of a conference hears. */
export function mixMinusInt16Into(
  inputs: readonly MixInput<Int16Array>[],
  outputs: readonly Int16Array[],
): void {
  mixMinusInto(int16Format, inputs, outputs);
}

/** The same in float32. */
export function mixMinusFloatInto(
  inputs: readonly MixInput<Float32Array>[],
  outputs: readonly Float32Array[],
): void {
  mixMinusInto(floatFormat, inputs, outputs);
}
