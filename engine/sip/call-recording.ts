/** The recording of one call: begun and ended while it stands, and what is left of it when it breaks off. */
import { makeError, PhoneFailure } from '../../contract/errors.ts';
import type { PhoneError } from '../../contract/errors.ts';
import type { CallSnapshot } from '../../contract/snapshot.ts';
import type { MediaSession } from '../media/media-engine.ts';

export interface CallRecordingOptions {
  /** Undefined while the call has no sound. */
  sound: () => Pick<MediaSession, 'record' | 'stopRecording'> | undefined;
  now: () => number;
  notice: (error: PhoneError) => void;
  onChanged: () => void;
}

export class CallRecording {
  readonly #options: CallRecordingOptions;
  #state: CallSnapshot['recording'] = null;
  #file = '';

  constructor(options: CallRecordingOptions) {
    this.#options = options;
  }

  /** Null while nothing is recorded. */
  get snapshot(): CallSnapshot['recording'] {
    return this.#state;
  }

  /** The last file that was recorded into; empty without. */
  get file(): string {
    return this.#file;
  }

  get active(): boolean {
    return this.#state?.state === 'recording';
  }

  /**
   * Records into a new file; nothing when it does already.
   * @throws PhoneFailure `media.file`, `call.wrong-state`
   */
  async start(file: string, tone: boolean): Promise<void> {
    if (this.active) return;
    const sound = this.#options.sound();
    if (sound === undefined) throw new PhoneFailure('call.wrong-state', { state: 'without sound' });
    const since = this.#options.now();
    await sound.record({ path: file, tone });
    this.#file = file;
    this.#become({ state: 'recording', file, since });
  }

  /** Ends it; the file is whole when this resolves. */
  async stop(): Promise<void> {
    if (!this.active) return;
    this.#become(null);
    await this.#options.sound()?.stopRecording();
  }

  /** It has broken off; what was written so far is there. The call goes on. */
  failed(reason: string): void {
    if (this.#state === null) return;
    const { file } = this.#state;
    this.#become({ ...this.#state, state: 'failed' });
    this.#options.notice(makeError('recording.stopped', { file, reason }));
  }

  #become(state: CallSnapshot['recording']): void {
    this.#state = state;
    this.#options.onChanged();
  }
}
