/**
 * A tone without end, in which the least interruption shows: speech has pauses of its own, and does not say at which frame it
 * stopped. Slow changes of its pace (clocks that drift apart) leave it whole.
 */

const frameMs = 20;
const amplitude = 8_192;
/** Least share of a frame's energy that lies at the tone, and by how many dB its level may differ. */
const wholeShare = 0.9;
const wholeDb = 1.5;

/** Loops without a seam: a multiple of 50 Hz, and whole fiftieths of a second. */
export function steadyTone(hz: number, rate: number, seconds: number): Int16Array {
  const step = (2 * Math.PI * hz) / rate;
  return Int16Array.from({ length: rate * seconds }, (_, at) => Math.round(amplitude * Math.sin(step * at)));
}

/** How loud a tone is among other sounds, in dBFS (mean power); −∞ where there is none of it. */
export function toneDb(samples: Int16Array, hz: number, rate: number): number {
  const step = (2 * Math.PI * hz) / rate;
  let [cosine, sine] = [0, 0];
  samples.forEach((sample, at) => {
    cosine += sample * Math.cos(step * at);
    sine += sample * Math.sin(step * at);
  });
  const power = (2 * (cosine ** 2 + sine ** 2)) / samples.length ** 2;
  return 10 * Math.log10(power / 32_768 ** 2);
}

export interface ToneFrames {
  /** Frames of 20 ms. */
  frames: number;
  /** Those in which the tone is missing, interrupted or of another level, by their place. */
  faulty: number[];
}

/** Looks at each whole frame of 20 ms for the tone that {@link steadyTone} made. */
export function toneFrames(samples: Int16Array, hz: number, rate: number): ToneFrames {
  const length = (rate * frameMs) / 1_000;
  const frames = Math.floor(samples.length / length);
  const faulty = Array.from({ length: frames }, (_, frame) => frame).filter(
    (frame) => !isWhole(samples.subarray(frame * length, (frame + 1) * length), (2 * Math.PI * hz) / rate),
  );
  return { frames, faulty };
}

function isWhole(frame: Int16Array, step: number): boolean {
  let [cosine, sine, energy] = [0, 0, 0];
  frame.forEach((sample, at) => {
    cosine += sample * Math.cos(step * at);
    sine += sample * Math.sin(step * at);
    energy += sample * sample;
  });
  const atTone = (2 * (cosine ** 2 + sine ** 2)) / frame.length;
  const levelDb = 10 * Math.log10(energy / frame.length / (amplitude ** 2 / 2));
  return atTone >= wholeShare * energy && Math.abs(levelDb) <= wholeDb;
}
