/**
 * Between int16 and float32 samples, where 32768 is 1.0. Int16 to float and back is exact; float to int16 rounds to the
 * nearest (ties to even), clamps to [-32768, 32767] and makes 0 of what is not a number.
 *
 * The `Into` forms write to the start of the target and allocate nothing; they throw RangeError when it is too short.
 */
import {
  convertSamples,
  inputFloat,
  inputInt16,
  outputFloat,
  outputInt16,
  sampleFunctions,
} from './module.ts';

export function int16ToFloatInto(samples: Int16Array, floats: Float32Array): void {
  convertSamples(samples, inputInt16, sampleFunctions.int16ToFloat, outputFloat, floats);
}

export function floatToInt16Into(floats: Float32Array, samples: Int16Array): void {
  convertSamples(floats, inputFloat, sampleFunctions.floatToInt16, outputInt16, samples);
}

export function int16ToFloat(samples: Int16Array): Float32Array {
  const floats = new Float32Array(samples.length);
  int16ToFloatInto(samples, floats);
  return floats;
}

export function floatToInt16(floats: Float32Array): Int16Array {
  const samples = new Int16Array(floats.length);
  floatToInt16Into(floats, samples);
  return samples;
}
