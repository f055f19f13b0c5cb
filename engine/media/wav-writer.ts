/**
 * Writes a mono 16-bit WAV file while a call runs. Once a second what was heard is written and the header brought up to date, so
 * that the file is whole up to there even when the process ends without a word.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { PhoneFailure } from '../../contract/errors.ts';
import { wavHeader, wavHeaderBytes } from './wav-format.ts';
import { fileReason } from './wav-reader.ts';
import type { FrameSink } from './audio-session.ts';

export class WavWriter implements FrameSink {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #sampleRate: number;
  readonly #onFailure: (reason: string) => void;
  #waiting: Int16Array[] = [];
  #waitingSamples = 0;
  #writtenBytes = 0;
  #work: Promise<void> = Promise.resolve();
  #failed = false;
  #closed: Promise<void> | null = null;

  private constructor(
    path: string,
    file: FileHandle,
    sampleRate: number,
    onFailure: (reason: string) => void,
  ) {
    this.#path = path;
    this.#file = file;
    this.#sampleRate = sampleRate;
    this.#onFailure = onFailure;
  }

  /**
   * Creates the file, or empties it. Rejects with `media.file`.
   * @param onFailure told once when writing fails later on; the rest is dropped.
   */
  static async create(
    path: string,
    sampleRate: number,
    onFailure: (reason: string) => void,
  ): Promise<WavWriter> {
    try {
      const file = await open(path, 'w');
      const writer = new WavWriter(path, file, sampleRate, onFailure);
      await file.write(wavHeader(sampleRate, 0), 0, wavHeaderBytes, 0);
      return writer;
    } catch (error) {
      throw new PhoneFailure('media.file', { file: path, reason: fileReason(error) });
    }
  }

  /** Takes a copy of the samples. */
  write(frame: Int16Array): void {
    if (this.#closed || this.#failed) return;
    this.#waiting.push(frame.slice());
    this.#waitingSamples += frame.length;
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
      await this.#file.write(wavHeader(this.#sampleRate, this.#writtenBytes), 0, wavHeaderBytes, 0);
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
