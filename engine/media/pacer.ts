/**
 * A clock of slots at monotonic deadlines: slot n is due at the start plus n intervals, however long the slots before it took.
 * Slots whose time has passed are skipped, never made up for in a burst.
 */

/** Milliseconds of the clock that Node's own timers go by, so that a deadline on a whole number is met to the same instant. */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}

/** A late slot is handled after the sockets have been read, so that what waited in them is not missed. */
const lateMs = 4;

export class Pacer {
  readonly #intervalMs: number;
  readonly #onSlot: (skipped: number) => void;
  readonly #startMs: number;
  #slot = 0;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  /**
   * Starts at once; the first slot is one interval away.
   * @param onSlot called once for each slot that is due; `skipped` slots before it were missed.
   */
  constructor(intervalMs: number, onSlot: (skipped: number) => void) {
    this.#intervalMs = intervalMs;
    this.#onSlot = onSlot;
    this.#startMs = Math.floor(monotonicMs());
    this.#schedule();
  }

  #schedule(): void {
    this.#slot += 1;
    const dueMs = this.#startMs + this.#slot * this.#intervalMs;
    this.#timer = setTimeout(() => this.#wake(dueMs), Math.max(1, dueMs - Math.floor(monotonicMs())));
  }

  #wake(dueMs: number): void {
    if (this.#closed) return;
    if (monotonicMs() - dueMs > lateMs) setImmediate(() => this.#run(dueMs));
    else this.#run(dueMs);
  }

  #run(dueMs: number): void {
    if (this.#closed) return;
    const skipped = Math.max(0, Math.floor((monotonicMs() - dueMs) / this.#intervalMs));
    this.#slot += skipped;
    this.#schedule();
    this.#onSlot(skipped);
  }

  /** Idempotent. */
  close(): void {
    this.#closed = true;
    if (this.#timer) clearTimeout(this.#timer);
  }
}
