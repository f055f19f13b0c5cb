/** Gathers small blocks of sound into frames of one length. */
import { frameRate } from '../../contract/audio-frames.ts';

export class CaptureFrames {
  readonly #frame: Float32Array;
  #filled = 0;
  #timeMs = 0;

  /** `samples`: the length of a frame. */
  constructor(samples: number) {
    this.#frame = new Float32Array(samples);
  }

  /**
   * Takes a block of mono samples at 48 kHz whose first sample was captured at `timeMs`, and hands each complete frame to
   * `emit` with the time of its first sample. The frame is reused: `emit` copies what it keeps.
   */
  push(block: Float32Array, timeMs: number, emit: (frame: Float32Array, timeMs: number) => void): void {
    let taken = 0;
    while (taken < block.length) {
      if (this.#filled === 0) this.#timeMs = timeMs + (taken / frameRate) * 1000;
      const part = block.subarray(taken, taken + this.#frame.length - this.#filled);
      this.#frame.set(part, this.#filled);
      this.#filled += part.length;
      taken += part.length;
      if (this.#filled < this.#frame.length) continue;
      this.#filled = 0;
      emit(this.#frame, this.#timeMs);
    }
  }

  /** Drops a partial frame: the microphone has been changed. */
  reset(): void {
    this.#filled = 0;
  }
}
