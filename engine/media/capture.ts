/**
 * Between the microphone's clock and the wire's: frames come in bursts (8 to 33 ms apart) and by the sound card's clock; the
 * pacer takes one every 20 ms by ours.
 *
 * What counts is the slack: how long a captured frame lay here before it was wanted. While the clocks drift apart the slack
 * grows or shrinks; before it is used up one frame more is kept, and when it exceeds a frame one less. Either way frames are read
 * a few samples shorter or longer than they are played until a whole frame is won, which nobody hears.
 *
 *   filling ──two frames are held──▶ flowing ──nothing left──▶ filling (the rest of a frame fades out)
 */

const frameMs = 20;
const startFrames = 2;
/** More than this is held only when nobody reads. */
const overflowFrames = 6;
/** The least slack is judged every two seconds. */
const windowFrames = 100;
/** With less slack one frame more is kept. */
const scarceMs = 5;
/** With more slack, for ten seconds, one frame less is kept: 20 ms less leaves more than is scarce. */
const ampleMs = 32;
const ampleWindows = 5;
/** A frame is read at most so much longer or shorter: under 1%. */
const correctionShare = 1 / 120;

export class CaptureStore {
  readonly #frameSamples: number;
  readonly #ring: Float32Array;
  #readAt = 0;
  #held = 0;
  #flowing = false;
  #lastReadMs = -Infinity;
  #leastSlackMs = Infinity;
  #framesInWindow = 0;
  #ampleInARow = 0;
  /** Samples still to be won (negative) or given away (positive). */
  #correction = 0;

  /** @param sampleRate of the captured sound, in Hz. */
  constructor(sampleRate: number) {
    this.#frameSamples = (sampleRate * frameMs) / 1000;
    this.#ring = new Float32Array((overflowFrames + 2) * this.#frameSamples);
  }

  /** Milliseconds of sound that wait. */
  get heldMs(): number {
    return (this.#held * frameMs) / this.#frameSamples;
  }

  /** Stores one captured frame of 20 ms. */
  push(frame: Float32Array, nowMs: number): void {
    if (this.#flowing) {
      const wantedAtMs = this.#lastReadMs + frameMs * (1 + Math.floor(this.#held / this.#frameSamples));
      this.#leastSlackMs = Math.min(this.#leastSlackMs, wantedAtMs - nowMs);
    }
    const at = (this.#readAt + this.#held) % this.#ring.length;
    const tail = Math.min(frame.length, this.#ring.length - at);
    this.#ring.set(frame.subarray(0, tail), at);
    this.#ring.set(frame.subarray(tail), 0);
    this.#held += frame.length;
    // Nobody read for a while: the newest is what counts.
    if (this.#held > overflowFrames * this.#frameSamples) {
      this.#skip(this.#held - startFrames * this.#frameSamples);
    }
  }

  /** Fills one frame of 20 ms; silence while there is nothing. */
  read(into: Float32Array, nowMs: number): void {
    const rested = nowMs - this.#lastReadMs > overflowFrames * frameMs;
    this.#lastReadMs = nowMs;
    // Nobody has heard anything yet: the newest is what counts, and nothing needs to be caught up.
    if (rested) this.#skip(Math.max(this.#held - startFrames * this.#frameSamples, 0));
    if (!this.#flowing && this.#held >= startFrames * this.#frameSamples) this.#flow();
    if (!this.#flowing) {
      into.fill(0);
      return;
    }
    this.#steer();
    const most = Math.round(this.#frameSamples * correctionShare);
    const change = Math.max(-most, Math.min(most, this.#correction));
    const wanted = this.#frameSamples + change;
    if (this.#held < wanted) {
      this.#drain(into);
      return;
    }
    this.#correction -= change;
    if (change === 0) {
      for (let index = 0; index < into.length; index += 1) into[index] = this.#at(index);
    } else {
      this.#stretch(into, wanted);
    }
    this.#skip(wanted);
  }

  #flow(): void {
    this.#flowing = true;
    this.#correction = 0;
    this.#restartWindow();
  }

  #restartWindow(): void {
    this.#framesInWindow = 0;
    this.#leastSlackMs = Infinity;
  }

  #steer(): void {
    if (this.#correction !== 0) {
      this.#ampleInARow = 0;
      this.#restartWindow();
      return;
    }
    this.#framesInWindow += 1;
    if (this.#framesInWindow < windowFrames) return;
    const ample = this.#leastSlackMs > ampleMs && this.#leastSlackMs !== Infinity;
    this.#ampleInARow = ample ? this.#ampleInARow + 1 : 0;
    if (this.#leastSlackMs < scarceMs) this.#correction = -this.#frameSamples;
    else if (this.#ampleInARow >= ampleWindows) this.#correction = this.#frameSamples;
    this.#restartWindow();
  }

  /** The last samples, fading out; then the store fills anew. */
  #drain(into: Float32Array): void {
    const rest = Math.min(this.#held, into.length);
    into.fill(0);
    for (let index = 0; index < rest; index += 1) into[index] = this.#at(index) * (1 - index / rest);
    this.#skip(this.#held);
    this.#flowing = false;
  }

  /** Reads `wanted` samples into a frame of another length, in straight lines between samples. */
  #stretch(into: Float32Array, wanted: number): void {
    const step = (wanted - 1) / (into.length - 1);
    for (let index = 0; index < into.length; index += 1) {
      const place = index * step;
      const before = Math.min(Math.floor(place), wanted - 1);
      const weight = place - before;
      const after = Math.min(before + 1, wanted - 1);
      into[index] = this.#at(before) * (1 - weight) + this.#at(after) * weight;
    }
  }

  #at(index: number): number {
    return this.#ring[(this.#readAt + index) % this.#ring.length] ?? 0;
  }

  #skip(count: number): void {
    this.#readAt = (this.#readAt + count) % this.#ring.length;
    this.#held -= count;
  }
}
