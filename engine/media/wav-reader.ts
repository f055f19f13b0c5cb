/** Reads sound files for a call, at the rate that the call wants. */
import { readFile } from 'node:fs/promises';
import { PhoneFailure } from '../../contract/errors.ts';
import type { SampleRateHz } from '../../native-wasm/resample.ts';
import { convertRecording } from './sample-rate.ts';
import { parseWav } from './wav-format.ts';

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
