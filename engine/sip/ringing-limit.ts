/** A call rings so long without an answer; an outgoing one counts from the last provisional answer (RFC 3261 §16.6, Timer C). */
import type { CallPhase } from './call-machine.ts';

const ringingLimitMs = 180_000;
const ringing: readonly CallPhase[] = ['calling', 'ringing', 'early', 'asking', 'alerted'];

export class RingingLimit {
  readonly #onOver: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(onOver: () => void) {
    this.#onOver = onOver;
  }

  /** Counts anew in a phase that rings, and not at all in another. */
  restart(phase: CallPhase): void {
    clearTimeout(this.#timer);
    if (ringing.includes(phase)) this.#timer = setTimeout(this.#onOver, ringingLimitMs);
  }
}
