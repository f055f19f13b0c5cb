/**
 * How loud a frame is. Decibels are relative to digital full scale (dBov of RFC 6465 and RFC 3389): a square
 * wave of full scale has 0, a sine of full scale has an rms of -3.01 and a peak of 0. The floor is -127,
 * which is also silence's level, so that a level is always a number.
 */
import { checkFrameLength, inputFloat, inputInt16, outputFloat, sampleFunctions } from './module.ts';

const { levelFloat, levelInt16 } = sampleFunctions;

/** The level of digital silence and the lowest that is told, in dB. */
export const silenceDbfs = -127;

export interface FrameLevel {
  rmsDbfs: number;
  peakDbfs: number;
}

function toDbfs(power: number): number {
  // Written so that what is not a number becomes silence.
  const dbfs = 10 * Math.log10(power);
  return dbfs > silenceDbfs ? dbfs : silenceDbfs;
}

/**
 * Rms and peak of a frame of int16 (32768 is full scale) or float32 (1.0 is full scale; more than that is
 * above 0 dB).
 * @param level filled and returned; pass the last one to allocate nothing. An empty frame is silence.
 * @throws RangeError when the frame is longer than 5,760 samples.
 */
export function measureLevel(
  frame: Int16Array | Float32Array,
  level: FrameLevel = { rmsDbfs: silenceDbfs, peakDbfs: silenceDbfs },
): FrameLevel {
  checkFrameLength(frame.length);
  let meanSquare: number;
  if (frame instanceof Int16Array) {
    inputInt16.whole.set(frame);
    meanSquare = levelInt16(frame.length);
  } else {
    inputFloat.whole.set(frame);
    meanSquare = levelFloat(frame.length);
  }
  const peak = outputFloat.whole[0] ?? 0;
  level.rmsDbfs = toDbfs(meanSquare);
  level.peakDbfs = toDbfs(peak * peak);
  return level;
}
