/** A call's quality over time: a point every second while it lasts, and what is left of it in the call log. */
import type { CallSnapshot, HistoryEntry, MediaStats, QualityPoint } from '../contract/snapshot.ts';

/** An hour. */
const mostPoints = 3600;

export class CallQuality {
  #points: QualityPoint[] = [];
  #last: MediaStats | null = null;
  /** Over the whole call, however long. */
  #opinions = { sum: 0, count: 0 };
  #jitters = { sum: 0, count: 0 };

  /** Once a second, with what the media session tells. */
  note(stats: MediaStats, at: number): void {
    const { lossPercent, jitterMs, bufferMs, rttMs, mos } = stats;
    this.#last = stats;
    this.#points.push({ at, lossPercent, jitterMs, bufferMs, rttMs, mos });
    if (this.#points.length > mostPoints) this.#points.shift();
    if (mos === null) return;
    this.#opinions = { sum: this.#opinions.sum + mos, count: this.#opinions.count + 1 };
    this.#jitters = { sum: this.#jitters.sum + jitterMs, count: this.#jitters.count + 1 };
  }

  /** The last counts of a call that is over. */
  finish(stats: MediaStats): void {
    this.#last = stats;
  }

  /** Oldest first. */
  get points(): QualityPoint[] {
    return [...this.#points];
  }

  /** For the call log; null for a call whose sound never ran. */
  summary(call: Pick<CallSnapshot, 'media'>): HistoryEntry['quality'] {
    const stats = this.#last;
    if (stats === null || stats.sent + stats.received === 0) return null;
    const expected = stats.received + stats.lost;
    return {
      mos: mean(this.#opinions) ?? stats.mos,
      lossPercent: expected === 0 ? 0 : (100 * (stats.lost + stats.late)) / expected,
      jitterMs: mean(this.#jitters) ?? stats.jitterMs,
      rttMs: stats.rttMs,
      codec: stats.codec,
      secure: call.media.length > 0 && call.media.every(({ secure }) => secure),
    };
  }
}

function mean({ sum, count }: { sum: number; count: number }): number | null {
  return count === 0 ? null : sum / count;
}
