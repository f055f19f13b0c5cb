/**
 * Pauses are not sent but described (RFC 3389 §4), where both sides agreed to it: what to send in each slot.
 *
 *              nobody speaks          describe at once, then again
 *   sounding ────────────────▶ resting ── twice a second, or when the noise has changed ──┐
 *       ▲                        │  ▲                                                     │
 *       └────── speech ──────────┘  └─────────────────────────────────────────────────────┘
 */
import type { NoiseDescription } from '../rtp/comfort-noise.ts';
import { describeNoise } from './background-noise.ts';

/** Sound is sent all the same at the beginning of a call: it opens paths, and shows the far side that there is any. */
const beginningMs = 2000;
/** A description may be lost, and address translators forget who is silent. */
const renewalMs = 500;
/** A change of so much is heard. */
const audibleChangeDb = 3;
/** What can be predicted so well is no noise but a tone: of a modem, of a queue, of music. It is sent as it is. */
const tonalGainDb = 14;
/** Softer than this nothing is a tone, but hum. */
const softestToneDbov = -60;
/** The noise is known from about so many slots. */
const slotsRemembered = 8;

export type SlotContent =
  | { kind: 'sound' }
  | { kind: 'noise'; noise: NoiseDescription }
  /** The far side goes on with the noise that it knows. */
  | { kind: 'nothing' };

export class SilenceSuppression {
  #elapsedMs = 0;
  /** Mean power of the noise as a level, over the last slots of the pause. */
  #levelDbov = 0;
  #slots = 0;
  #described: { levelDbov: number; atMs: number } | null = null;

  /**
   * @param samples of the slot
   * @param isSpeech somebody speaks, or the slot belongs to something else that must be heard
   */
  next(samples: Int16Array, slotMs: number, isSpeech: boolean): SlotContent {
    this.#elapsedMs += slotMs;
    const description = describeNoise(samples);
    const { levelDbov, reflections } = description;
    if (isSpeech || this.#elapsedMs <= beginningMs || isTonal(description)) {
      this.#described = null;
      this.#slots = 0;
      return { kind: 'sound' };
    }
    this.#slots = Math.min(slotsRemembered, this.#slots + 1);
    this.#levelDbov += (levelDbov - this.#levelDbov) / this.#slots;
    if (!this.#isDue()) return { kind: 'nothing' };
    this.#described = { levelDbov: this.#levelDbov, atMs: this.#elapsedMs };
    return { kind: 'noise', noise: { levelDbov: this.#levelDbov, reflections } };
  }

  #isDue(): boolean {
    if (!this.#described) return true;
    const { levelDbov, atMs } = this.#described;
    return this.#elapsedMs - atMs >= renewalMs || Math.abs(this.#levelDbov - levelDbov) >= audibleChangeDb;
  }
}

function isTonal({ levelDbov, reflections }: NoiseDescription): boolean {
  const unpredicted = reflections.reduce((share, reflection) => share * (1 - reflection * reflection), 1);
  return levelDbov > softestToneDbov && -10 * Math.log10(unpredicted) > tonalGainDb;
}
