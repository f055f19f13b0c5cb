/** A bad network to try things out on: which packets are lost and when the others arrive, the same each time for the same seed. */

export interface Impairment {
  /** Of a hundred packets each way, each by itself. */
  lossPercent: number;
  /** Each packet is up to so much early or late, milliseconds. */
  jitterMs: number;
  /** Packets may overtake each other; else one that is late holds up those behind it. */
  reorder: boolean;
  seed: number;
}

/** Numbers in [0, 1) that a seed repeats (mulberry32): good enough for weather, never for a key. */
function drawFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One direction of it. */
export class ImpairedWay {
  readonly #impairment: Impairment;
  readonly #draw: () => number;
  #lastMs = -Infinity;

  /** @param way tells the two directions of one seed apart */
  constructor(impairment: Impairment, way: number) {
    this.#impairment = impairment;
    this.#draw = drawFrom(impairment.seed + 0x9e37 * way);
  }

  /**
   * How long the next packet takes, in milliseconds: `jitterMs` on average. Null when it is lost.
   * @param nowMs monotonic
   */
  delayOf(nowMs: number): number | null {
    const { lossPercent, jitterMs, reorder } = this.#impairment;
    // Both are drawn for each packet: its number alone decides.
    const [chance, place] = [this.#draw(), this.#draw()];
    if (chance * 100 < lossPercent) return null;
    const arrivalMs = nowMs + 2 * jitterMs * place;
    this.#lastMs = reorder ? arrivalMs : Math.max(arrivalMs, this.#lastMs);
    return this.#lastMs - nowMs;
  }
}
