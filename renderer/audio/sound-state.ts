import type { PhoneError } from '../../contract/errors.ts';

/** A device that was chosen is not there, and the system's own one is used. */
export type FellBack = 'microphone' | 'speaker';

/** What a view knows of the sound (sound.ts). */
export type SoundState =
  | { phase: 'closed' }
  | { phase: 'asking' }
  | { phase: 'open'; microphoneError: PhoneError | null; fellBack: readonly FellBack[] };
