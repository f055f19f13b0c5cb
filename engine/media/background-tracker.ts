/** The noise behind a voice while it speaks: the quietest sound of the last seconds, for speech has pauses and noise has none. */
import type { NoiseDescription } from '../rtp/comfort-noise.ts';
import { measureLevel, silenceDbfs, type FrameLevel } from '../../native-wasm/level.ts';
import { describeNoise } from './background-noise.ts';

const windowMs = 2000;
/** What is louder than this is no background: nobody has paused yet. */
const loudestDbov = -42;

interface Quiet {
  /** Of the samples' mean square. */
  rmsDbfs: number;
  noise: NoiseDescription;
}

export class BackgroundTracker {
  readonly #windowSamples: number;
  readonly #level: FrameLevel = { rmsDbfs: silenceDbfs, peakDbfs: silenceDbfs };
  #samples = 0;
  /** The quietest of this window and of the one before. */
  #now: Quiet | null = null;
  #before: Quiet | null = null;

  /** @param sampleRate of the sound, in Hz */
  constructor(sampleRate: number) {
    this.#windowSamples = (windowMs * sampleRate) / 1000;
  }

  /** Null while no pause was heard. */
  get noise(): NoiseDescription | null {
    const [now, before] = [this.#now, this.#before];
    const quietest = now && before ? (now.rmsDbfs < before.rmsDbfs ? now : before) : (now ?? before);
    return quietest && quietest.noise.levelDbov <= loudestDbov ? quietest.noise : null;
  }

  /** Takes a packet's sound. */
  hear(samples: Int16Array): void {
    if (samples.length === 0) return;
    this.#samples += samples.length;
    if (this.#samples > this.#windowSamples) {
      this.#samples = 0;
      this.#before = this.#now;
      this.#now = null;
    }
    const { rmsDbfs } = measureLevel(samples, this.#level);
    if (!this.#now || rmsDbfs < this.#now.rmsDbfs) this.#now = { rmsDbfs, noise: describeNoise(samples) };
  }
}
