/**
 * Strong noise reduction that can be switched while one speaks: the raw and the cleaned voice are faded into each other, so that
 * no click is heard.
 *
 *   off ──use(denoiser)──▶ warming (its first frames are not whole) ──▶ fading in ──▶ on ──use(null)──▶ fading out ──▶ off
 */
import { noiseFrameSamples } from './rnnoise.ts';

/** Cleans a frame of {@link noiseFrameSamples} samples in place. */
export interface Denoiser {
  process(frame: Float32Array): void;
}

const warmingFrames = 2;
/** Fading takes this many frames of 10 ms. */
const fadeFrames = 2;

export class NoiseReduction {
  #denoiser: Denoiser | null = null;
  #wanted = false;
  #warming = 0;
  /** 0 is the raw voice, 1 the cleaned one. */
  #share = 0;
  readonly #clean = new Float32Array(noiseFrameSamples);

  /** Begins to clean with a fresh denoiser, or (null) ends. */
  use(denoiser: Denoiser | null): void {
    this.#wanted = denoiser !== null;
    if (denoiser === null) return;
    this.#denoiser = denoiser;
    this.#warming = warmingFrames;
  }

  /** Cleans a frame of {@link noiseFrameSamples} samples in place, as far as it is wanted. */
  process(frame: Float32Array): void {
    if (this.#denoiser === null) return;
    this.#clean.set(frame);
    this.#denoiser.process(this.#clean);
    if (this.#wanted && this.#warming > 0) {
      this.#warming -= 1;
      return;
    }
    this.#fade(frame);
    if (!this.#wanted && this.#share === 0) this.#denoiser = null;
  }

  #fade(frame: Float32Array): void {
    const step = (this.#wanted ? 1 : -1) / (fadeFrames * noiseFrameSamples);
    for (let index = 0; index < frame.length; index += 1) {
      this.#share = Math.min(Math.max(this.#share + step, 0), 1);
      const raw = frame[index] ?? 0;
      frame[index] = raw + this.#share * ((this.#clean[index] ?? 0) - raw);
    }
  }
}
