/**
 * A 16-bit WAV file that grows while a call runs. Once a second what has come is written and the header brought up to date, so that
 * the file is whole up to there even when the process ends without a word.
 */
import { open, rm, type FileHandle } from 'node:fs/promises';
import { PhoneFailure } from '../../contract/errors.ts';
import { wavHeader, wavHeaderBytes } from './wav-format.ts';
import { fileReason } from './file-reason.ts';

export interface WavFileOptions {
  channels: 1 | 2;
  /** A file that is there already is emptied; else it is a reason to refuse. */
  overwrite: boolean;
  /** Told once, in words, when writing fails later on; what is there already stays, the rest is dropped. */
  onFailure: (reason: string) => void;
}

/** Of a file without a sample. */
const telephoneRate = 8000;
/** The sizes in the header have 32 bits. */
const mostBytes = 0xffff_ffff - wavHeaderBytes;

export class WavFileWriter {
  readonly #file: FileHandle;
  readonly #options: WavFileOptions;
  #sampleRate = telephoneRate;
  #waiting: Int16Array[] = [];
  #waitingSamples = 0;
  #writtenBytes = 0;
  #work: Promise<void> = Promise.resolve();
  #failed = false;
  /** The file system tells whether the file is still in a folder. */
  #isListed = false;
  #closed: Promise<void> | null = null;

  private constructor(file: FileHandle, options: WavFileOptions) {
    this.#file = file;
    this.#options = options;
  }

  /** Rejects with `media.file`. */
  static async create(path: string, options: WavFileOptions): Promise<WavFileWriter> {
    let file: FileHandle | undefined;
    try {
      file = await open(path, options.overwrite ? 'w' : 'wx');
      const writer = new WavFileWriter(file, options);
      await writer.#begin();
      return writer;
    } catch (error) {
      await file?.close();
      // A new file without even a header helps nobody.
      if (file !== undefined && !options.overwrite) await rm(path, { force: true });
      throw new PhoneFailure('media.file', { file: path, reason: fileReason(error) });
    }
  }

  async #begin(): Promise<void> {
    await this.#writeHeader();
    this.#isListed = await this.#hasName();
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
      await this.#writeSamples(bytes);
      await this.#writeHeader();
      if (this.#isListed && !(await this.#hasName())) this.#fail('its file was removed');
    } catch (error) {
      await this.#keepWhatFits();
      this.#fail(fileReason(error));
    }
  }

  /** A disk that becomes full takes the beginning first, and says so with the rest only. */
  async #writeSamples(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const place = wavHeaderBytes + this.#writtenBytes;
      const { bytesWritten } = await this.#file.write(bytes, at, bytes.length - at, place);
      at += bytesWritten;
      this.#writtenBytes += bytesWritten;
    }
  }

  /** Ends the file with the last sample that is whole. */
  async #keepWhatFits(): Promise<void> {
    this.#writtenBytes -= this.#writtenBytes % (2 * this.#options.channels);
    try {
      await this.#file.truncate(wavHeaderBytes + this.#writtenBytes);
      await this.#writeHeader();
    } catch {
      // A disk that is gone altogether: the header of a second ago is as good as it gets.
    }
  }

  async #writeHeader(): Promise<void> {
    const header = wavHeader(this.#sampleRate, this.#writtenBytes, this.#options.channels);
    await this.#file.write(header, 0, wavHeaderBytes, 0);
  }

  /** A file that was removed can be written to, but nobody will ever find it. */
  async #hasName(): Promise<boolean> {
    return (await this.#file.stat()).nlink > 0;
  }

  #fail(reason: string): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#options.onFailure(reason);
  }

  /** Writes what is left and closes the file. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= (async () => {
      this.#flush();
      await this.#work;
      // Some network disks tell only now that they did not keep what they took.
      await this.#file.close().catch((error: unknown) => this.#fail(fileReason(error)));
    })();
    return this.#closed;
  }
}
