/**
 * Keys as tones in the sound, for a far side that takes nothing else: two sines at once (ITU-T Q.23), at least 40 ms on and 40 ms
 * off (Q.24).
 *
 *   presses ──► key: tone for its duration ──► silence for its gap ──► the next key, or done
 */
import type { KeyPress } from '../rtp/telephone-event.ts';

/** Hz, Q.23 §6. */
const lowFrequencies = [697, 770, 852, 941];
const highFrequencies = [1209, 1336, 1477, 1633];
const keypad = '123A456B789C*0#D';

/** A sine of full scale is +3.17 dBm0 in µ-law (G.711 §3), so this many dBm0 are an amplitude of 16-bit samples. */
const amplitudeOf = (dBm0: number) => 32_767 * 10 ** ((dBm0 - 3.17) / 20);
/** The higher tone is sent louder: cables take more of it. Together they stay below full scale. */
const lowAmplitude = amplitudeOf(-8);
const highAmplitude = amplitudeOf(-6);

const leastMs = 40;
/** Tones begin and end softly: a click holds every frequency. */
const rampMs = 2;

interface Tone {
  press: KeyPress;
  lowStep: number;
  highStep: number;
  samples: number;
  gapSamples: number;
}

export class KeyTones {
  readonly #sampleRate: number;
  #waiting: Tone[] = [];
  /** Samples of the first waiting tone that have been given, its gap included. */
  #given = 0;

  /** @param sampleRate of the sound, in Hz */
  constructor(sampleRate: number) {
    this.#sampleRate = sampleRate;
  }

  /** Sounds the key after those that wait. Keys without tones are passed over. */
  press(press: KeyPress): void {
    const at = press.digit.length === 1 ? keypad.indexOf(press.digit) : -1;
    const [low, high] = [lowFrequencies[at >> 2], highFrequencies[at & 3]];
    if (low === undefined || high === undefined) return;
    const durationMs = Math.max(leastMs, press.durationMs);
    const step = (2 * Math.PI) / this.#sampleRate;
    this.#waiting.push({
      press: { ...press, durationMs },
      lowStep: low * step,
      highStep: high * step,
      samples: this.#samplesOf(durationMs),
      gapSamples: this.#samplesOf(Math.max(leastMs, press.gapMs)),
    });
  }

  /** There is a key or its gap to be sent. */
  get active(): boolean {
    return this.#waiting.length > 0;
  }

  /** Puts the keys in the place of a frame's sound; what comes after the last key's gap stays. Tells which keys are complete. */
  read(into: Int16Array): KeyPress[] {
    const complete: KeyPress[] = [];
    for (let at = 0; at < into.length; at += 1) {
      const [tone] = this.#waiting;
      if (tone === undefined) break;
      into[at] = this.#sample(tone, this.#given);
      this.#given += 1;
      if (this.#given === tone.samples) complete.push(tone.press);
      if (this.#given === tone.samples + tone.gapSamples) {
        this.#waiting.shift();
        this.#given = 0;
      }
    }
    return complete;
  }

  #sample({ lowStep, highStep, samples }: Tone, at: number): number {
    if (at >= samples) return 0;
    const edge = Math.min(at + 1, samples - at) / this.#samplesOf(rampMs);
    const sound = lowAmplitude * Math.sin(lowStep * at) + highAmplitude * Math.sin(highStep * at);
    return Math.round(Math.min(1, edge) * sound);
  }

  #samplesOf(milliseconds: number): number {
    return Math.round((milliseconds * this.#sampleRate) / 1000);
  }
}
