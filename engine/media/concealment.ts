/**
 * What is heard while sound is missing: the last pitch period goes on, fading to nothing within 60 ms, and the sound that
 * comes back is faded in over it. After the idea of ITU-T G.711 Appendix I, without its delay.
 */

/** The longest period that is looked for: 15 ms, a deep voice of 66 Hz. */
const maxPeriodMs = 15;
/** The shortest: 5 ms; a higher voice is repeated by several of its periods. */
const minPeriodMs = 5;
/** Compared to find the period. */
const compareMs = 20;
/** Repeated at full strength for so long, then fading. */
const holdMs = 10;
const fadeMs = 50;
const overlapMs = 4;

export class Concealer {
  readonly #history: Float32Array;
  readonly #minPeriod: number;
  readonly #maxPeriod: number;
  readonly #compare: number;
  readonly #hold: number;
  readonly #fade: number;
  readonly #overlap: number;
  /** Samples in the pitch period that is repeated; 0 while sound comes. */
  #period = 0;
  /** Samples concealed since sound stopped. */
  #concealed = 0;

  /** @param sampleRate of the sound, in Hz. */
  constructor(sampleRate: number) {
    const samples = (milliseconds: number): number => Math.round((milliseconds * sampleRate) / 1000);
    this.#minPeriod = samples(minPeriodMs);
    this.#maxPeriod = samples(maxPeriodMs);
    this.#compare = samples(compareMs);
    this.#hold = samples(holdMs);
    this.#fade = samples(fadeMs);
    this.#overlap = samples(overlapMs);
    this.#history = new Float32Array(this.#maxPeriod + this.#compare);
  }

  /** Takes sound that came, of any length, and smooths its beginning in place when sound had been missing. */
  receive(samples: Int16Array): void {
    if (this.#period > 0) {
      const overlap = Math.min(this.#overlap, samples.length);
      for (let index = 0; index < overlap; index += 1) {
        const weight = (index + 1) / (overlap + 1);
        samples[index] = Math.round((samples[index] ?? 0) * weight + this.#next() * (1 - weight));
      }
      this.#period = 0;
      this.#concealed = 0;
    }
    this.#keep(samples);
  }

  /** Fills `into`, of any length, with what probably would have come. */
  conceal(into: Int16Array): void {
    if (this.#period === 0) this.#period = this.#findPeriod();
    for (let index = 0; index < into.length; index += 1) into[index] = Math.round(this.#next());
  }

  /** Silence was played: there is nothing to go on with. */
  reset(): void {
    this.#history.fill(0);
    this.#period = 0;
    this.#concealed = 0;
  }

  /** The next sample of the repeated period, faded. The history stays as it was when sound stopped. */
  #next(): number {
    const end = this.#history.length;
    const sample = this.#history[end - this.#period + (this.#concealed % this.#period)] ?? 0;
    const fading = (this.#concealed - this.#hold) / this.#fade;
    this.#concealed += 1;
    if (fading >= 1) return 0;
    return fading <= 0 ? sample : sample * (1 - fading);
  }

  /** The lag at which the end of the history resembles itself most (normalised cross-correlation). */
  #findPeriod(): number {
    const history = this.#history;
    const start = history.length - this.#compare;
    let best = this.#maxPeriod;
    let bestLikeness = 0;
    for (let lag = this.#minPeriod; lag <= this.#maxPeriod; lag += 1) {
      let product = 0;
      let energy = 1;
      for (let index = start; index < history.length; index += 1) {
        const past = history[index - lag] ?? 0;
        product += (history[index] ?? 0) * past;
        energy += past * past;
      }
      const likeness = product / Math.sqrt(energy);
      if (likeness > bestLikeness) {
        bestLikeness = likeness;
        best = lag;
      }
    }
    return best;
  }

  #keep(samples: Int16Array): void {
    const history = this.#history;
    if (samples.length >= history.length) {
      history.set(samples.subarray(samples.length - history.length));
      return;
    }
    history.copyWithin(0, samples.length);
    history.set(samples, history.length - samples.length);
  }
}
