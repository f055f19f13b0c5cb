/** WAV files as the tests use them: 16-bit PCM, one channel. */
import { readFileSync, writeFileSync } from 'node:fs';

export interface Recording {
  /** 16-bit samples, one channel. */
  samples: Int16Array;
  /** Samples per second. */
  rate: number;
}

const headerBytes = 44;
const formatPcm = 1;

/** The bytes of a WAV file (RIFF, `fmt `, `data`). */
export function encodeWav({ samples, rate }: Recording): Buffer {
  const wav = Buffer.alloc(headerBytes + samples.length * 2);
  wav.write('RIFF', 0, 'latin1');
  wav.writeUInt32LE(wav.length - 8, 4);
  wav.write('WAVEfmt ', 8, 'latin1');
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(formatPcm, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(rate, 24);
  wav.writeUInt32LE(rate * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36, 'latin1');
  wav.writeUInt32LE(samples.length * 2, 40);
  samples.forEach((sample, index) => wav.writeInt16LE(sample, headerBytes + index * 2));
  return wav;
}

/** Reads a WAV file's bytes; unknown chunks are skipped. Throws when it is not 16-bit PCM with one channel. */
export function decodeWav(wav: Buffer): Recording {
  if (wav.toString('latin1', 0, 4) !== 'RIFF' || wav.toString('latin1', 8, 12) !== 'WAVE') {
    throw new Error('not a WAV file');
  }
  let rate: number | undefined;
  for (let at = 12; at + 8 <= wav.length;) {
    const id = wav.toString('latin1', at, at + 4);
    const start = at + 8;
    // A recorder that was stopped early may have left a length that is too long: take what is there.
    const size = Math.min(wav.readUInt32LE(at + 4), wav.length - start);
    if (id === 'fmt ') {
      const [format, channels, bits] = [
        wav.readUInt16LE(start),
        wav.readUInt16LE(start + 2),
        wav.readUInt16LE(start + 14),
      ];
      if (format !== formatPcm || channels !== 1 || bits !== 16) {
        throw new Error(`WAV has format ${format}, ${channels} channels, ${bits} bits; wanted 1, 1, 16`);
      }
      rate = wav.readUInt32LE(start + 4);
    } else if (id === 'data') {
      if (rate === undefined) throw new Error('WAV has data before its format');
      const samples = new Int16Array(Math.floor(size / 2));
      for (let index = 0; index < samples.length; index += 1)
        samples[index] = wav.readInt16LE(start + index * 2);
      return { samples, rate };
    }
    at = start + size + (size % 2);
  }
  throw new Error('WAV has no data');
}

export function readWav(path: string): Recording {
  return decodeWav(readFileSync(path));
}

export function writeWav(path: string, recording: Recording): void {
  writeFileSync(path, encodeWav(recording));
}
