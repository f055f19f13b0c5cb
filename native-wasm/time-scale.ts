/**
 * Sound that is played a little faster or slower without another pitch: a reading place jumps ahead or back to where the
 * sound goes on as it does here (usually by a pitch period), blending over on the way.
 */
import { checkFrameLength, inputInt16, outputFloat, outputInt16, sampleFunctions } from './module.ts';

/** A place where sound can be left out or said twice. */
export interface Seam {
  /** Samples from here to there: positive leaves out, negative says twice. */
  shift: number;
  /** The normalised cross-correlation of here and there, -1 to 1. */
  likeness: number;
  /** Mean power in dB of full scale, here and there; at least -127. */
  hereDbfs: number;
  thereDbfs: number;
}

const vectorSamples = 8;
const floorDbfs = -127;

/**
 * Looks for the best seam at `at` among the shifts from `from` to `to`, both inclusive.
 * @param length samples that are compared, rounded down to a multiple of 8; all of them must lie in the line, here and there
 * @throws RangeError when they do not, and when the line is longer than 5,760 samples.
 */
export function findSeam(line: Int16Array, at: number, from: number, to: number, length: number): Seam {
  const compared = Math.floor(length / vectorSamples) * vectorSamples;
  checkReach(line, Math.min(at, at + from), Math.max(at, at + to) + compared);
  if (from > to || compared === 0)
    throw new RangeError(`No shift from ${from} to ${to} over ${compared} samples.`);
  inputInt16.whole.set(line);
  const shift = sampleFunctions.findSeam(at, from, to, compared);
  const [likeness = 0, here = 0, there = 0] = outputFloat.whole;
  return { shift, likeness, hereDbfs: dbfs(here / compared), thereDbfs: dbfs(there / compared) };
}

/**
 * Fills `output` with the way from the samples at `at` to those at `at + seam.shift`; the sound goes on at
 * `at + seam.shift + output.length`.
 * @throws RangeError when either place leaves the line, and when the line is longer than 5,760 samples.
 */
export function blendSeamInto(
  line: Int16Array,
  at: number,
  { shift, likeness }: Pick<Seam, 'shift' | 'likeness'>,
  output: Int16Array,
): void {
  checkReach(line, Math.min(at, at + shift), Math.max(at, at + shift) + output.length);
  inputInt16.whole.set(line);
  sampleFunctions.blendSeam(at, shift, output.length, Math.max(0, likeness));
  output.set(outputInt16.first(output.length));
}

function checkReach(line: Int16Array, first: number, end: number): void {
  checkFrameLength(line.length);
  if (first < 0 || end > line.length) {
    throw new RangeError(`Samples ${first} to ${end} of a line of ${line.length}.`);
  }
}

/** Of a mean square in int16 scale. */
function dbfs(meanSquare: number): number {
  return Math.max(floorDbfs, 10 * Math.log10(meanSquare / 32_768 ** 2));
}
