/** The quiet hiss that a muted phone sends, so that the far side hears an open line and not a dead one. */

/** About −70 dB of full scale: the softest codes of G.711. */
const amplitude = 16;

export class ComfortNoise {
  #state = 0x9e37_79b9;

  /** Fills a frame; the hiss goes on where the last frame ended. */
  read(into: Int16Array): void {
    for (let index = 0; index < into.length; index += 1) {
      // Marsaglia's xorshift32: nothing here needs to be unguessable.
      let state = this.#state;
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      this.#state = state;
      into[index] = (state >> 16) % (amplitude + 1);
    }
  }
}
