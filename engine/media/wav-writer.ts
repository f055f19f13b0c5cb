/**
 * Writes a mono 16-bit WAV file while a call runs, at the rate of its first frame. Once a second what was heard is written and the
 * header brought up to date, so that the file is whole up to there even when the process ends without a word.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { PhoneFailure } from '../../contract/errors.ts';
import { FrameConverter, frameSamplesAt, rateOfFrame, type FrameSink } from './frame.ts';
import { wavHeader, wavHeaderBytes } from './wav-format.ts';
import { fileReason } from './wav-reader.ts';

/** Of a file without a sample. */
const telephoneRate = 8000;

export class WavWriter implements FrameSink {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #onFailure: (reason: string) => void;
  readonly #converter = new FrameConverter();
  #sampleRate: number | null = null;
  #waiting: Int16Array[] = [];
  #waitingSamples = 0;
  #writtenBytes = 0;
  #work: Promise<void> = Promise.resolve();
  #failed = false;
  #closed: Promise<void> | null = null;

  private constructor(path: string, file: FileHandle, onFailure: (reason: string) => void) {
    this.#path = path;
    this.#file = file;
    this.#onFailure = onFailure;
  }

  /**
   * Creates the file, or empties it. Rejects with `media.file`.
   * @param onFailure told once when writing fails later on; the rest is dropped.
   */
  static async create(path: string, onFailure: (reason: string) => void): Promise<WavWriter> {
    try {
      const file = await open(path, 'w');
      const writer = new WavWriter(path, file, onFailure);
      await file.write(wavHeader(telephoneRate, 0), 0, wavHeaderBytes, 0);
      return writer;
    } catch (error) {
      throw new PhoneFailure('media.file', { file: path, reason: fileReason(error) });
    }
  }

  /** Takes a copy of the samples. */
  write(frame: Int16Array): void {
    if (this.#closed || this.#failed) return;
    this.#sampleRate ??= rateOfFrame(frame);
    const kept = new Int16Array(frameSamplesAt(this.#sampleRate));
    this.#converter.convertInto(frame, kept);
    this.#waiting.push(kept);
    this.#waitingSamples += kept.length;
    if (this.#waitingSamples >= this.#sampleRate) this.#flush();
  }

  #flush(): void {
    const frames = this.#waiting;
    const bytes = Buffer.alloc(2 * this.#waitingSamples);
    this.#waiting = [];
    this.#waitingSamples = 0;
    let offset = 0;
    for (const frame of frames) for (const sample of frame) offset = bytes.writeInt16LE(sample, offset);
    this.#work = this.#work.then(() => this.#append(bytes));
  }

  async #append(bytes: Buffer): Promise<void> {
    if (this.#failed) return;
    try {
      await this.#file.write(bytes, 0, bytes.length, wavHeaderBytes + this.#writtenBytes);
      this.#writtenBytes += bytes.length;
      await this.#file.write(
        wavHeader(this.#sampleRate ?? telephoneRate, this.#writtenBytes),
        0,
        wavHeaderBytes,
        0,
      );
    } catch (error) {
      this.#failed = true;
      this.#onFailure(`The recording ${this.#path} stopped: ${fileReason(error)}.`);
    }
  }

  /** Writes what is left and closes the file. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= (async () => {
      this.#flush();
      await this.#work;
      await this.#file.close();
    })();
    return this.#closed;
  }
}
