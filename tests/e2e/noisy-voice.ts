/** A voice in a noisy room: what the microphone hears, and how loud the room and the voice are in what others hear of it. */
import { mulberry32 } from '../support/prng.ts';
import { speech } from '../support/speech.ts';
import type { Recording } from '../support/wav-file.ts';

const rate = 48_000;
/** Amplitude of the noise, of 32768: a loud fan, far above what any codec leaves of silence. */
const noiseAmplitude = 700;
const seed = 7;
const frameMs = 20;
/** The room is what is left where one pauses, the voice where one speaks. */
const pausesUpTo = 0.1;
const voiceFrom = 0.8;

/** Speech with the same noise under all of it; −6 dBFS at most. */
export async function noisyVoice(seconds: number): Promise<Recording> {
  const { samples } = await speech({ seconds, rate });
  const draw = mulberry32(seed);
  return { samples: samples.map((sample) => sample + (draw() * 2 - 1) * noiseAmplitude), rate };
}

/** Levels in dBFS of the room (where it is quietest) and of the voice (where it is loudest). */
export function roomAndVoice(samples: Int16Array, heardRate: number): { roomDb: number; voiceDb: number } {
  const length = (heardRate * frameMs) / 1_000;
  const levels = Array.from({ length: Math.floor(samples.length / length) }, (_, frame) => {
    const power = samples
      .subarray(frame * length, (frame + 1) * length)
      .reduce((sum, sample) => sum + sample ** 2, 0);
    return 10 * Math.log10(Math.max(power / length, 1) / 32_768 ** 2);
  }).sort((a, b) => a - b);
  const at = (share: number) => levels[Math.floor(levels.length * share)] ?? -Infinity;
  return { roomDb: at(pausesUpTo), voiceDb: at(voiceFrom) };
}
