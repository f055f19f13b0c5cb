/** What a few seconds of a microphone say about it. */

export type MicrophoneVerdict = 'good' | 'too-quiet' | 'too-loud' | 'silent';

/** One frame of 20 ms, linear, full scale is 1. */
export interface FrameLevel {
  peak: number;
  /** Mean power. */
  power: number;
}

/** All in dBFS. A telephone's voice is at −26 while one speaks (ITU-T P.56); a good microphone's own noise is below −60. */
const silentBelowDb = -60;
const quietBelowDb = -45;
const clipsFromDb = -0.2;
/** While somebody speaks is where it is louder than in four of five frames. */
const speakingShare = 0.2;
/** So many frames at the top are no slip any more. */
const clippedFrames = 3;

export const decibels = (power: number): number => 10 * Math.log10(Math.max(power, 1e-13));

/** Judges frames that follow each other; three seconds are enough. */
export function judgeMicrophone(levels: readonly FrameLevel[]): MicrophoneVerdict {
  const clipped = levels.filter(({ peak }) => decibels(peak * peak) >= clipsFromDb).length;
  if (clipped >= clippedFrames) return 'too-loud';
  const loudest = levels.map(({ power }) => power).sort((a, b) => b - a);
  const speaking = loudest.slice(0, Math.max(Math.round(loudest.length * speakingShare), 1));
  const level = decibels(speaking.reduce((sum, power) => sum + power, 0) / Math.max(speaking.length, 1));
  if (level < silentBelowDb) return 'silent';
  return level < quietBelowDb ? 'too-quiet' : 'good';
}

export function levelOf(samples: Float32Array): FrameLevel {
  let peak = 0;
  let sum = 0;
  for (const sample of samples) {
    peak = Math.max(peak, Math.abs(sample));
    sum += sample * sample;
  }
  return { peak, power: sum / Math.max(samples.length, 1) };
}
