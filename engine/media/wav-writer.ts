/** Writes what a call's far side says into a mono WAV file, at the rate of its first frame. */
import { FrameConverter, frameSamplesAt, rateOfFrame, type FrameSink } from './frame.ts';
import { WavFileWriter } from './wav-file-writer.ts';

export class WavWriter implements FrameSink {
  readonly #file: WavFileWriter;
  readonly #converter = new FrameConverter();
  #sampleRate: number | null = null;

  private constructor(file: WavFileWriter) {
    this.#file = file;
  }

  /**
   * Creates the file, or empties it. Rejects with `media.file`.
   * @param onFailure told once when writing fails later on; the rest is dropped.
   */
  static async create(path: string, onFailure: (reason: string) => void): Promise<WavWriter> {
    return new WavWriter(await WavFileWriter.create(path, { channels: 1, overwrite: true, onFailure }));
  }

  /** Takes a copy of the samples. */
  write(frame: Int16Array): void {
    this.#sampleRate ??= rateOfFrame(frame);
    const kept = new Int16Array(frameSamplesAt(this.#sampleRate));
    this.#converter.convertInto(frame, kept);
    this.#file.append(kept, this.#sampleRate);
  }

  /** Writes what is left and closes the file. Idempotent. */
  close(): Promise<void> {
    return this.#file.close();
  }
}
