/**
 * Where a call's sound is among the person's calls: at the device, set aside for another call, or in a conference, and whether the
 * microphone is muted for it. Known from the call's beginning, before there is sound.
 */
import type { CallMedia } from './call-media.ts';

export interface CallSeatOptions {
  media: () => CallMedia | undefined;
  onChanged: () => void;
}

export class CallSeat {
  readonly #options: CallSeatOptions;
  #muted = false;
  #aside = false;
  #conferenceId: string | null = null;

  constructor(options: CallSeatOptions) {
    this.#options = options;
  }

  get muted(): boolean {
    return this.#muted;
  }

  get aside(): boolean {
    return this.#aside;
  }

  get conferenceId(): string | null {
    return this.#conferenceId;
  }

  setMuted(muted: boolean): void {
    this.#muted = muted;
    this.#options.media()?.setMuted(muted);
    this.#options.onChanged();
  }

  /** Silent both ways here while others talk, whatever the far side knows of it. */
  setAside(aside: boolean): void {
    this.#aside = aside;
    this.#options.media()?.setAside(aside);
    this.#options.onChanged();
  }

  /** Goes into a conference, or out of it (null). */
  join(conferenceId: string | null): void {
    this.#conferenceId = conferenceId;
    this.#options.media()?.join(conferenceId);
    this.#options.onChanged();
  }

  /** The sound has been opened. */
  opened(media: CallMedia): void {
    media.setMuted(this.#muted);
    media.setAside(this.#aside);
    if (this.#conferenceId !== null) media.join(this.#conferenceId);
  }
}
