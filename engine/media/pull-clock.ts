/**
 * When frames are pulled, steadied. A sound card asks in batches of its own, up to 20 ms early or late, and a busy process late;
 * what counts for how long packets may take is how early a pull can come.
 */
import { frameMs } from './frame.ts';
import { SlidingWindow } from './sliding-window.ts';

const windowMs = 2000;
/** Later than this, pulls have paused and begun anew. */
const pausedMs = 500;

export class PullClock {
  readonly #phases = new SlidingWindow(windowMs);
  #frames = 0;

  /** Takes the time of the next pull. Answers with the time at which it would have come, had it been as early as others lately. */
  pull(nowMs: number): number {
    const phase = nowMs - this.#frames * frameMs;
    this.#frames += 1;
    if (phase - (this.#phases.least ?? phase) > pausedMs) this.#phases.clear();
    this.#phases.add(phase, nowMs);
    return nowMs - phase + (this.#phases.least ?? phase);
  }
}
