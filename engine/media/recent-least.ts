/** The least of the values of the last seconds. Only those are kept that can still become it: each is less than all that came later. */
export class RecentLeast {
  readonly #lengthMs: number;
  /** In the order in which they came, and so of their size. */
  readonly #candidates: { value: number; atMs: number }[] = [];

  /** @param lengthMs values older than this are forgotten when the next one comes. */
  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs;
  }

  /** Null while there is none. */
  get value(): number | null {
    return this.#candidates[0]?.value ?? null;
  }

  /** Takes a value and lets those age out that are too old by then. */
  add(value: number, atMs: number): void {
    const candidates = this.#candidates;
    for (let oldest = candidates[0]; oldest && atMs - oldest.atMs > this.#lengthMs; oldest = candidates[0])
      candidates.shift();
    for (let newest = candidates.at(-1); newest && newest.value >= value; newest = candidates.at(-1))
      candidates.pop();
    candidates.push({ value, atMs });
  }

  clear(): void {
    this.#candidates.length = 0;
  }
}
