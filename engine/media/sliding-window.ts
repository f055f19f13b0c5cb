/**
 * Values of the last seconds, in order of size: their least and their quantiles, kept up to date as values come and age. They live long
 * and come often, so they are kept as bare numbers: as objects each would be moved about by the collector until it is old, and then be
 * its garbage.
 */
export class SlidingWindow {
  readonly #lengthMs: number;
  /** A ring in order of arrival: its oldest value is at {@link #oldest}, and `count` are in it. */
  #values = new Float64Array(64);
  #timesMs = new Float64Array(64);
  #oldest = 0;
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
    while (this.#count > 0 && atMs - (this.#timesMs[this.#oldest] ?? 0) > this.#lengthMs) {
      this.#remove(this.#values[this.#oldest] ?? 0);
      this.#oldest = (this.#oldest + 1) % this.#values.length;
    }
    if (this.#count === this.#values.length) this.#makeRoom();
    const newest = (this.#oldest + this.#count) % this.#values.length;
    this.#values[newest] = value;
    this.#timesMs[newest] = atMs;
    this.#insert(value);
  }

  clear(): void {
    this.#count = 0;
  }

  /** Twice as much as is full now. */
  #makeRoom(): void {
    this.#values = unrolled(this.#values, this.#oldest);
    this.#timesMs = unrolled(this.#timesMs, this.#oldest);
    this.#sorted = unrolled(this.#sorted, 0);
    this.#oldest = 0;
  }

  #insert(value: number): void {
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

/** A full ring in a longer array, from its oldest value on. */
function unrolled(ring: Float64Array, oldest: number): Float64Array<ArrayBuffer> {
  const longer = new Float64Array(2 * ring.length);
  longer.set(ring.subarray(oldest));
  longer.set(ring.subarray(0, oldest), ring.length - oldest);
  return longer;
}
