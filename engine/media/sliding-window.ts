/** Values of the last seconds, in order of size: their least and their quantiles, kept up to date as values come and age. */
export class SlidingWindow {
  readonly #lengthMs: number;
  readonly #arrivals: { value: number; atMs: number }[] = [];
  /** In order of size, the first {@link count}. */
  #sorted = new Float64Array(64);
  #count = 0;

  /** @param lengthMs values older than this are forgotten when the next one comes. */
  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs;
  }

  get count(): number {
    return this.#count;
  }

  /** The smallest value; null while there is none. */
  get least(): number | null {
    return this.quantile(0);
  }

  /** The value that this share (0 to 1) of all values does not exceed; null while there is none. */
  quantile(share: number): number | null {
    if (this.#count === 0) return null;
    const rank = Math.ceil(share * this.#count) - 1;
    return this.#sorted[Math.max(0, rank)] ?? null;
  }

  /** Takes a value and lets those age out that are too old by then. */
  add(value: number, atMs: number): void {
    for (let oldest = this.#arrivals[0]; oldest && atMs - oldest.atMs > this.#lengthMs;) {
      this.#remove(oldest.value);
      this.#arrivals.shift();
      oldest = this.#arrivals[0];
    }
    this.#arrivals.push({ value, atMs });
    this.#insert(value);
  }

  clear(): void {
    this.#arrivals.length = 0;
    this.#count = 0;
  }

  #insert(value: number): void {
    if (this.#count === this.#sorted.length) {
      const longer = new Float64Array(2 * this.#count);
      longer.set(this.#sorted);
      this.#sorted = longer;
    }
    const place = this.#placeOf(value);
    this.#sorted.copyWithin(place + 1, place, this.#count);
    this.#sorted[place] = value;
    this.#count += 1;
  }

  #remove(value: number): void {
    const place = this.#placeOf(value);
    this.#sorted.copyWithin(place, place + 1, this.#count);
    this.#count -= 1;
  }

  /** Index of the first value that is not smaller. */
  #placeOf(value: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
