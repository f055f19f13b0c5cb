/** Whether what one says comes back as the same sound. */
import type { Page } from '@playwright/test';
import { longestRow, windowCorrelations } from '../support/audio-compare.ts';
import { comparedRate, hear } from './heard-sound.ts';
import { skipWhenHopeless, witnessed } from './machine-witness.ts';

/** Alike enough to be the same sound (1 is the very same). */
const sameSound = 0.98;
const settlingMs = 1_500;
const steadyWithinMs = 75_000;
const spareSeconds = 5;
/** By how much a second may lie elsewhere than the others: buffers grow and shrink. */
const slackSeconds = 0.1;

/** The microphone's file comes around again without a pause: what was heard may begin anywhere in it. */
function twice(samples: Int16Array): Int16Array {
  const both = new Int16Array(samples.length * 2);
  both.set(samples);
  both.set(samples, samples.length);
  return both;
}

/** How alike each audible second is to what was said. */
export function likeness(spoken: Int16Array, heard: Int16Array): { correlation: number }[] {
  return windowCorrelations(twice(spoken), heard, comparedRate, 1, { slackSeconds });
}

/**
 * So many seconds in a row come back the same. On a busy machine the sound cards' clocks stumble now and then, and for a while
 * afterwards the buffers catch up a little faster than life: what is heard holds more seconds, and is listened to again.
 */
export async function expectEcho(page: Page, spoken: Int16Array, seconds: number): Promise<void> {
  let leastLagMs = Infinity;
  let inSeconds: { correlation: number }[];
  const endMs = performance.now() + steadyWithinMs;
  do {
    await page.waitForTimeout(settlingMs);
    const { result, worstLagMs } = await witnessed(() => hear(page, seconds + spareSeconds));
    leastLagMs = Math.min(leastLagMs, worstLagMs);
    inSeconds = likeness(spoken, result);
    if (longestRow(inSeconds, sameSound) >= seconds) return;
  } while (performance.now() < endMs);
  skipWhenHopeless(leastLagMs);
  throw new Error(
    `what came back is not the same sound: ${inSeconds.map(({ correlation }) => correlation.toFixed(3)).join(', ')}`,
  );
}
