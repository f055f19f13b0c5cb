/** A witness of what the machine itself does to time, while sound is judged that needs it. */
import { test } from '@playwright/test';

const everyMs = 10;
/** A machine that holds up every thread by so much plays no sound, whatever the phone does. */
const hopelessLagMs = 50;

/** Does the work, and tells by how many milliseconds a timer of this process was late meanwhile, at most. */
export async function witnessed<T>(work: () => Promise<T>): Promise<{ result: T; worstLagMs: number }> {
  let worstLagMs = 0;
  let dueMs = performance.now() + everyMs;
  const timer = setInterval(() => {
    worstLagMs = Math.max(worstLagMs, performance.now() - dueMs);
    dueMs = performance.now() + everyMs;
  }, everyMs);
  try {
    return { result: await work(), worstLagMs };
  } finally {
    clearInterval(timer);
  }
}

/** Ends the test as skipped when a witness was held up too much each time: by `leastLagMs` in the best of them. */
export function skipWhenHopeless(leastLagMs: number): void {
  const lag = Math.round(leastLagMs);
  test.skip(leastLagMs > hopelessLagMs, `this machine holds up every thread by ${lag} ms: it plays no sound`);
}
