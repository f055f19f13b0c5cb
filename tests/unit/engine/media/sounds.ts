import { readFileSync } from 'node:fs';
import type { FrameSink, FrameSource } from '../../../../engine/media/frame.ts';

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Low-passed noise, unlike itself at every shift; remembers what was read. */
export function noiseSource(seed: number): FrameSource & { samples(): Int16Array } {
  const random = seeded(seed);
  const frames: Int16Array[] = [];
  let last = 0;
  return {
    read(into) {
      for (let index = 0; index < into.length; index += 1) {
        last = 0.7 * last + 0.3 * (random() - 0.5) * 60_000;
        into[index] = Math.round(last);
      }
      frames.push(into.slice());
    },
    samples: () => joined(frames),
  };
}

export function recorder(): FrameSink & { samples(): Int16Array; frames: Int16Array[] } {
  const frames: Int16Array[] = [];
  return { frames, write: (frame) => frames.push(frame.slice()), samples: () => joined(frames) };
}

export function joined(frames: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(frames.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const frame of frames) {
    all.set(frame, offset);
    offset += frame.length;
  }
  return all;
}

/**
 * The best normalised correlation, over all delays up to 0.3 s, of `length` samples in the middle of what was heard with what
 * was said before them.
 */
export function bestCorrelation(said: Int16Array, heard: Int16Array, length: number): number {
  const start = Math.floor((heard.length - length) / 2);
  let best = -1;
  for (let delay = -400; delay < 2400; delay += 1) {
    best = Math.max(best, correlation(said, start - delay, heard, start, length));
  }
  return best;
}

function correlation(a: Int16Array, atA: number, b: Int16Array, atB: number, length: number): number {
  let [product, energyA, energyB] = [0, 1, 1];
  for (let index = 0; index < length; index += 1) {
    const x = a[atA + index] ?? 0;
    const y = b[atB + index] ?? 0;
    product += x * y;
    energyA += x * x;
    energyB += y * y;
  }
  return product / Math.sqrt(energyA * energyB);
}

/** Amplitude of a frequency in what was heard (Goertzel), in the units of the samples. */
export function amplitudeOf(frequency: number, samples: ArrayLike<number>, rate: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequency) / rate);
  let [last, beforeLast] = [0, 0];
  for (let index = 0; index < samples.length; index += 1) {
    [last, beforeLast] = [(samples[index] ?? 0) + coefficient * last - beforeLast, last];
  }
  const power = last * last + beforeLast * beforeLast - coefficient * last * beforeLast;
  return (2 * Math.sqrt(Math.max(0, power))) / samples.length;
}

/** Both channels of a stereo WAV file, and its rate. Throws where the file is not whole. */
export function readStereo(path: string): { rate: number; left: Int16Array; right: Int16Array } {
  const bytes = readFileSync(path);
  const dataBytes = bytes.readUInt32LE(40);
  if (bytes.readUInt16LE(22) !== 2 || bytes.length !== 44 + dataBytes)
    throw new Error(`${path} is not whole`);
  const channel = (offset: number) =>
    Int16Array.from({ length: dataBytes / 4 }, (_, at) => bytes.readInt16LE(44 + 4 * at + offset));
  return { rate: bytes.readUInt32LE(24), left: channel(0), right: channel(2) };
}
