/**
 * What is heard while sound is missing. The sound before the gap goes on as it probably would have; where the sound behind the gap
 * is waiting in the jitter buffer already, it is followed back into the gap in the same way, and the two meet in the middle. Adds
 * no delay. A gap whose end nobody knows fades, as in ITU-T G.711 Appendix I, but more slowly.
 */
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
  #state: 'sounding' | 'guessing' | 'bridging' = 'sounding';
  /** How far the continuation has been heard. */
  #place = 0;
  /** While bridging: where in the continuation the sound behind the gap begins. */
  #bridgeEnd = 0;

  /** @param sampleRate of the sound, in Hz. */
  constructor(sampleRate: number) {
    this.#rate = sampleRate;
    this.#past = new Float32Array(extrapolatedPast(sampleRate));
    this.#continuation = new Float32Array(this.#samples(holdMs + fadeMs));
  }

  /** Takes sound that came, of any length, and smooths its beginning in place when sound had been missing. */
  receive(samples: Int16Array): void {
    // A bridge has led to the sound: there is nothing to smooth.
    if (this.#state === 'guessing' || this.#place !== this.#bridgeEnd) this.#fadeIn(samples);
    this.#state = 'sounding';
    this.#place = 0;
    this.#bridgeEnd = 0;
    this.#keep(samples);
  }

  /**
   * Fills `into`, of any length, with what probably would have come.
   * @param ahead the sound behind the gap, once it is known
   */
  conceal(into: Int16Array, ahead: SoundAhead | null = null): void {
    if (this.#state === 'sounding') {
      extrapolateInto(this.#past, this.#rate, this.#continuation);
      this.#fade(this.#continuation);
      this.#state = 'guessing';
      this.#place = 0;
    }
    if (ahead && this.#state === 'guessing' && ahead.after <= this.#continuation.length) this.#bridge(ahead);
    for (let index = 0; index < into.length; index += 1) into[index] = this.#next();
    this.#keep(into);
  }

  /** Silence was played: there is nothing to go on with. */
  reset(): void {
    this.#past.fill(0);
    this.#state = 'sounding';
    this.#place = 0;
    this.#bridgeEnd = 0;
  }

  #samples(milliseconds: number): number {
    return Math.round((milliseconds * this.#rate) / 1000);
  }

  #next(): number {
    const sample = this.#continuation[this.#place] ?? 0;
    this.#place += 1;
    return toInt16(sample);
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
    const onward = fresh.map((_, index) =>
      this.#between(this.#place + index + shift * Math.min(1, (index + 1) / intoStep)),
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
