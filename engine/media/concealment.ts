/**
 * What is heard while sound is missing. The sound before the gap goes on as it probably would have; where the sound behind the gap
 * is waiting in the jitter buffer already, it is followed back into the gap in the same way, and the two meet in the middle. Adds
 * no delay. A gap whose end nobody knows fades, as in ITU-T G.711 Appendix I, but not to dead silence: the noise behind the voice
 * goes on. In a pause that was announced (RFC 3389) noise is heard as the far side describes it.
 *
 *                          ┌── conceal ──▶ guessing ── its end is known ──▶ bridging
 *   sounding ◀── receive ──┤
 *                          └── pause ────▶ pausing
 */
import { assertNever } from '../../contract/assert-never.ts';
import type { NoiseDescription } from '../rtp/comfort-noise.ts';
import { BackgroundNoise } from './background-noise.ts';
import { BackgroundTracker } from './background-tracker.ts';
import { crossfaded, mostAlike } from './crossfade.ts';
import { extrapolatedPast, extrapolateInto } from '../../native-wasm/extrapolate.ts';

/** At full strength for a packet, then fading. */
const holdMs = 20;
const fadeMs = 60;
/** Sound that comes back after a gap fades in over so much; longer hides more of what is true than it smooths. */
const fadeInMs = 5;
/** The guessed sound has come out of step with the voice by at most so much, and is brought into step within so much. */
const outOfStepMs = 1.25;
const intoStepMs = 2.5;
/** Where a pause begins, sound and noise take turns within so much. */
const intoPauseMs = 10;

/** Sound that waits behind a gap. */
export interface SoundAhead {
  samples: Int16Array;
  /** Where it begins, in samples from the beginning of what is concealed now. */
  after: number;
}

export class Concealer {
  readonly #rate: number;
  /** What was heard last, concealed or not, in int16 scale. */
  readonly #past: Float32Array;
  /** What is heard from now on; as long as a gap is heard at all. */
  readonly #continuation: Float32Array;
  readonly #tracker: BackgroundTracker;
  readonly #noise = new BackgroundNoise();
  /** The noise of pauses as the far side described it. */
  #announced: NoiseDescription | null = null;
  /** How much of the noise is heard, 0 to 1. */
  #noiseShare = 0;
  #state: 'sounding' | 'guessing' | 'bridging' | 'pausing' = 'sounding';
  /** How far the continuation has been heard. */
  #place = 0;
  /** While bridging: where in the continuation the sound behind the gap begins. */
  #bridgeEnd = 0;

  /** @param sampleRate of the sound, in Hz. */
  constructor(sampleRate: number) {
    this.#rate = sampleRate;
    this.#past = new Float32Array(extrapolatedPast(sampleRate));
    this.#continuation = new Float32Array(this.#samples(holdMs + fadeMs));
    this.#tracker = new BackgroundTracker(sampleRate);
  }

  /** Takes sound that came, of any length, and smooths its beginning in place when sound had been missing. */
  receive(samples: Int16Array): void {
    this.#tracker.hear(samples);
    if (!this.#isReached) this.#fadeIn(samples);
    this.#state = 'sounding';
    this.#announced = null;
    this.#place = 0;
    this.#bridgeEnd = 0;
    this.#noiseShare = 0;
    this.#keep(samples);
  }

  /**
   * Fills `into`, of any length, with what probably would have come.
   * @param ahead the sound behind the gap, once it is known
   */
  conceal(into: Int16Array, ahead: SoundAhead | null = null): void {
    if (this.#state === 'sounding' || this.#state === 'pausing') this.#beginGuess();
    if (ahead && this.#state === 'guessing' && ahead.after <= this.#continuation.length) this.#bridge(ahead);
    const hold = this.#samples(holdMs);
    for (let index = 0; index < into.length; index += 1) {
      const isFading = this.#state === 'guessing' && this.#place >= hold;
      into[index] = toInt16(this.#next() + this.#background(isFading ? 1 : 0, fadeMs));
    }
    this.#keep(into);
  }

  /** A pause begins, or goes on; its noise is as the far side says, until sound comes. */
  announce(noise: NoiseDescription): void {
    this.#announced = noise;
    if (this.#state === 'pausing') this.#noise.describe(noise);
  }

  /**
   * Fills `into`, of any length, where nothing is missing: with the noise that was announced, else with silence. Answers false when it
   * is silence.
   */
  pause(into: Int16Array): boolean {
    if (this.#state !== 'pausing') this.#beginPause();
    const share = this.#announced ? 1 : 0;
    for (let index = 0; index < into.length; index += 1)
      into[index] = toInt16(this.#next() + this.#background(share, intoPauseMs));
    this.#keep(into);
    return this.#announced !== null;
  }

  /** Nothing needs to be smoothed: nothing was missing, a bridge has led to the sound, or it begins out of silence. */
  get #isReached(): boolean {
    switch (this.#state) {
      case 'sounding':
        return true;
      case 'guessing':
        return false;
      case 'bridging':
        return this.#place === this.#bridgeEnd;
      case 'pausing':
        return this.#announced === null;
      default:
        return assertNever(this.#state);
    }
  }

  #beginGuess(): void {
    extrapolateInto(this.#past, this.#rate, this.#continuation);
    this.#fade(this.#continuation);
    const noise = this.#announced ?? this.#tracker.noise;
    if (noise) this.#noise.describe(noise);
    this.#state = 'guessing';
    this.#place = 0;
    // In a pause the past has the noise in it already.
    this.#noiseShare = 0;
  }

  /** What was heard goes on for a moment and out. After sound that ends without an announcement, nothing does. */
  #beginPause(): void {
    if (this.#announced) this.#noise.describe(this.#announced);
    if (this.#state === 'sounding') {
      if (this.#announced) extrapolateInto(this.#past, this.#rate, this.#continuation);
      else this.#continuation.fill(0);
      this.#place = 0;
    }
    const out = this.#samples(intoPauseMs);
    for (let index = this.#place; index < this.#continuation.length; index += 1) {
      const share = Math.max(0, 1 - (index - this.#place) / out);
      this.#continuation[index] = (this.#continuation[index] ?? 0) * share;
    }
    if (!this.#announced) this.#past.fill(0);
    this.#state = 'pausing';
  }

  /** The noise behind the voice, on its way to a share of itself. */
  #background(share: number, overMs: number): number {
    const step = 1 / this.#samples(overMs);
    this.#noiseShare += Math.max(-step, Math.min(step, share - this.#noiseShare));
    return this.#noiseShare > 0 ? this.#noiseShare * this.#noise.next() : 0;
  }

  #samples(milliseconds: number): number {
    return Math.round((milliseconds * this.#rate) / 1000);
  }

  #next(): number {
    const sample = this.#continuation[this.#place] ?? 0;
    this.#place += 1;
    return sample;
  }

  #fade(continuation: Float32Array): void {
    const hold = this.#samples(holdMs);
    const fade = this.#samples(fadeMs);
    for (let index = hold; index < continuation.length; index += 1)
      continuation[index] = (continuation[index] ?? 0) * Math.max(0, 1 - (index - hold) / fade);
  }

  /** Leads what is left of the continuation over into the sound ahead, followed backwards. */
  #bridge({ samples, after }: SoundAhead): void {
    const future = Float32Array.from(samples).reverse();
    const back = new Float32Array(after);
    extrapolateInto(future, this.#rate, back);
    this.#fade(back);
    back.reverse();
    const onward = new Float32Array(after);
    onward.set(this.#continuation.subarray(this.#place, this.#place + after));
    this.#continuation.fill(0);
    this.#continuation.set(crossfaded(onward, back));
    this.#state = 'bridging';
    this.#place = 0;
    this.#bridgeEnd = after;
  }

  /**
   * The continuation goes on under the beginning of the sound that came back, and out. On its first samples it is read a little
   * faster or slower, until it is in step with that sound: voices out of step cancel each other.
   */
  #fadeIn(samples: Int16Array): void {
    const length = Math.min(samples.length, this.#samples(fadeInMs));
    const fresh = Float32Array.from(samples.subarray(0, length));
    const shift = mostAlike(this.#continuation, this.#place, fresh, this.#samples(outOfStepMs));
    const intoStep = this.#samples(intoStepMs);
    const onward = fresh.map(
      (_, index) =>
        this.#between(this.#place + index + shift * Math.min(1, (index + 1) / intoStep)) +
        this.#noiseShare * this.#noise.next(),
    );
    samples.set(crossfaded(onward, fresh).map(toInt16));
  }

  /** The continuation at a place between two samples. */
  #between(place: number): number {
    const whole = Math.floor(place);
    const before = this.#continuation[whole] ?? 0;
    const after = this.#continuation[whole + 1] ?? 0;
    return before + (place - whole) * (after - before);
  }

  #keep(samples: Int16Array): void {
    const past = this.#past;
    if (samples.length >= past.length) {
      past.set(samples.subarray(samples.length - past.length));
      return;
    }
    past.copyWithin(0, samples.length);
    past.set(samples, past.length - samples.length);
  }
}

function toInt16(sample: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(sample)));
}
