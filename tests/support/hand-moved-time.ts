/**
 * Time that moves only when told, for sessions with real sockets in the process of the test: however busy the computer is, no slot
 * is missed, and what is sent is there before the next millisecond begins.
 */
import { performance } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, vi } from 'vitest';

/** Of the event loop: a datagram that is relayed and answered is there. */
const turnsPerMs = 3;

/**
 * Stops the clocks for each test of the file; call it before anything that closes sessions is registered, so that they are closed
 * before the clocks run again. Answers with what lets so many milliseconds pass.
 */
export function useHandMovedTime(): (ms: number) => Promise<void> {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] });
    const [monotonic, wall] = [performance.now(), Date.now()];
    vi.spyOn(performance, 'now').mockImplementation(() => monotonic + Date.now() - wall);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });
  return async (ms) => {
    for (let passed = 0; passed < ms; passed += 1) {
      vi.advanceTimersByTime(1);
      for (let nth = 0; nth < turnsPerMs; nth += 1) await turn();
    }
  };
}
