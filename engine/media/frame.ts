/**
 * Frames: 20 ms of mono sound, the unit in which it travels inside the phone. A frame's number of samples says its rate, so that
 * telephone sound (160 samples), wideband (320) and the sound card's (960) go through the same doors.
 */
import { floatToInt16Into, int16ToFloatInto } from '../../native-wasm/convert.ts';
import { Resampler, type SampleRateHz } from '../../native-wasm/resample.ts';

export const frameMs = 20;
const framesPerSecond = 1000 / frameMs;

/** Gives sound: fills one frame, every 20 ms. */
export interface FrameSource {
  read(into: Int16Array): void;
}

/** Takes sound: one frame, every 20 ms. The frame is the sink's only during the call. */
export interface FrameSink {
  write(frame: Int16Array): void;
}

/** Samples of a frame at a rate in Hz. */
export function frameSamplesAt(sampleRate: number): number {
  return sampleRate / framesPerSecond;
}

const rates: readonly SampleRateHz[] = [8000, 16_000, 24_000, 32_000, 48_000];

/**
 * The rate of a frame in Hz.
 * @throws RangeError for a length that is no frame's.
 */
export function rateOfFrame({ length }: ArrayLike<number>): SampleRateHz {
  const rate = rates.find((each) => frameSamplesAt(each) === length);
  if (rate === undefined) throw new RangeError(`${length} samples are no frame of 20 ms`);
  return rate;
}

/** Carries one stream's frames from any rate to any other; where both are the same they pass unchanged. */
export class FrameConverter {
  #resampler: Resampler | null = null;
  #from = new Float32Array(0);
  #to = new Float32Array(0);

  /** @throws RangeError for lengths that are no frames'. */
  convertInto(frame: Int16Array, into: Int16Array): void {
    if (frame.length === into.length) {
      into.set(frame);
      return;
    }
    if (this.#from.length !== frame.length || this.#to.length !== into.length || this.#resampler === null) {
      this.#resampler = new Resampler(rateOfFrame(frame), rateOfFrame(into));
      this.#from = new Float32Array(frame.length);
      this.#to = new Float32Array(into.length);
    }
    int16ToFloatInto(frame, this.#from);
    this.#resampler.processInto(this.#from, this.#to);
    floatToInt16Into(this.#to, into);
  }
}
