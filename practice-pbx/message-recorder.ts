/** Records a caller frame by frame until he is silent or has had enough time. Pure: its clock is the sound itself. */
import { durationOf, frameSamples, levelDb, samplesOf } from './telephone-sound.ts';

/** A frame below this is silence: comfort noise of phones lies near −60 dBFS, quiet speech above −40. */
export const silenceBelowDb = -48;

/** What speech stops at: cut off the end of a recording that ended in silence, but not the breath after the last word. */
const keptSilenceMs = 300;

export class MessageRecorder {
  readonly #samples: Int16Array;
  readonly #silenceSamples: number;
  #length = 0;
  #silentFor = 0;

  /** Stops by itself after `limitMs`, or after `silenceMs` without speech. */
  constructor(limitMs: number, silenceMs: number) {
    this.#samples = new Int16Array(samplesOf(limitMs));
    this.#silenceSamples = samplesOf(silenceMs);
  }

  /** Takes the next 20 ms; tells when the recording is over. */
  write(frame: Int16Array): 'silence' | 'limit' | undefined {
    const taken = frame.subarray(0, Math.min(frameSamples, this.#samples.length - this.#length));
    this.#samples.set(taken, this.#length);
    this.#length += taken.length;
    this.#silentFor = levelDb(frame) < silenceBelowDb ? this.#silentFor + taken.length : 0;
    if (this.#silentFor >= this.#silenceSamples) return 'silence';
    return this.#length === this.#samples.length ? 'limit' : undefined;
  }

  /** What was recorded, without the long silence at its end. */
  finish(): { samples: Int16Array; durationMs: number } {
    const cut = Math.max(0, this.#silentFor - samplesOf(keptSilenceMs));
    // A recording of silence alone is nothing.
    const end = this.#silentFor === this.#length ? 0 : this.#length - cut;
    return { samples: this.#samples.slice(0, end), durationMs: durationOf(end) };
  }
}
