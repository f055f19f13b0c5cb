/** Where sound is like other sound. */
import { checkFrameLength, inputFloat, outputFloat, sampleFunctions, sumFloat } from './module.ts';

/**
 * Normalised correlation of `wanted` with the samples at each place of `line` where it fits, -1 to 1; silence is like nothing. Both are
 * in int16 scale.
 * @returns a view that holds until the next call of this module
 * @throws RangeError when `wanted` is longer than the line, or the line longer than 5,760 samples.
 */
export function likenessesAlong(line: Float32Array, wanted: Float32Array): Float32Array {
  checkFrameLength(line.length);
  const places = line.length - wanted.length + 1;
  if (places < 1) throw new RangeError(`${wanted.length} samples in a line of ${line.length}.`);
  inputFloat.whole.set(line);
  sumFloat.set(wanted);
  sampleFunctions.likenesses(wanted.length, places);
  return outputFloat.first(places);
}
