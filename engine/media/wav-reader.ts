/**
 * WAV files (RIFF, "Multimedia Programming Interface and Data Specifications 1.0") with 16-bit PCM samples.
 *
 *   "RIFF" size "WAVE" · chunks: id (4), size (uint32 LE), data, padded to an even length
 *   "fmt ": format (1 PCM, 0xFFFE extensible) · channels · rate (uint32) · octets/s (uint32) · block · bits · …
 */
import { readFile } from 'node:fs/promises';
import { PhoneFailure } from '../../contract/errors.ts';
import type { SampleRateHz } from '../../native-wasm/resample.ts';
import { bad, good, type Result } from '../result.ts';
import { convertRecording, isConvertible } from './sample-rate.ts';

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

/** Reads a WAV file at the wanted rate. Rejects with `media.file`. */
export async function readWav(path: string, sampleRate: SampleRateHz): Promise<Int16Array> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new PhoneFailure('media.file', { file: path, reason: fileReason(error) });
  }
  const parsed = parseWav(bytes);
  if (!parsed.ok) throw new PhoneFailure('media.file', { file: path, reason: parsed.problem });
  return convertRecording(parsed.value.samples, parsed.value.sampleRate, sampleRate);
}

const reasons: Record<string, string> = {
  ENOENT: 'it does not exist',
  EACCES: 'this user may not open it',
  EPERM: 'this user may not open it',
  EISDIR: 'it is a folder',
  ENOTDIR: 'it is not inside a folder',
  ENOSPC: 'the disk is full',
  EROFS: 'the disk cannot be written to',
};

/** Why a file could not be opened, read or written, in words. */
export function fileReason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return reasons[code ?? ''] ?? message;
}
