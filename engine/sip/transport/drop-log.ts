/** Counts what is thrown away and says so at most once a minute, so that a flood cannot fill the log. */
import type { Logger } from '../../log.ts';
import type { Clock } from '../../net/clock.ts';

export interface DropLog {
  /** Counts one message; `reason` is what the next line quotes. */
  note(reason: string): void;
}

const lineIntervalMs = 60_000;

export function createDropLog(clock: Clock, log: Logger): DropLog {
  let count = 0;
  let lastLineMs: number | undefined;
  return {
    note(reason) {
      count += 1;
      const nowMs = clock.nowMs();
      if (lastLineMs !== undefined && nowMs - lastLineMs < lineIntervalMs) return;
      log.info(`dropped ${String(count)} incoming message(s), the last because: ${reason}`);
      lastLineMs = nowMs;
      count = 0;
    },
  };
}
