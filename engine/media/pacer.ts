/**
 * A clock of slots at monotonic deadlines: slot n is due at the start plus n intervals, however long the slots before it took.
 * Slots whose time has passed are skipped, never made up for in a burst.
 *
 * All pacers of a thread share one timer. Timers count whole milliseconds from whenever the event loop last woke, so that alone they
 * are up to one late, each time by another part of it; in a thread of its own the last part is slept through to the deadline itself.
 */
import { performance } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

/** From the clock of `performance` to the one that Node's timers go by, whose whole milliseconds are the deadlines. */
const timersClockOffsetMs = ((): number => {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6 - performance.now();
})();

/** Milliseconds, monotonic, the same in every thread of the process. */
export function monotonicMs(): number {
  return performance.now() + timersClockOffsetMs;
}

/** A late slot is handled after the sockets have been read, so that what waited in them is not missed. */
const lateMs = 4;
/** The timer is set so much before the deadline where the rest is slept through. */
const leadMs = 1;
/** Not worth another sleep. */
const closeMs = 0.03;
/** With more pacers (each call has two) there is a deadline in most milliseconds, and sleeping to them would leave the sockets unread. */
const mostExactPacers = 4;

const neverWoken = new Int32Array(new SharedArrayBuffer(4));

/** Sleeps, with the thread standing still. */
function sleepUntil(dueMs: number): void {
  for (let leftMs = dueMs - monotonicMs(); leftMs > closeMs; leftMs = dueMs - monotonicMs())
    Atomics.wait(neverWoken, 0, 0, leftMs);
}

interface Deadline {
  /** A whole number of milliseconds; {@link run} sets the next one. */
  readonly dueMs: number;
  run(): void;
}

/** The one timer: wakes for the earliest deadline and runs all that are due. */
class DeadlineTimer {
  readonly #deadlines = new Set<Deadline>();
  #timer: NodeJS.Timeout | null = null;
  #wakesForMs = Infinity;

  add(deadline: Deadline): void {
    this.#deadlines.add(deadline);
    if (deadline.dueMs < this.#wakesForMs) this.#arm(deadline.dueMs);
  }

  delete(deadline: Deadline): void {
    this.#deadlines.delete(deadline);
    if (this.#deadlines.size > 0) return;
    if (this.#timer) clearTimeout(this.#timer);
    this.#wakesForMs = Infinity;
  }

  #arm(dueMs: number): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#wakesForMs = dueMs;
    const exact = !isMainThread && this.#deadlines.size <= mostExactPacers;
    const delayMs = dueMs - (exact ? leadMs : 0) - Math.floor(monotonicMs());
    this.#timer = setTimeout(() => this.#wake(dueMs, exact), Math.max(1, delayMs));
  }

  #wake(dueMs: number, exact: boolean): void {
    const sinceMs = monotonicMs() - dueMs;
    if (sinceMs > lateMs) {
      setImmediate(() => this.#run());
      return;
    }
    // A timer that was set while the loop's own time was old comes earlier still: it is set again.
    if (exact && sinceMs >= -2 * leadMs) sleepUntil(dueMs);
    this.#run();
  }

  #run(): void {
    this.#wakesForMs = Infinity;
    const nowMs = monotonicMs() + closeMs;
    let nextMs = Infinity;
    for (const deadline of this.#deadlines) {
      if (deadline.dueMs <= nowMs) deadline.run();
      nextMs = Math.min(nextMs, deadline.dueMs);
    }
    if (this.#deadlines.size > 0) this.#arm(nextMs);
  }
}

const timer = new DeadlineTimer();

export class Pacer implements Deadline {
  readonly #intervalMs: number;
  readonly #onSlot: (skipped: number) => void;
  #dueMs: number;

  /**
   * Starts at once; the first slot is one interval away.
   * @param intervalMs a whole number
   * @param onSlot called once for each slot that is due; `skipped` slots before it were missed.
   */
  constructor(intervalMs: number, onSlot: (skipped: number) => void) {
    this.#intervalMs = intervalMs;
    this.#onSlot = onSlot;
    this.#dueMs = Math.floor(monotonicMs()) + intervalMs;
    timer.add(this);
  }

  /** For the thread's timer. */
  get dueMs(): number {
    return this.#dueMs;
  }

  /** For the thread's timer: a slot is due. */
  run(): void {
    const skipped = Math.max(0, Math.floor((monotonicMs() - this.#dueMs) / this.#intervalMs));
    this.#dueMs += (skipped + 1) * this.#intervalMs;
    this.#onSlot(skipped);
  }

  /** Idempotent. */
  close(): void {
    timer.delete(this);
  }
}
