/**
 * What is heard while sound is missing. The sound before the gap goes on as it probably would have; where the sound behind the gap
 * is waiting in the jitter buffer already, it is followed back into the gap in the same way, and the two meet in the middle. Adds
 * no delay. A gap whose end nobody knows fades, as in ITU-T G.711 Appendix I, but not to dead silence: the noise behind the voice
 * goes on. In a pause that was announced (RFC 3389) noise is heard as the far side describes it.
 *
 * All calls may miss their sound at once, in code that has hardly run before. Each of them must be done long before its next frame, or
 * the thread falls behind and has still more to conceal: so whole frames are gone through in WebAssembly only.
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
import { rampInPlace } from '../../native-wasm/gain.ts';
import { layOnNoise } from '../../native-wasm/noise.ts';

/** At full strength for a packet, then fading. */
const holdMs = 20;
const fadeMs = 60;
/** Sound that comes back after a gap fades in over so much; longer hides more of what is true than it smooths. */
const fadeInMs = 5;
/** The guessed sound has come out of step with the voice by at most so much, and is brought into step within so much. */
const outOfStepMs = 1.25;
const intoStepMs = 2.5;
/** What is heard is made in blocks of so much: a frame. */
const blockMs = 20;
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
  /** What is heard next, a block at a time, and the noise behind it. */
  readonly #block: Float32Array;
  readonly #hiss: Float32Array;
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
    this.#block = new Float32Array(this.#samples(blockMs));
    this.#hiss = new Float32Array(this.#block.length);
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
    const held = Math.max(0, this.#samples(holdMs) - this.#place);
    const untilFade = this.#state === 'guessing' ? Math.min(held, into.length) : into.length;
    this.#hear(into.subarray(0, untilFade), 0, fadeMs);
    this.#hear(into.subarray(untilFade), 1, fadeMs);
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
    this.#hear(into, this.#announced ? 1 : 0, intoPauseMs);
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
    fadeOut(this.#continuation.subarray(this.#place), this.#samples(intoPauseMs));
    if (!this.#announced) this.#past.fill(0);
    this.#state = 'pausing';
  }

  /** Fills `into`, of any length, with the continuation and the noise behind the voice, which is on its way to a share of itself. */
  #hear(into: Int16Array, wanted: number, overMs: number): void {
    const step = 1 / this.#samples(overMs);
    for (let start = 0; start < into.length; start += this.#block.length) {
      const heard = into.subarray(start, start + this.#block.length);
      const block = this.#block.subarray(0, heard.length).fill(0);
      block.set(this.#continuation.subarray(this.#place, this.#place + heard.length));
      this.#place += heard.length;
      const hiss = this.#hissOf(heard.length, wanted);
      this.#noiseShare = layOnNoise(block, hiss, { share: this.#noiseShare, wanted, step }, heard);
    }
  }

  /** The noise behind the voice; silence while none of it is heard or wanted. */
  #hissOf(length: number, wanted: number): Float32Array {
    const hiss = this.#hiss.subarray(0, length);
    if (this.#noiseShare > 0 || wanted > 0) this.#noise.fill(hiss);
    else hiss.fill(0);
    return hiss;
  }

  #samples(milliseconds: number): number {
    return Math.round((milliseconds * this.#rate) / 1000);
  }

  #fade(continuation: Float32Array): void {
    fadeOut(continuation.subarray(this.#samples(holdMs)), this.#samples(fadeMs));
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
    const hiss = this.#hissOf(length, this.#noiseShare);
    const onward = fresh.map(
      (_, index) =>
        this.#between(this.#place + index + shift * Math.min(1, (index + 1) / intoStep)) +
        this.#noiseShare * (hiss[index] ?? 0),
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

/** Fades out in a straight line, over so many samples. */
function fadeOut(sound: Float32Array, over: number): void {
  const fading = sound.subarray(0, over);
  rampInPlace(fading, 1 + 1 / over, 1 + (1 - fading.length) / over);
  sound.subarray(over).fill(0);
}

function toInt16(sample: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(sample)));
}
