/**
 * When frames are pulled, steadied. A sound card asks in batches of its own, up to 20 ms early or late, and a busy process late;
 * what counts for how long packets may take is how early a pull can come.
 */
import { frameMs } from './frame.ts';
import { RecentLeast } from './recent-least.ts';

const windowMs = 2000;
/** Later than this, pulls have paused and begun anew. */
const pausedMs = 500;

export class PullClock {
  readonly #earliest = new RecentLeast(windowMs);
  #frames = 0;

  /** Takes the time of the next pull. Answers with the time at which it would have come, had it been as early as others lately. */
  pull(nowMs: number): number {
    const phase = nowMs - this.#frames * frameMs;
    this.#frames += 1;
    if (phase - (this.#earliest.value ?? phase) > pausedMs) this.#earliest.clear();
    this.#earliest.add(phase, nowMs);
    return nowMs - phase + (this.#earliest.value ?? phase);
  }
}
