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
/** With more pacers (each call has one) there is a deadline in most milliseconds, and sleeping to them would leave the sockets unread. */
const mostExactPacers = 4;

const neverWoken = new Int32Array(new SharedArrayBuffer(4));

/** Sleeps, with the thread standing still. */
function sleepUntil(dueMs: number): void {
  for (let leftMs = dueMs - monotonicMs(); leftMs > closeMs; leftMs = dueMs - monotonicMs())
    Atomics.wait(neverWoken, 0, 0, leftMs);
}

interface Deadline {
  /** A whole number of milliseconds. */
  readonly dueMs: number;
  /** Goes on to the first deadline after `nowMs`. Answers how many between were missed. */
  advance(nowMs: number): number;
  /** What is to be done; `skipped` times before it was not. */
  readonly onSlot: (skipped: number) => void;
}

/** The one timer: wakes for the earliest deadline and runs all that are due. */
class DeadlineTimer {
  /** In their order. Nearly all have the same interval, so that one that has been met becomes the last. */
  readonly #deadlines: Deadline[] = [];
  #timeout: NodeJS.Timeout | null = null;
  #delayMs = 0;
  #wakesForMs = Infinity;

  add(deadline: Deadline): void {
    this.#insert(deadline);
    if (deadline.dueMs < this.#wakesForMs) this.#arm(deadline.dueMs);
  }

  delete(deadline: Deadline): void {
    const place = this.#deadlines.indexOf(deadline);
    if (place >= 0) this.#deadlines.splice(place, 1);
    if (this.#deadlines.length > 0) return;
    if (this.#timeout) clearTimeout(this.#timeout);
    this.#timeout = null;
    this.#wakesForMs = Infinity;
  }

  #insert(deadline: Deadline): void {
    const last = this.#deadlines.at(-1);
    if (last === undefined || last.dueMs <= deadline.dueMs) {
      this.#deadlines.push(deadline);
      return;
    }
    const before = this.#deadlines.findLastIndex(({ dueMs }) => dueMs <= deadline.dueMs);
    this.#deadlines.splice(before + 1, 0, deadline);
  }

  get #isExact(): boolean {
    return !isMainThread && this.#deadlines.length <= mostExactPacers;
  }

  #arm(dueMs: number): void {
    this.#wakesForMs = dueMs;
    const delayMs = Math.max(1, dueMs - (this.#isExact ? leadMs : 0) - Math.floor(monotonicMs()));
    // At an even pace it is the same delay over and over, and Node's timer can be used again.
    if (this.#timeout !== null && delayMs === this.#delayMs) {
      this.#timeout.refresh();
      return;
    }
    if (this.#timeout) clearTimeout(this.#timeout);
    this.#delayMs = delayMs;
    this.#timeout = setTimeout(() => this.#wake(), delayMs);
  }

  #wake(): void {
    const sinceMs = monotonicMs() - this.#wakesForMs;
    if (sinceMs > lateMs) {
      setImmediate(() => this.#run());
      return;
    }
    // A timer that was set while the loop's own time was old comes earlier still: it is set again.
    if (this.#isExact && sinceMs >= -2 * leadMs) sleepUntil(this.#wakesForMs);
    this.#run();
  }

  #run(): void {
    this.#wakesForMs = Infinity;
    const nowMs = monotonicMs() + closeMs;
    for (let first = this.#deadlines[0]; first && first.dueMs <= nowMs; first = this.#deadlines[0]) {
      const skipped = first.advance(nowMs);
      this.#deadlines.shift();
      this.#insert(first);
      first.onSlot(skipped);
    }
    const next = this.#deadlines[0];
    if (next) this.#arm(next.dueMs);
  }
}

const timer = new DeadlineTimer();

export class Pacer implements Deadline {
  readonly onSlot: (skipped: number) => void;
  readonly #intervalMs: number;
  #dueMs: number;

  /**
   * Starts at once; the first slot is one interval away.
   * @param intervalMs a whole number
   * @param onSlot called once for each slot that is due; `skipped` slots before it were missed.
   */
  constructor(intervalMs: number, onSlot: (skipped: number) => void) {
    this.#intervalMs = intervalMs;
    this.onSlot = onSlot;
    this.#dueMs = Math.floor(monotonicMs()) + intervalMs;
    timer.add(this);
  }

  /** For the thread's timer. */
  get dueMs(): number {
    return this.#dueMs;
  }

  /** For the thread's timer. */
  advance(nowMs: number): number {
    const skipped = Math.max(0, Math.floor((nowMs - this.#dueMs) / this.#intervalMs));
    this.#dueMs += (skipped + 1) * this.#intervalMs;
    return skipped;
  }

  /** Idempotent. */
  close(): void {
    timer.delete(this);
  }
}
