/** Reads sound files for a call, at a rate whose frames the phone knows. */
import { readFile } from 'node:fs/promises';
import { PhoneFailure } from '../../contract/errors.ts';
import { convertRecording, framedRateFor } from './sample-rate.ts';
import { parseWav, type Recording } from './wav-format.ts';

/** Reads a WAV file at its own rate, or at the next one above that comes in frames. Rejects with `media.file`. */
export async function readWav(path: string): Promise<Recording> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new PhoneFailure('media.file', { file: path, reason: fileReason(error) });
  }
  const parsed = parseWav(bytes);
  if (!parsed.ok) throw new PhoneFailure('media.file', { file: path, reason: parsed.problem });
  const { samples, sampleRate: fileRate } = parsed.value;
  const sampleRate = framedRateFor(fileRate);
  return { sampleRate, samples: await convertRecording(samples, fileRate, sampleRate) };
}

const reasons: Record<string, string> = {
  ENOENT: 'it does not exist',
  EEXIST: 'there is a file of that name already',
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
