/** One second of a call's line in a word, from two readings of the engine's counters. */
import type { MediaStats } from '../../../contract/snapshot.ts';

export type QualityWord = 'good' | 'fair' | 'poor' | 'nothing';
export interface QualitySecond {
  word: QualityWord;
  /** 0 (nothing is heard) to 1 (nothing is missing): the height of the quality line. */
  height: number;
  /** What a voice needs one way, in ms; null before the first measurement. */
  delayMs: number | null;
}

/** Share of packets missing or late, and jitter in ms, from which on a second is no longer good, no longer fair. */
const limits = { fair: { missing: 0.01, jitterMs: 30 }, poor: { missing: 0.05, jitterMs: 80 } };

export function qualityOf(before: MediaStats | null, now: MediaStats): QualitySecond {
  const received = now.received - (before?.received ?? 0);
  const missing = Math.max(now.lost - (before?.lost ?? 0), 0) + Math.max(now.late - (before?.late ?? 0), 0);
  const expected = received + missing;
  const share = expected === 0 ? 1 : missing / expected;
  const beyond = ({ missing: most, jitterMs }: { missing: number; jitterMs: number }) =>
    share > most || now.jitterMs > jitterMs;
  const word =
    expected === 0 ? 'nothing' : beyond(limits.poor) ? 'poor' : beyond(limits.fair) ? 'fair' : 'good';
  const height = expected === 0 ? 0 : Math.max(1 - share * 5 - now.jitterMs / 300, 0);
  const delayMs = now.rttMs === null ? null : Math.round(now.rttMs / 2 + now.bufferMs);
  return { word, height, delayMs };
}
