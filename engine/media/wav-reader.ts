/** Reads sound files for a call, at a rate whose frames the phone knows. */
import { readFile } from 'node:fs/promises';
import { PhoneFailure } from '../../contract/errors.ts';
import { fileReason } from './file-reason.ts';
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
