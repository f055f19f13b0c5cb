/**
 * ITU-T G.711 Appendix I, the concealment that others are measured by, written from the Recommendation's description of the
 * algorithm (§I.2): the pitch by normalised correlation of the newest 20 ms at lags of 5 to 15 ms, that period repeated, one more
 * period joining at 10 and at 20 ms, 20% less of it every 10 ms, silence after 60 ms. 8 kHz only; it delays the sound by 3.75 ms.
 */

/** The algorithm's own frame: 10 ms. */
const frameSamples = 80;
const minPitch = 40;
const maxPitch = 120;
const delaySamples = maxPitch / 4;
const correlatedSamples = 160;
/** Every second sample in the coarse search for the pitch. */
const decimation = 2;
const leastPower = 250;
const historySamples = 3 * maxPitch + delaySamples;
/** The last 10 ms in which anything is heard is the sixth. */
const audibleFrames = 6;
/** 4 ms more overlap for each lost frame but the first. */
const overlapGrowth = 32;
const lossOfGain = 0.2;

export class AppendixOne {
  readonly #history = new Float64Array(historySamples);
  /** The history as it was when sound stopped, its newest quarter period blended into the period before. */
  readonly #cycle = new Float64Array(historySamples);
  /** What that newest quarter period was. */
  #newest = new Float64Array(0);
  #pitch = 0;
  #periods = 0;
  #offset = 0;
  /** Frames of 10 ms since sound stopped. */
  #erased = 0;

  /** How much later everything comes out. */
  static readonly delaySamples = delaySamples;

  /** The next 10 ms of output for 10 ms that came; null: they are lost. */
  next(received: Int16Array | null): Int16Array {
    const frame = received ? Float64Array.from(received) : this.#conceal();
    if (received && this.#erased > 0) this.#fadeIn(frame);
    this.#history.copyWithin(0, frameSamples);
    this.#history.set(frame, historySamples - frameSamples);
    const start = historySamples - frameSamples - delaySamples;
    return Int16Array.from(this.#history.subarray(start, start + frameSamples));
  }

  #conceal(): Float64Array {
    const frame = new Float64Array(frameSamples);
    if (this.#erased === 0) {
      this.#cycle.set(this.#history);
      this.#pitch = findPitch(this.#history);
      this.#newest = this.#cycle.slice(historySamples - this.#overlap);
      this.#periods = 1;
      this.#offset = 0;
      this.#blendCycle();
      this.#history.set(
        this.#cycle.subarray(historySamples - this.#overlap).map(Math.trunc),
        historySamples - this.#overlap,
      );
      this.#read(frame);
    } else if (this.#erased < 3) {
      const before = this.#offset;
      const tail = new Float64Array(this.#overlap);
      this.#read(tail);
      this.#offset = before;
      while (this.#offset > this.#pitch) this.#offset -= this.#pitch;
      this.#periods += 1;
      this.#blendCycle();
      this.#read(frame);
      frame.set(blended(tail, frame.subarray(0, this.#overlap)));
    } else {
      this.#read(frame);
    }
    this.#attenuate(frame);
    this.#erased += 1;
    return frame;
  }

  get #overlap(): number {
    return this.#pitch >> 2;
  }

  /** Makes the cycle's end run on into its beginning. */
  #blendCycle(): void {
    const start = historySamples - this.#periods * this.#pitch - this.#overlap;
    const before = this.#cycle.slice(start, start + this.#overlap);
    this.#cycle.set(blended(this.#newest, before), historySamples - this.#overlap);
  }

  #read(into: Float64Array): void {
    const length = this.#periods * this.#pitch;
    for (let index = 0; index < into.length; index += 1) {
      into[index] = Math.trunc(this.#cycle[historySamples - length + this.#offset] ?? 0);
      this.#offset = (this.#offset + 1) % length;
    }
  }

  #attenuate(frame: Float64Array): void {
    if (this.#erased === 0) return;
    const gain = this.#erased < audibleFrames ? 1 - (this.#erased - 1) * lossOfGain : 0;
    for (const [index, sample] of frame.entries())
      frame[index] = Math.trunc(
        sample * Math.max(0, gain - (gain > 0 ? lossOfGain * index : 0) / frameSamples),
      );
  }

  #fadeIn(frame: Float64Array): void {
    const overlap = Math.min(frameSamples, this.#overlap + (this.#erased - 1) * overlapGrowth);
    const tail = new Float64Array(overlap);
    this.#read(tail);
    const gain = Math.max(0, 1 - (this.#erased - 1) * lossOfGain);
    frame.set(
      blended(
        tail.map((sample) => gain * sample),
        frame.subarray(0, overlap),
      ),
    );
    this.#erased = 0;
  }
}

/** From `old` to `fresh` in a straight line. */
function blended(old: Float64Array, fresh: Float64Array): Float64Array {
  return fresh.map((sample, index) => {
    const weight = (index + 1) / fresh.length;
    return (1 - weight) * (old[index] ?? 0) + weight * sample;
  });
}

function findPitch(history: Float64Array): number {
  const coarse = bestLag(history, minPitch, maxPitch, decimation);
  return bestLag(
    history,
    Math.max(minPitch, coarse - decimation + 1),
    Math.min(maxPitch, coarse + decimation - 1),
    1,
  );
}

/** The lag at which the newest 20 ms are most like what was before, by every `step`-th lag and sample. */
function bestLag(history: Float64Array, lowest: number, highest: number, step: number): number {
  let best = highest;
  let bestLikeness = -Infinity;
  for (let lag = highest; lag >= lowest; lag -= step) {
    let product = 0;
    let energy = 0;
    for (let index = historySamples - correlatedSamples; index < historySamples; index += step) {
      const past = history[index - lag] ?? 0;
      product += past * (history[index] ?? 0);
      energy += past * past;
    }
    const likeness = product / Math.sqrt(Math.max(energy, leastPower));
    // Of equals the coarse search takes the shorter lag and the fine one the longer.
    if (likeness > bestLikeness || (step > 1 && likeness === bestLikeness)) {
      bestLikeness = likeness;
      best = lag;
    }
  }
  return best;
}
