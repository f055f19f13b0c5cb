/**
 * A volume or mute control on a stream of frames. When the gain has changed, the next frame moves to it in a
 * straight line, so that no step clicks.
 */
import {
  checkFrameLength,
  inputFloat,
  inputInt16,
  outputFloat,
  outputInt16,
  sampleFunctions,
} from './module.ts';

const { rampFloat, rampInt16 } = sampleFunctions;

/**
 * Applies a gain that moves in a straight line, in place: sample i of n has from + (to - from) × (i + 1) / n. Not clamped.
 * @throws RangeError when the frame is longer than 5,760 samples.
 */
export function rampInPlace(frame: Float32Array, from: number, to: number): void {
  checkFrameLength(frame.length);
  if (frame.length === 0) return;
  inputFloat.whole.set(frame);
  rampFloat(frame.length, from, to);
  frame.set(outputFloat.first(frame.length));
}

export class GainRamp {
  #gain: number;
  #target: number;

  /** @param gain linear: 1 leaves the samples as they are, 0 is silence. */
  constructor(gain = 1) {
    this.#gain = gain;
    this.#target = gain;
  }

  /** The linear gain that the next frame will end with. */
  get target(): number {
    return this.#target;
  }

  /** Moves to this linear gain within the next frame. */
  setTarget(gain: number): void {
    this.#target = gain;
  }

  /**
   * Applies the gain to a frame in place: sample i of n has old + (new - old) × (i + 1) / n.
   * Int16 is rounded and clamped, float32 is not clamped. An empty frame changes nothing.
   * @throws RangeError when the frame is longer than 5,760 samples.
   */
  apply(frame: Int16Array | Float32Array): void {
    const { length } = frame;
    checkFrameLength(length);
    if (length === 0 || (this.#gain === 1 && this.#target === 1)) return;
    if (frame instanceof Int16Array) {
      inputInt16.whole.set(frame);
      rampInt16(length, this.#gain, this.#target);
      frame.set(outputInt16.first(length));
    } else {
      rampInPlace(frame, this.#gain, this.#target);
    }
    this.#gain = this.#target;
  }
}
