/**
 * WAV files (RIFF, "Multimedia Programming Interface and Data Specifications 1.0") with 16-bit PCM samples.
 *
 *   "RIFF" size "WAVE" · chunks: id (4), size (uint32 LE), data, padded to an even length
 *   "fmt ": format (1 PCM, 0xFFFE extensible) · channels · rate (uint32) · octets/s (uint32) · block · bits · …
 */
import { bad, good, type Result } from '../result.ts';
import { isConvertible } from './sample-rate.ts';

export const wavHeaderBytes = 44;

export interface Recording {
  sampleRate: number;
  /** One channel; several are averaged. */
  samples: Int16Array;
}

export type WavProblem =
  | 'it is not a WAV file'
  | 'its samples are not 16-bit PCM'
  | 'it has more than two channels'
  | 'its sample rate is not supported'
  | 'it is cut off';

const pcm = 1;
const extensible = 0xfffe;

/** Reads the bytes of a WAV file. One that was cut off within its samples gives those that are there. */
export function parseWav(bytes: Buffer): Result<Recording, WavProblem> {
  if (bytes.length < 12 || bytes.toString('latin1', 0, 4) !== 'RIFF') return bad('it is not a WAV file');
  if (bytes.toString('latin1', 8, 12) !== 'WAVE') return bad('it is not a WAV file');
  let format: { channels: number; sampleRate: number } | null = null;
  let offset = 12;
  while (offset + 8 <= bytes.length) {
    const id = bytes.toString('latin1', offset, offset + 4);
    const size = bytes.readUInt32LE(offset + 4);
    const body = bytes.subarray(offset + 8, Math.min(bytes.length, offset + 8 + size));
    if (id === 'fmt ') {
      if (body.length < 16) return bad('it is cut off');
      const code = body.readUInt16LE(0);
      const actual = code === extensible && body.length >= 26 ? body.readUInt16LE(24) : code;
      if (actual !== pcm || body.readUInt16LE(14) !== 16) return bad('its samples are not 16-bit PCM');
      format = { channels: body.readUInt16LE(2), sampleRate: body.readUInt32LE(4) };
      if (format.channels < 1 || format.channels > 2) return bad('it has more than two channels');
      if (!isConvertible(format.sampleRate)) return bad('its sample rate is not supported');
    } else if (id === 'data') {
      if (!format) return bad('it is not a WAV file');
      return good({ sampleRate: format.sampleRate, samples: toMono(body, format.channels) });
    }
    offset += 8 + size + (size % 2);
  }
  return bad('it is cut off');
}

function toMono(body: Buffer, channels: number): Int16Array {
  const samples = new Int16Array(Math.floor(body.length / (2 * channels)));
  for (let index = 0; index < samples.length; index += 1) {
    const at = 2 * channels * index;
    const left = body.readInt16LE(at);
    samples[index] = channels === 1 ? left : Math.round((left + body.readInt16LE(at + 2)) / 2);
  }
  return samples;
}

/** The header of a 16-bit PCM file with so many octets of samples. */
export function wavHeader(sampleRate: number, dataBytes: number, channels: 1 | 2 = 1): Buffer {
  const header = Buffer.alloc(wavHeaderBytes);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(wavHeaderBytes - 8 + dataBytes, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(2 * channels * sampleRate, 28);
  header.writeUInt16LE(2 * channels, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(dataBytes, 40);
  return header;
}

/** A whole mono 16-bit PCM file. */
export function encodeWav({ sampleRate, samples }: Recording): Buffer {
  const bytes = Buffer.alloc(wavHeaderBytes + 2 * samples.length);
  wavHeader(sampleRate, 2 * samples.length).copy(bytes);
  let offset = wavHeaderBytes;
  for (const sample of samples) offset = bytes.writeInt16LE(sample, offset);
  return bytes;
}
