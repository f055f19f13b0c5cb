/** How long a process that died waits before it starts again: at once at first, then longer, so that a fault that repeats costs little. */

const firstDelayMs = 250;
const longestDelayMs = 30_000;
/** A process that lived this long was well: counting starts anew. */
const healthyLifeMs = 60_000;

/** The delay before the next start. `failures`: deaths in a row before this one. Returns the delay and the new count. */
export function restartDelay(failures: number, livedMs: number): { delayMs: number; failures: number } {
  const before = livedMs >= healthyLifeMs ? 0 : failures;
  return { delayMs: Math.min(firstDelayMs * 2 ** before, longestDelayMs), failures: before + 1 };
}
