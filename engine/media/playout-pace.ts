/**
 * Whether what is heard should be played a little faster or slower.
 *
 * Frames are pulled every 20 ms, so that a packet is wanted up to a frame before its own sound is: what is left of the packet
 * before it is played first. The slack is how long the next packet may take beyond the fastest one's time:
 *
 *   lag of what is played = slack + what is left of the last packet (within the step by which packets and frames shift)
 *
 * Therefore a lag that is shorter by less than what is left costs no slack, and beyond that it costs a whole step. The lag is
 * made as short as it can be with the slack still at the target, and longer when the slack has fallen below what is needed.
 */
import { frameMs } from './frame.ts';

export interface PlayoutPosition {
  /** How long the next sample has waited since the fastest packet would have brought it. */
  lagMs: number;
  /** Decoded sound that waits to be pulled. */
  restMs: number;
  packetMs: number;
  /** The slack that is needed, as far as is known, and what is aimed at. */
  neededMs: number;
  targetMs: number;
}

export type Pace =
  | { kind: 'steady' }
  /** Leave out up to so much, where the sound is at least so much like itself (0 to 1). */
  | { kind: 'faster'; mostMs: number; likeness: number }
  /** Say about so much twice. */
  | { kind: 'slower'; wantedMs: number; likeness: number };

/** Nothing shorter is worth a seam. */
const leastMs = 4;
/** After a seam so many frames are played as they are: at most a quarter of all frames is touched. */
const restFrames = 3;
/** A seam in voiced sound can hardly be heard; the longer one is waited for, and the farther the lag is off, the less is asked. */
const fineLikeness = 0.9;
const patiencePerFrame = 0.01;
const urgencyPerMs = 0.005;
const leastLikeness = 0.3;

const steady: Pace = { kind: 'steady' };

export class PlayoutPace {
  readonly #roomMs: number;
  #framesSinceSeam = restFrames;
  #waitedFrames = 0;

  /** @param roomMs slack beyond the target that is left alone */
  constructor(roomMs: number) {
    this.#roomMs = roomMs;
  }

  /** Asks for each frame, before it is played. */
  next({ lagMs, restMs, packetMs, neededMs, targetMs }: PlayoutPosition): Pace {
    this.#framesSinceSeam += 1;
    if (this.#framesSinceSeam <= restFrames) return steady;
    const stepMs = stepOf(packetMs);
    const leftMs = restMs % stepMs;
    const slackMs = lagMs - leftMs - (frameMs - stepMs);
    const shortMs = neededMs - slackMs;
    if (shortMs > 0) {
      const wantedMs = Math.ceil(shortMs / stepMs) * stepMs - leftMs;
      return { kind: 'slower', wantedMs, likeness: this.#wait(shortMs) };
    }
    const surplusMs = slackMs - targetMs - this.#roomMs;
    const mostMs = surplusMs < 0 ? 0 : Math.floor(surplusMs / stepMs) * stepMs + leftMs;
    if (mostMs >= leastMs) return { kind: 'faster', mostMs, likeness: this.#wait(mostMs) };
    this.#waitedFrames = 0;
    return steady;
  }

  /** A seam was made. */
  seamed(): void {
    this.#framesSinceSeam = 0;
    this.#waitedFrames = 0;
  }

  #wait(offMs: number): number {
    this.#waitedFrames += 1;
    const asked = fineLikeness - patiencePerFrame * this.#waitedFrames - urgencyPerMs * offMs;
    return Math.max(leastLikeness, asked);
  }
}

/** By how much the beginnings of packets shift against those of frames: 20 ms for 20, 40 and 60 ms, 10 ms for 10 and 30. */
function stepOf(packetMs: number): number {
  if (packetMs === frameMs) return frameMs;
  let [step, rest] = [frameMs, packetMs];
  // Packet times are multiples of 2.5 ms; what is left below that is not a step but rounding.
  while (rest >= 1) [step, rest] = [rest, step % rest];
  return step;
}
