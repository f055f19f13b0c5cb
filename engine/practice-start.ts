/** Starts the practice line, and goes on trying while it cannot be had (its port or its folder may be free again later). */
import { PhoneFailure, toPhoneError, type PhoneError } from '../contract/errors.ts';
import type { PracticeLine } from '../contract/services.ts';

const firstRetryMs = 5_000;
const longestRetryMs = 300_000;

export interface PracticeStartOptions {
  start: () => Promise<PracticeLine>;
  onLine: (line: PracticeLine) => void;
  /** Why it cannot be had; null once it can. */
  onTrouble: (trouble: PhoneError | null) => void;
}

export class PracticeStart {
  readonly #options: PracticeStartOptions;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: PracticeStartOptions) {
    this.#options = options;
  }

  /** Resolves after the first attempt, whatever came of it; never rejects. */
  async begin(): Promise<void> {
    const { start, onLine, onTrouble } = this.#options;
    try {
      const line = await start();
      if (this.#closed) return;
      if (this.#failures > 0) onTrouble(null);
      onLine(line);
    } catch (thrown) {
      if (this.#closed) return;
      const reason = toPhoneError(thrown).message.replace(/\.$/, '');
      onTrouble(new PhoneFailure('practice.failed', { reason }).error);
      const delayMs = Math.min(longestRetryMs, firstRetryMs * 2 ** this.#failures);
      this.#failures += 1;
      this.#timer = setTimeout(() => void this.begin(), delayMs);
    }
  }

  /** Tries no more. Idempotent. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }
}
