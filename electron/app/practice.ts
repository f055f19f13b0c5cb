/** The practice PBX in a process of its own. After a crash it comes back on the same port, so that the phone finds it again. */
import { join } from 'node:path';
import { makeError } from '../../contract/errors.ts';
import type { FromPractice, PracticeOutcome, ToPractice } from '../ipc/channels.ts';
import { SupervisedProcess } from './supervised-process.ts';

const closeLimitMs = 1_000;
/** Reading prompts and binding a socket take far less; a start that hangs must not hold up the phone. */
const startLimitMs = 10_000;

export class PracticeProcess {
  readonly #process = new SupervisedProcess<ToPractice, FromPractice>({
    entry: join(__dirname, 'practice-process.cjs'),
    name: 'Sidetone practice line',
    onMessage: (message) => {
      if (message.type === 'outcome') this.#settle(message.outcome);
    },
    onCrash: () => undefined,
    onStart: () => this.#process.send({ type: 'start', port: this.#port }),
  });
  readonly #waiting = new Set<(outcome: PracticeOutcome) => void>();
  #outcome: PracticeOutcome | null = null;
  #port = 0;

  start(): void {
    this.#process.start();
  }

  /** The running practice line, or why there is none. */
  outcome(): Promise<PracticeOutcome> {
    if (this.#outcome !== null) return Promise.resolve(this.#outcome);
    return new Promise((resolve) => {
      const answer = (outcome: PracticeOutcome) => {
        clearTimeout(timer);
        this.#waiting.delete(answer);
        resolve(outcome);
      };
      const timer = setTimeout(
        () => answer({ error: makeError('practice.failed', { reason: 'it did not start in time' }) }),
        startLimitMs,
      );
      this.#waiting.add(answer);
    });
  }

  close(): Promise<void> {
    return this.#process.close({ type: 'close' }, closeLimitMs);
  }

  #settle(outcome: PracticeOutcome): void {
    this.#outcome = outcome;
    if ('line' in outcome) this.#port = outcome.line.port;
    for (const answer of [...this.#waiting]) answer(outcome);
  }
}
