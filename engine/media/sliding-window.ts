/** Values of the last seconds, in order of size: their least and their quantiles, kept up to date as values come and age. */
export class SlidingWindow {
  readonly #lengthMs: number;
  readonly #arrivals: { value: number; atMs: number }[] = [];
  readonly #sorted: number[] = [];

  /** @param lengthMs values older than this are forgotten when the next one comes. */
  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs;
  }

  get count(): number {
    return this.#sorted.length;
  }

  /** The smallest value; null while there is none. */
  get least(): number | null {
    return this.#sorted[0] ?? null;
  }

  /** The value that this share (0 to 1) of all values does not exceed; null while there is none. */
  quantile(share: number): number | null {
    const rank = Math.ceil(share * this.#sorted.length) - 1;
    return this.#sorted[Math.max(0, rank)] ?? null;
  }

  /** Takes a value and lets those age out that are too old by then. */
  add(value: number, atMs: number): void {
    for (let oldest = this.#arrivals[0]; oldest && atMs - oldest.atMs > this.#lengthMs;) {
      this.#sorted.splice(this.#placeOf(oldest.value), 1);
      this.#arrivals.shift();
      oldest = this.#arrivals[0];
    }
    this.#arrivals.push({ value, atMs });
    this.#sorted.splice(this.#placeOf(value), 0, value);
  }

  clear(): void {
    this.#arrivals.length = 0;
    this.#sorted.length = 0;
  }

  /** Index of the first value that is not smaller. */
  #placeOf(value: number): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
