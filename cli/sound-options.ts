/** What a call says and where it is kept, from `--play` and `--record`; wrong file names are told before anybody is called. */
import { dirname } from 'node:path';
import { PhoneFailure } from '../contract/errors.ts';
import type { SoundSink, SoundSource } from '../engine/media/media-engine.ts';
import { UsageError } from './exit-status.ts';
import type { CallOptions } from './line-options.ts';

type SoundFiles = Pick<CallOptions, 'play' | 'record'>;

/** The file of the nth call: `out.wav`, `out-2.wav`, `out-3.wav`… so that no recording is overwritten. */
export function recordingOf(file: string, nth: number): string {
  return nth === 1 ? file : file.replace(/(\.[^./\\]+)?$/, (extension) => `-${nth}${extension}`);
}

/** Source and sink of the nth call. */
export function soundOf({ play, record }: SoundFiles, nth = 1): { source: SoundSource; sink: SoundSink } {
  return {
    source: play === undefined ? { kind: 'silence' } : { kind: 'wav', path: play },
    sink: record === undefined ? { kind: 'none' } : { kind: 'wav', path: recordingOf(record, nth) },
  };
}

/** Rejects with a UsageError for a file that cannot be played or a place where nothing can be recorded. */
export async function checkSounds({ play, record }: SoundFiles): Promise<void> {
  if (play !== undefined) {
    // Sound is the media thread's: its codecs are loaded here for this alone.
    const { readWav } = await import('../engine/media/wav-reader.ts');
    try {
      await readWav(play);
    } catch (thrown) {
      if (thrown instanceof PhoneFailure)
        throw new UsageError(`${thrown.error.message} ${thrown.error.cure}`);
      throw thrown;
    }
  }
  if (record === undefined) return;
  const { stat } = await import('node:fs/promises');
  const isFolder = (path: string) =>
    stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    );
  if (await isFolder(record)) throw new UsageError(`--record ${record} is a folder; name a file.`);
  const folder = dirname(record);
  if (!(await isFolder(folder)))
    throw new UsageError(`--record ${record}: there is no folder ${folder}. Make it first.`);
}
