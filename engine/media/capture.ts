/**
 * Between the microphone's clock and the wire's: frames come in bursts (8 to 33 ms apart) and by the sound card's clock; the
 * pacer takes one every 20 ms by ours. The store settles at the least that bursts need; when the two clocks drift apart, a frame
 * is read a few samples longer or shorter than it is played, which nobody hears.
 *
 *   filling ──the store holds startSamples──▶ flowing ──nothing left──▶ filling (the rest of the frame fades out)
 */

/** Kept beyond what the widest gap between two captures takes. */
const marginMs = 5;
/** In the store before the first frame is read: a frame and the widest gap seen of a sound card. */
const startMs = 36;
const overflowMs = 120;
const windowFrames = 100;
/** Samples of correction for each frame of 960: 0.4%, more than any sound card drifts. */
const correctionSamples = 4;
/** The store may lie so far above its margin before it is corrected. */
const toleranceMs = 10;

export class CaptureStore {
  readonly #perMs: number;
  readonly #ring: Float32Array;
  #readAt = 0;
  #held = 0;
  #flowing = false;
  /** Samples by which frames are read longer (positive) or shorter. */
  #correction = 0;
  #leastHeld = Infinity;
  #framesInWindow = 0;

  /** @param sampleRate of the captured sound, in Hz. */
  constructor(sampleRate: number) {
    this.#perMs = sampleRate / 1000;
    this.#ring = new Float32Array(Math.ceil(2 * overflowMs * this.#perMs));
  }

  /** Milliseconds of sound that wait. */
  get heldMs(): number {
    return this.#held / this.#perMs;
  }

  /** Stores captured samples, any number. */
  push(samples: Float32Array): void {
    const kept = samples.length > this.#ring.length ? samples.subarray(-this.#ring.length) : samples;
    const at = (this.#readAt + this.#held) % this.#ring.length;
    const tail = Math.min(kept.length, this.#ring.length - at);
    this.#ring.set(kept.subarray(0, tail), at);
    this.#ring.set(kept.subarray(tail), 0);
    this.#held += kept.length;
    // Nobody read for a while: the newest is what counts.
    if (this.heldMs > overflowMs) this.#skip(this.#held - Math.round(startMs * this.#perMs));
  }

  /** Fills one frame; silence while there is nothing. */
  read(into: Float32Array): void {
    if (!this.#flowing && this.heldMs >= startMs) this.#flow();
    if (!this.#flowing) {
      into.fill(0);
      return;
    }
    this.#steer();
    const wanted = into.length + this.#correction;
    if (this.#held < wanted) {
      this.#drain(into);
      return;
    }
    if (wanted === into.length) {
      for (let index = 0; index < into.length; index += 1) into[index] = this.#at(index);
    } else {
      this.#stretch(into, wanted);
    }
    this.#skip(wanted);
    this.#leastHeld = Math.min(this.#leastHeld, this.#held);
  }

  #flow(): void {
    this.#flowing = true;
    this.#correction = 0;
    this.#leastHeld = Infinity;
    this.#framesInWindow = 0;
  }

  /** Every two seconds: the least that was left over should be the margin. */
  #steer(): void {
    this.#framesInWindow += 1;
    if (this.#framesInWindow < windowFrames) return;
    const excessMs = this.#leastHeld / this.#perMs - marginMs;
    if (excessMs > toleranceMs) this.#correction = correctionSamples;
    else if (excessMs < -marginMs / 2) this.#correction = -correctionSamples;
    else if (Math.sign(excessMs) !== Math.sign(this.#correction)) this.#correction = 0;
    this.#framesInWindow = 0;
    this.#leastHeld = Infinity;
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
      const before = Math.floor(place);
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
