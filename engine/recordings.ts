/** Recordings of calls: whether they are allowed, which are begun by themselves, and where they go. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PhoneFailure } from '../contract/errors.ts';
import type { Settings } from '../contract/settings.ts';
import { fileReason } from './media/file-reason.ts';
import type { Call } from './sip/call.ts';

export interface RecordingsOptions {
  settings: () => Settings['recording'];
  /** Where recordings go unless the settings name a folder. */
  folder: string;
  now: () => number;
  /** Something went wrong that no caller waits for. */
  onProblem: (thrown: unknown) => void;
}

export class Recordings {
  readonly #options: RecordingsOptions;
  /** Calls that were looked at once they had been answered. */
  readonly #seen = new WeakSet<Call>();

  constructor(options: RecordingsOptions) {
    this.#options = options;
  }

  /**
   * Begins or ends the recording of a call.
   * @throws PhoneFailure `recording.not-allowed`, `call.wrong-state`, `media.file`
   */
  async set(call: Call, on: boolean): Promise<void> {
    if (!on) return call.recording.stop();
    const { allowed, tone, folder } = this.#options.settings();
    if (!allowed) throw new PhoneFailure('recording.not-allowed');
    const { state, remote } = call.snapshot;
    if (state !== 'connected') throw new PhoneFailure('call.wrong-state', { state });
    const place = folder === '' ? this.#options.folder : folder;
    try {
      await mkdir(place, { recursive: true });
    } catch (thrown) {
      throw new PhoneFailure('media.file', { file: place, reason: fileReason(thrown) });
    }
    await call.recording.start(freePath(place, recordingName(this.#options.now(), remote.number)), tone);
  }

  /** A call has changed: begins the recording of one that was answered, where the settings want all of them. */
  changed(call: Call): void {
    if (call.snapshot.state !== 'connected' || this.#seen.has(call)) return;
    this.#seen.add(call);
    const { allowed, automatic } = this.#options.settings();
    if (allowed && automatic) this.set(call, true).catch(this.#options.onProblem);
  }
}

/** `2026-03-01 14-05-09 1001`: sorts by time, and has nothing that a file system minds. */
export function recordingName(at: number, number: string): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join('-');
  const whom = number.replaceAll(/[^\p{L}\p{N}+*#_.-]/gu, '_').slice(0, 64);
  return `${day} ${time} ${whom}`.trim();
}

/** A file that is not there yet: what is recorded is never overwritten. */
function freePath(folder: string, name: string): string {
  for (let nth = 1; ; nth += 1) {
    const path = join(folder, nth === 1 ? `${name}.wav` : `${name} (${nth}).wav`);
    if (!existsSync(path)) return path;
  }
}
