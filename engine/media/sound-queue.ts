/**
 * Decoded sound that waits to be pulled, with a little of what was pulled last behind it. It can be made shorter or longer by
 * about a pitch period, without a change of pitch.
 *
 *   line   │ past (15 ms) │ waiting ──────────────▶│
 *                         ▲ the next sample that is read
 */
import { blendSeamInto, findSeam, type Seam } from '../../native-wasm/time-scale.ts';

/** Pitch periods of voices: 66 to 400 Hz. */
const shortestShiftMs = 2.5;
const longestShiftMs = 15;
/** Compared, and blended over. */
const blendMs = 10;
/** As quiet as this at both places, nobody hears a seam. */
const quietDbfs = -60;
/** A seam from loud to soft or back would be a step: more than this apart is a beginning or an end of sound. */
const mostStepDb = 9;

export interface Seamed {
  /** Samples left out or said twice. */
  samples: number;
  /** In what was next to silent: it does not count as a seam that might be heard. */
  quiet: boolean;
}

export class SoundQueue {
  readonly #past: number;
  readonly #shortest: number;
  readonly #longest: number;
  readonly #blend: Int16Array;
  #line: Int16Array;
  #end: number;

  /** @param sampleRate of the sound, in Hz */
  constructor(sampleRate: number) {
    const samples = (milliseconds: number): number => Math.round((milliseconds * sampleRate) / 1000);
    this.#shortest = samples(shortestShiftMs);
    this.#longest = samples(longestShiftMs);
    this.#blend = new Int16Array(samples(blendMs));
    this.#past = this.#longest;
    this.#line = new Int16Array(this.#past + samples(100));
    this.#end = this.#past;
  }

  /** Samples that wait. */
  get length(): number {
    return this.#end - this.#past;
  }

  /** Samples that can be left out at once at most. */
  get longestShift(): number {
    return this.#longest;
  }

  append(samples: Int16Array): void {
    this.#reserve(samples.length).set(samples);
  }

  /** Room for so many samples more at the end, to be filled at once. */
  extend(count: number): Int16Array {
    return this.#reserve(count);
  }

  /** Takes as many samples as `into` has. @throws RangeError when fewer wait. */
  read(into: Int16Array): void {
    const count = into.length;
    if (count > this.length) throw new RangeError(`${count} samples of ${this.length}`);
    into.set(this.#line.subarray(this.#past, this.#past + count));
    this.#line.copyWithin(0, count, this.#end);
    this.#end -= count;
  }

  /**
   * Leaves out up to `most` samples where the sound is at least as like itself as `likeness` says. Null when there is no such
   * place, or when fewer than `keep` samples would be left.
   */
  shorten(most: number, likeness: number, keep: number): Seamed | null {
    const room = Math.min(most, this.#longest, this.length - keep, this.length - this.#blend.length);
    if (room < this.#shortest) return null;
    return this.#seam(this.#shortest, room, room, likeness);
  }

  /** Says about `wanted` samples twice. */
  lengthen(wanted: number, likeness: number): Seamed | null {
    if (this.length < this.#blend.length) return null;
    const shift = Math.min(this.#longest, Math.max(this.#shortest, wanted));
    return this.#seam(-this.#longest, -this.#shortest, -shift, likeness);
  }

  /** @param inSilence the shift where all are as good */
  #seam(from: number, to: number, inSilence: number, likeness: number): Seamed | null {
    const reach = Math.min(this.#end, this.#past + this.#longest + this.#blend.length);
    const line = this.#line.subarray(0, reach);
    let seam: Seam = findSeam(line, this.#past, from, to, this.#blend.length);
    const quiet = Math.max(seam.hereDbfs, seam.thereDbfs) < quietDbfs;
    if (quiet) seam = { ...seam, shift: inSilence };
    else if (seam.likeness < likeness || Math.abs(seam.hereDbfs - seam.thereDbfs) > mostStepDb) return null;
    blendSeamInto(line, this.#past, seam, this.#blend);
    this.#jump(seam.shift);
    this.#line.set(this.#blend, this.#past);
    return { samples: Math.abs(seam.shift), quiet };
  }

  /** Moves what waits, so that reading goes on `shift` samples ahead. */
  #jump(shift: number): void {
    if (shift < 0) this.#reserve(-shift);
    const end = shift < 0 ? this.#end + shift : this.#end;
    const from = Math.max(this.#past, this.#past + shift);
    if (shift > 0) {
      this.#line.copyWithin(this.#past, from, end);
      this.#end -= shift;
      return;
    }
    const repeated = this.#line.slice(this.#past + shift, this.#past);
    this.#line.copyWithin(this.#past - shift, this.#past, end);
    this.#line.set(repeated, this.#past);
  }

  #reserve(count: number): Int16Array {
    if (this.#end + count > this.#line.length) {
      const longer = new Int16Array(2 * (this.#end + count));
      longer.set(this.#line.subarray(0, this.#end));
      this.#line = longer;
    }
    this.#end += count;
    return this.#line.subarray(this.#end - count, this.#end);
  }
}
