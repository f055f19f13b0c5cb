/**
 * Sound that goes on where it was cut off: what probably would have come, from the 50 ms before. The mean of a linear prediction
 * and of the last pitch period repeated, kept as loud as the sound was. Good for tens of milliseconds; fading is the caller's.
 */
import { inputFloat, maxPast, maxSamples, outputFloat, sampleFunctions } from './module.ts';

/** Of the past, what a prediction is fitted to. */
const pastMs = 50;
/** The prediction's reach, longer than most voices' period. */
const orderMs = 16;
/** A prediction of higher order than this share of the past would be fitted to chance. */
const largestOrderShare = 0.6;
/** Voices of 67 to 333 Hz; a higher one repeats with several of its periods. */
const shortestPeriodMs = 3;
const longestPeriodMs = 15;
/** Compared to find the period. */
const comparedMs = 20;
/** Loudness is kept in steps of so much. */
const blockMs = 5;

/** How many samples of the past {@link extrapolateInto} looks at; more is of no use. */
export function extrapolatedPast(sampleRateHz: number): number {
  return Math.min(maxPast, (pastMs * sampleRateHz) / 1000);
}

/**
 * Fills `continuation` (in int16 scale, neither rounded nor clamped) with what goes on from the end of `past`. A past shorter than
 * {@link extrapolatedPast} is enough, but guesses worse; below 35 ms the pitch is not looked for.
 * @param past in int16 scale
 * @param sampleRateHz 8,000 to 48,000
 * @throws RangeError when the continuation is longer than 5,760 samples.
 */
export function extrapolateInto(past: Float32Array, sampleRateHz: number, continuation: Float32Array): void {
  const count = continuation.length;
  if (count > maxSamples) throw new RangeError(`${count} samples to extrapolate; at most ${maxSamples} fit.`);
  const samples = (milliseconds: number): number => Math.round((milliseconds * sampleRateHz) / 4000) * 4;
  const newest = past.subarray(-extrapolatedPast(sampleRateHz));
  const order = Math.min(samples(orderMs), Math.floor((newest.length * largestOrderShare) / 4) * 4);
  if (order === 0 || count === 0) {
    continuation.fill(0);
    return;
  }
  const hasPeriod = newest.length >= samples(comparedMs) + samples(longestPeriodMs);
  inputFloat.whole.set(newest);
  sampleFunctions.extrapolate(
    newest.length,
    order,
    samples(shortestPeriodMs),
    hasPeriod ? samples(longestPeriodMs) : 0,
    samples(comparedMs),
    samples(blockMs),
    count,
  );
  continuation.set(outputFloat.first(count));
}
