import type { PhoneError } from '../../contract/errors.ts';

/** A device that was chosen is not there, and the system's own one is used; `noise`: strong noise reduction cannot run here. */
export type FellBack = 'microphone' | 'speaker' | 'noise';

/** What a view knows of the sound (sound.ts). */
export type SoundState =
  | { phase: 'closed' }
  | { phase: 'asking' }
  | { phase: 'open'; microphoneError: PhoneError | null; fellBack: readonly FellBack[] };
