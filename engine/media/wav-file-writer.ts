/**
 * A 16-bit WAV file that grows while a call runs. Once a second what has come is written and the header brought up to date, so that
 * the file is whole up to there even when the process ends without a word.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { PhoneFailure } from '../../contract/errors.ts';
import { wavHeader, wavHeaderBytes } from './wav-format.ts';
import { fileReason } from './wav-reader.ts';

export interface WavFileOptions {
  channels: 1 | 2;
  /** A file that is there already is emptied; else it is a reason to refuse. */
  overwrite: boolean;
  /** Told once when writing fails later on; the rest is dropped. */
  onFailure: (reason: string) => void;
}

/** Of a file without a sample. */
const telephoneRate = 8000;
/** The sizes in the header have 32 bits. */
const mostBytes = 0xffff_ffff - wavHeaderBytes;

export class WavFileWriter {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #options: WavFileOptions;
  #sampleRate = telephoneRate;
  #waiting: Int16Array[] = [];
  #waitingSamples = 0;
  #writtenBytes = 0;
  #work: Promise<void> = Promise.resolve();
  #failed = false;
  #closed: Promise<void> | null = null;

  private constructor(path: string, file: FileHandle, options: WavFileOptions) {
    this.#path = path;
    this.#file = file;
    this.#options = options;
  }

  /** Rejects with `media.file`. */
  static async create(path: string, options: WavFileOptions): Promise<WavFileWriter> {
    try {
      const file = await open(path, options.overwrite ? 'w' : 'wx');
      await file.write(wavHeader(telephoneRate, 0, options.channels), 0, wavHeaderBytes, 0);
      return new WavFileWriter(path, file, options);
    } catch (error) {
      throw new PhoneFailure('media.file', { file: path, reason: fileReason(error) });
    }
  }

  /** Takes samples over, those of several channels in turn. The rate is one and the same for all of a file. */
  append(samples: Int16Array, sampleRate: number): void {
    if (this.#closed || this.#failed) return;
    this.#sampleRate = sampleRate;
    this.#waiting.push(samples);
    this.#waitingSamples += samples.length;
    if (this.#waitingSamples >= sampleRate * this.#options.channels) this.#flush();
  }

  #flush(): void {
    const parts = this.#waiting;
    const bytes = Buffer.alloc(2 * this.#waitingSamples);
    this.#waiting = [];
    this.#waitingSamples = 0;
    let offset = 0;
    for (const part of parts) for (const sample of part) offset = bytes.writeInt16LE(sample, offset);
    this.#work = this.#work.then(() => this.#write(bytes));
  }

  async #write(bytes: Buffer): Promise<void> {
    if (this.#failed) return;
    if (this.#writtenBytes + bytes.length > mostBytes)
      return this.#fail('it is as long as a WAV file can be');
    try {
      await this.#file.write(bytes, 0, bytes.length, wavHeaderBytes + this.#writtenBytes);
      this.#writtenBytes += bytes.length;
      const header = wavHeader(this.#sampleRate, this.#writtenBytes, this.#options.channels);
      await this.#file.write(header, 0, wavHeaderBytes, 0);
    } catch (error) {
      this.#fail(fileReason(error));
    }
  }

  #fail(reason: string): void {
    this.#failed = true;
    this.#options.onFailure(`The recording ${this.#path} stopped: ${reason}.`);
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
