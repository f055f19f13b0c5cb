/**
 * Measures a section while the computer has its processors to itself. A virtual machine's host takes them away in spells of some
 * minutes, and a phone then sends late whatever it does. Such a section is measured again; the turn with the least stolen time
 * counts, whatever its figures are.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { RunSection } from './document.ts';
import { processorTime, stolenShare, type ProcessorTime } from './stolen-time.ts';

/** With less than this stolen a call's packets leave as evenly as with nothing stolen; with some times as much they do not. */
const quietShare = 0.002;
const lookMs = 10_000;

interface QuietTurnsOptions {
  /** Each section at most so often. */
  turns: number;
  /** So long in all for waiting and measuring again. */
  patienceMs: number;
  say: (sentence: string) => void;
  /** The kernel's, unless a test has its own. */
  reading?: () => ProcessorTime;
  waiting?: (ms: number) => Promise<unknown>;
  now?: () => number;
}

interface Turn {
  result: RunSection;
  stolen: number;
}

const percent = (share: number) => `${(100 * share).toFixed(2)}%`;

export class QuietTurns {
  readonly #options: Required<QuietTurnsOptions>;
  #patienceMs: number;

  constructor(options: QuietTurnsOptions) {
    this.#options = {
      reading: processorTime,
      waiting: delay,
      now: () => performance.now(),
      ...options,
    };
    this.#patienceMs = options.patienceMs;
  }

  /** The quietest of the turns that it took, with a note that says how quiet it was. Rejects as `run` does. */
  async measure(run: () => Promise<RunSection>): Promise<RunSection> {
    const { turns, say } = this.#options;
    const taken: Turn[] = [];
    while (taken.length < turns && (taken.length === 0 || this.#patienceMs > 0)) {
      if (turns > 1) await this.#untilQuiet();
      const turn = await this.#turn(run, taken.length > 0);
      taken.push(turn);
      if (turn.stolen <= quietShare) break;
      say(`${percent(turn.stolen)} of the processors' time was stolen meanwhile`);
    }
    const quietest = taken.reduce((least, turn) => (turn.stolen < least.stolen ? turn : least));
    const { result } = quietest;
    return { ...result, notes: [...result.notes, noteOf(quietest, taken)] };
  }

  async #turn(run: () => Promise<RunSection>, again: boolean): Promise<Turn> {
    const { reading, now } = this.#options;
    const [before, from] = [reading(), now()];
    const result = await run();
    if (again) this.#patienceMs -= now() - from;
    return { result, stolen: stolenShare(before, reading()) };
  }

  async #untilQuiet(): Promise<void> {
    const { reading, waiting, say } = this.#options;
    let waited = 0;
    for (let stolen = Infinity; stolen > quietShare && this.#patienceMs > 0; waited += lookMs) {
      const before = reading();
      await waiting(lookMs);
      stolen = stolenShare(before, reading());
      this.#patienceMs -= lookMs;
    }
    if (waited > lookMs) say(`waited ${waited / 1000} s for the host to give the processors back`);
  }
}

function noteOf({ stolen }: Turn, taken: readonly Turn[]): string {
  const turns = taken.length === 1 ? '' : `, the least of ${taken.length} turns`;
  return `The computer's host took ${percent(stolen)} of the processors' time meanwhile${turns}.`;
}
