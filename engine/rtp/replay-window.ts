/** Which of the latest packets have been had (RFC 3711 §3.3.2): a packet that comes twice is somebody else's copy. */
const windowPackets = 256;

export class ReplayWindow {
  /** Each index at its place, where a later one takes it over. */
  readonly #had = new Float64Array(windowPackets).fill(-1);
  #highest = -1;

  /** The highest index had; −1 before the first. */
  get highest(): number {
    return this.#highest;
  }

  /** False for an index that was had, or is too old to tell. */
  isNew(index: number): boolean {
    return index > this.#highest - windowPackets && this.#had[index % windowPackets] !== index;
  }

  /** Only for what is authentic and {@link isNew}. */
  note(index: number): void {
    this.#had[index % windowPackets] = index;
    if (index > this.#highest) this.#highest = index;
  }
}
