/**
 * How a call sounds now: losses, delay and mean opinion of the last seconds. Long enough that one lost packet does not alarm
 * anybody, short enough that whoever complains sees it.
 */
import { judgeCall, type Verdict } from './e-model.ts';

/** What has come since the call began; the difference of two is what came between them. */
export interface QualityCount {
  /** Packets that should have come. */
  packets: number;
  /** Those that did not serve: lost, or too late. */
  bad: number;
  /** Runs of bad packets. */
  runs: number;
}

const windowSeconds = 8;

/** Counts of the last seconds; give it one each second. */
export class QualityWindow {
  readonly #counts: QualityCount[] = [{ packets: 0, bad: 0, runs: 0 }];

  note(count: QualityCount): void {
    this.#counts.push(count);
    if (this.#counts.length > windowSeconds + 1) this.#counts.shift();
  }

  /** Of the last eight seconds. */
  get recent(): QualityCount {
    const [first, last] = [this.#counts[0], this.#counts.at(-1)];
    if (first === undefined || last === undefined) return { packets: 0, bad: 0, runs: 0 };
    return {
      packets: last.packets - first.packets,
      bad: last.bad - first.bad,
      runs: last.runs - first.runs,
    };
  }
}

/** Bad packets in hundred; 0 while there are none at all. */
export function lossPercentOf({ packets, bad }: QualityCount): number {
  return packets === 0 ? 0 : (100 * bad) / packets;
}

/** BurstR of G.107 §7.5: how long runs of losses are against what they would be if each packet were lost by itself; at least 1. */
export function burstRatioOf({ packets, bad, runs }: QualityCount): number {
  if (runs === 0 || packets === 0) return 1;
  return Math.max(1, (bad / runs) * (1 - bad / packets));
}

/** The E-model's verdict on what was counted; null where no sound should have come. */
export function verdictOn(
  count: QualityCount,
  { codec, delayMs }: { codec: string; delayMs: number | null },
): Verdict | null {
  if (count.packets === 0) return null;
  return judgeCall({
    codec,
    lossPercent: lossPercentOf(count),
    burstRatio: burstRatioOf(count),
    delayMs,
  });
}

/**
 * From mouth to ear, one way, in milliseconds, as far as it can be known: a packet of sound, half the round trip, and the buffer
 * here. Null before the first round trip.
 */
export function oneWayDelayMs(parts: {
  rttMs: number | null;
  packetTimeMs: number;
  bufferMs: number;
}): number | null {
  const { rttMs, packetTimeMs, bufferMs } = parts;
  return rttMs === null ? null : rttMs / 2 + packetTimeMs + bufferMs;
}

/** A mean opinion as a word (G.107 Annex B: 4.03 and more satisfies, 3.6 satisfies many, 3.1 leaves many dissatisfied). */
export function qualityWord(mos: number): 'Good' | 'Fair' | 'Poor' | 'Bad' {
  if (mos >= 4) return 'Good';
  if (mos >= 3.6) return 'Fair';
  return mos >= 3.1 ? 'Poor' : 'Bad';
}
