/**
 * How long packets must be able to wait, so that those that are on their way longest still come in time.
 *
 * A packet's transit is its arrival less its timestamp, both in milliseconds: meaningless by itself, since the two clocks have
 * nothing in common, but the difference of two transits is how much longer one packet was under way. What counts is how far the
 * slow ones lie behind the fastest of the last ten seconds:
 *
 *   packets │   ▂█▅▂
 *           │   ████▅▃▂▁▁  ▁        ▁          relative to the fastest, so that a clock that drifts is followed
 *           └───┴───────┴──────────────────▶ transit
 *            fastest   slow ones (99%)
 *
 * As a window and not an average that forgets: jitter that begins shows with its second packet, jitter that has ended is
 * forgotten after ten seconds, and a single stall, whose packets come all at once, is less than what the quantile leaves out.
 */
import { SlidingWindow } from './sliding-window.ts';

/** Long enough for many packets, short enough that clocks 100 ppm apart have moved by 1 ms only. */
const windowMs = 10_000;
const slowShare = 0.99;
/** So many packets say more than what was assumed before they came. */
const telling = 50;
/** Beyond the slowest that were seen: what has not been seen yet grows with what was. */
const marginMs = 5;
const marginShare = 1 / 8;

export interface DelayBounds {
  /** Assumed until a second's worth of packets has come. */
  startMs: number;
  leastMs: number;
  mostMs: number;
}

export class DelayEstimate {
  readonly #bounds: DelayBounds;
  readonly #transits = new SlidingWindow(windowMs);

  constructor(bounds: DelayBounds) {
    this.#bounds = bounds;
  }

  /** The transit of the fastest packet; null before the first. */
  get fastestMs(): number | null {
    return this.#transits.least;
  }

  /** How much longer than the fastest packet the slow ones are under way, as far as is known, and a little more. */
  get neededMs(): number {
    const { leastMs, mostMs } = this.#bounds;
    const spreadMs = (this.#transits.quantile(slowShare) ?? 0) - (this.#transits.least ?? 0);
    return Math.min(mostMs, Math.max(leastMs, marginMs + spreadMs * (1 + marginShare)));
  }

  /** The same, and what is assumed while little is known. */
  get targetMs(): number {
    return this.#transits.count < telling ? Math.max(this.#bounds.startMs, this.neededMs) : this.neededMs;
  }

  /**
   * Takes a packet into account, also one that came too late.
   * @param transitMs arrival less timestamp, in milliseconds of whatever origin
   */
  note(transitMs: number, arrivalMs: number): void {
    this.#transits.add(transitMs, arrivalMs);
  }

  /** Another stream begins. */
  reset(): void {
    this.#transits.clear();
  }
}
