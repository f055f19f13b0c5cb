/**
 * The playout side's small fixed store. It asks for one 20 ms frame each time one has been played, so that frames held and
 * frames asked for are always two together: one that plays and one that is on its way or waits.
 *
 *   pull ──▶ engine ──frame──▶ push ──▶ [ playing | waiting ] ──read──▶ sound card
 */
import { frameSamples } from '../../contract/audio-frames.ts';

const capacityFrames = 2;
/** Samples played without any answer after which the questions count as lost (the engine was restarted, for example). */
const patienceSamples = 10 * frameSamples;

export class PlayoutRing {
  #frames: Float32Array[] = [];
  /** Samples of the first frame that have been played. */
  #played = 0;
  #asked = 0;
  #sinceAnswer = 0;
  /** Frames that came when two were held already. */
  dropped = 0;
  /** Samples of silence played because no frame was there. */
  missingSamples = 0;

  /** Samples that wait to be played. */
  get depthSamples(): number {
    return this.#frames.length * frameSamples - this.#played;
  }

  /** Samples played since an unanswered question; 0 when nothing is outstanding. */
  get unansweredSamples(): number {
    return this.#asked === 0 ? 0 : this.#sinceAnswer;
  }

  /** How many frames to ask for now. Each one counts as asked. */
  takePulls(): number {
    const due = capacityFrames - this.#frames.length - this.#asked;
    this.#asked += Math.max(due, 0);
    return Math.max(due, 0);
  }

  /** Takes an answer of {@link frameSamples} samples. */
  push(frame: Float32Array): void {
    this.#asked = Math.max(this.#asked - 1, 0);
    this.#sinceAnswer = 0;
    if (this.#frames.length === capacityFrames) {
      this.#frames.shift();
      this.#played = 0;
      this.dropped += 1;
    }
    this.#frames.push(frame);
  }

  /** Forgets frames and questions: a new port begins afresh. */
  reset(): void {
    this.#frames = [];
    this.#played = 0;
    this.#asked = 0;
    this.#sinceAnswer = 0;
  }

  /** Fills the output with what comes next; where nothing is there, with silence. */
  read(output: Float32Array): void {
    let written = 0;
    while (written < output.length) {
      const frame = this.#frames[0];
      if (frame === undefined) break;
      const part = frame.subarray(this.#played, this.#played + output.length - written);
      output.set(part, written);
      written += part.length;
      this.#played += part.length;
      if (this.#played < frameSamples) continue;
      this.#frames.shift();
      this.#played = 0;
    }
    output.fill(0, written);
    this.missingSamples += output.length - written;
    if (this.#asked === 0) return;
    this.#sinceAnswer += output.length;
    if (this.#sinceAnswer % patienceSamples < output.length && this.#sinceAnswer >= patienceSamples) {
      this.#asked = 0;
    }
  }
}
