/** How loud a stream was at its loudest since it was last asked. */
import { measureLevel, silenceDbfs, type FrameLevel } from '../../native-wasm/level.ts';

export class PeakMeter {
  readonly #level: FrameLevel = { rmsDbfs: silenceDbfs, peakDbfs: silenceDbfs };
  #peakDb = silenceDbfs;

  add(frame: Int16Array): void {
    this.#peakDb = Math.max(this.#peakDb, measureLevel(frame, this.#level).peakDbfs);
  }

  /** The peak in dBFS since the last call; −127 is silence. */
  take(): number {
    const peakDb = this.#peakDb;
    this.#peakDb = silenceDbfs;
    return peakDb;
  }
}

/** A level after a linear gain. */
export function amplified(levelDb: number, gain: number): number {
  if (gain <= 0) return silenceDbfs;
  return Math.max(silenceDbfs, levelDb + 20 * Math.log10(gain));
}
