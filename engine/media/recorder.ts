/**
 * Records a call into a stereo WAV file: left what goes out from here, right what comes from there. In a conference left is the
 * microphone and right everybody else.
 *
 *   here ──► tone, which the far side hears as well ──► left ──┐
 *                                                              ├──► file, both as old as each other
 *   there ───────────────────────────────────────────► right ──┘
 *
 * Each side is placed by the clock: what is missing (a hold, a device that is not there) becomes silence, and a side whose clock is
 * faster loses a frame now and then, so that question and answer stay where they were.
 */
import { FrameConverter, frameSamplesAt, rateOfFrame } from './frame.ts';
import { WavFileWriter } from './wav-file-writer.ts';

/** Frames come in lumps of up to a packet's 60 ms; only more than this is a gap, or too much. */
const slackMs = 100;
/** How long a side may be missing before the other one is written without it. */
const patienceMs = 1000;

/** The tone of recordings: short, high and seldom enough to talk through. */
const toneHz = 1400;
const toneMs = 200;
const toneEveryMs = 15_000;
const toneAmplitude = 2000;
const toneRampMs = 5;

/** One channel that waits to be written. */
class Side {
  readonly #converter = new FrameConverter();
  #frames: Int16Array[] = [];
  /** Taken already of the first frame that waits. */
  #taken = 0;
  /** Samples placed since the recording began. */
  placed = 0;

  add(frame: Int16Array, sampleRate: number): void {
    const kept = new Int16Array(frameSamplesAt(sampleRate));
    this.#converter.convertInto(frame, kept);
    this.#frames.push(kept);
    this.placed += kept.length;
  }

  /** Silence up to so many samples in all. */
  padTo(samples: number): void {
    if (samples <= this.placed) return;
    this.#frames.push(new Int16Array(samples - this.placed));
    this.placed = samples;
  }

  /** Moves samples into every other place of `into`, beginning at `channel`. */
  takeInto(into: Int16Array, channel: 0 | 1): void {
    for (let at = channel; at < into.length; at += 2) {
      const [frame] = this.#frames;
      into[at] = frame?.[this.#taken] ?? 0;
      this.#taken += 1;
      if (frame && this.#taken >= frame.length) {
        this.#frames.shift();
        this.#taken = 0;
      }
    }
  }
}

export class Recorder {
  readonly #file: WavFileWriter;
  readonly #tone: boolean;
  readonly #now: () => number;
  readonly #here = new Side();
  readonly #there = new Side();
  #startMs: number | null = null;
  /** Of the first frame; others are converted. */
  #sampleRate = 8000;
  #written = 0;
  /** Milliseconds of the tone's time that have gone out. */
  #toneClockMs = 0;

  private constructor(file: WavFileWriter, tone: boolean, now: () => number) {
    this.#file = file;
    this.#tone = tone;
    this.#now = now;
  }

  /** Creates the file, which must not be there yet. Rejects with `media.file`. */
  static async create(
    path: string,
    options: { tone: boolean; now: () => number; onFailure: (reason: string) => void },
  ): Promise<Recorder> {
    const { tone, now, onFailure } = options;
    const file = await WavFileWriter.create(path, { channels: 2, overwrite: false, onFailure });
    return new Recorder(file, tone, now);
  }

  /** A frame on its way to the far side; the tone is put into it. */
  here(frame: Int16Array): void {
    if (this.#tone) this.#sound(frame);
    this.#place(this.#here, frame);
  }

  /** A frame that came from the far side. */
  there(frame: Int16Array): void {
    this.#place(this.#there, frame);
  }

  #sound(frame: Int16Array): void {
    const sampleMs = 1000 / rateOfFrame(frame);
    for (let index = 0; index < frame.length; index += 1) {
      const atMs = (this.#toneClockMs + index * sampleMs) % toneEveryMs;
      if (atMs >= toneMs) continue;
      const ramp = Math.min(1, atMs / toneRampMs, (toneMs - atMs) / toneRampMs);
      const tone = toneAmplitude * ramp * Math.sin((2 * Math.PI * toneHz * atMs) / 1000);
      frame[index] = Math.max(-32_768, Math.min(32_767, (frame[index] ?? 0) + Math.round(tone)));
    }
    this.#toneClockMs += frame.length * sampleMs;
  }

  #place(side: Side, frame: Int16Array): void {
    const nowMs = this.#now();
    if (this.#startMs === null) {
      this.#startMs = nowMs;
      this.#sampleRate = rateOfFrame(frame);
    }
    const rate = this.#sampleRate;
    const due = Math.round(((nowMs - this.#startMs) * rate) / 1000);
    const slack = (slackMs * rate) / 1000;
    if (side.placed < due - slack) side.padTo(due);
    if (side.placed <= due + slack) side.add(frame, rate);
    this.#write(due);
  }

  /** Writes what both sides have, and what one has for so long that the other will not come. */
  #write(due: number): void {
    const missing = due - (patienceMs * this.#sampleRate) / 1000;
    this.#here.padTo(missing);
    this.#there.padTo(missing);
    const ready = Math.min(this.#here.placed, this.#there.placed) - this.#written;
    if (ready <= 0) return;
    const samples = new Int16Array(2 * ready);
    this.#here.takeInto(samples, 0);
    this.#there.takeInto(samples, 1);
    this.#written += ready;
    this.#file.append(samples, this.#sampleRate);
  }

  /** Writes what is left and closes the file. Idempotent. */
  close(): Promise<void> {
    const last = Math.max(this.#here.placed, this.#there.placed);
    this.#here.padTo(last);
    this.#there.padTo(last);
    this.#write(0);
    return this.#file.close();
  }
}
