import type { Clock } from '../../engine/net/clock.ts';

export interface HandClock extends Clock {
  /** Moves the hands and runs what falls due, in its order. */
  advance(byMs: number): void;
  /** How many timers run. */
  readonly pending: number;
}

/** A clock whose hands move only when told. */
export function createHandClock(): HandClock {
  let nowMs = 0;
  const timers = new Set<{ atMs: number; action: () => void }>();
  return {
    get pending() {
      return timers.size;
    },
    nowMs: () => nowMs,
    after(delayMs, action) {
      const timer = { atMs: nowMs + delayMs, action };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(byMs) {
      const endMs = nowMs + byMs;
      for (;;) {
        const [due] = [...timers].filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs);
        if (due === undefined) break;
        timers.delete(due);
        nowMs = due.atMs;
        due.action();
      }
      nowMs = endMs;
    },
  };
}
