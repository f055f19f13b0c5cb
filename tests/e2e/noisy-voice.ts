/** A voice in a noisy room: what the microphone hears, and how loud the room and the voice are in what others hear of it. */
import { mulberry32 } from '../support/prng.ts';
import { speech } from '../support/speech.ts';
import type { Recording } from '../support/wav-file.ts';

const rate = 48_000;
/** Amplitude of the noise, of 32768: a loud fan, far above what any codec leaves of silence. */
const noiseAmplitude = 700;
const seed = 7;
const frameMs = 20;
/** One speaks for so long, then listens for as long. */
const turnSeconds = 1;
/** A stretch of this length is in every pause; whatever is heard for {@link listenSeconds} holds a pause. */
const stretchFrames = 500 / frameMs;
export const listenSeconds = 3 * turnSeconds;
/** The voice is what one hears where it is loud. */
const voiceFrom = 0.95;
/**
 * A stretch is as loud as all but its loudest quarter. A sound card that stumbles leaves holes: they make neither a noisy room quiet
 * nor a quiet room noisy while they fill less than that.
 */
const loudnessFrom = 0.75;

/** Somebody who speaks every other second, with the same noise under all of it; −6 dBFS at most. */
export async function noisyVoice(seconds: number): Promise<Recording> {
  const { samples } = await speech({ seconds, rate });
  const draw = mulberry32(seed);
  const speaks = (index: number) => Math.floor(index / (turnSeconds * rate)) % 2 === 0;
  const noisy = samples.map(
    (sample, index) => (speaks(index) ? sample : 0) + (draw() * 2 - 1) * noiseAmplitude,
  );
  return { samples: noisy, rate };
}

/** Levels in dBFS of the room (in the quietest half second) and of the voice (where it is loudest). */
export function roomAndVoice(samples: Int16Array, heardRate: number): { roomDb: number; voiceDb: number } {
  const length = (heardRate * frameMs) / 1_000;
  const levels = Array.from({ length: Math.floor(samples.length / length) }, (_, frame) => {
    const power = samples
      .subarray(frame * length, (frame + 1) * length)
      .reduce((sum, sample) => sum + sample ** 2, 0);
    return 10 * Math.log10(Math.max(power / length, 1) / 32_768 ** 2);
  });
  const stretches = Array.from({ length: levels.length - stretchFrames + 1 }, (_, first) =>
    quantile(levels.slice(first, first + stretchFrames), loudnessFrom),
  );
  return { roomDb: Math.min(...stretches), voiceDb: quantile(levels, voiceFrom) };
}

function quantile(levels: readonly number[], share: number): number {
  const sorted = levels.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * share)] ?? -Infinity;
}
