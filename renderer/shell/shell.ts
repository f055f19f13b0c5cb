/** What lies under the renderer, the same for the desktop app and the browser. */
import type { PhoneClient } from '../../contract/phone.ts';

/** open: the phone answers · connecting: not yet, or again · denied: this page may not control the phone. */
export type LinkState = 'connecting' | 'open' | 'denied';

export interface Shell {
  readonly phone: PhoneClient;
  /**
   * A fresh port to the engine's sound (contract/audio-frames.ts). `take` takes the sound away from another page.
   * Rejects when the shell cannot give one in time.
   */
  openAudio(take: boolean): Promise<MessagePort>;
  /** The system's word on the microphone, before the page asks for it. */
  microphoneAccess(): Promise<'granted' | 'denied' | 'unknown'>;
  /** Shows a past call's recording in the file manager; null where the shell cannot: then its path is shown. */
  readonly showRecording: ((historyId: string) => Promise<boolean>) | null;
  /** Numbers of `tel:` and `sip:` links. Returns the function that ends the subscription. */
  onDialRequest(listener: (target: string) => void): () => void;
  /** Called at once and after every change. Returns the function that ends the subscription. */
  onLink(listener: (state: LinkState) => void): () => void;
  /** Another page has taken the sound. */
  onAudioTaken(listener: () => void): () => void;
}

/** Milliseconds that a shell may take to hand out an audio port. */
export const audioPortTimeoutMs = 3_000;
