/** What the engine's main thread and its media thread say to each other. Sessions are named by numbers of the main thread. */
import type { PhoneError } from '../../contract/errors.ts';
import type { MediaStats } from '../../contract/snapshot.ts';
import type { LogLevel } from '../log.ts';
import type { IceDescription } from '../nat/ice-description.ts';
import type { DtlsCertificate } from '../rtp/dtls-certificate.ts';
import type { LocalMedia, MediaParameters, MediaSessionEvent, OpenSessionOptions } from './media-engine.ts';

export type ToMediaThread =
  | { type: 'open'; session: number; options: OpenSessionOptions }
  | { type: 'start'; session: number; parameters: MediaParameters }
  /** Answered by `moved` or `not-moved`, in the order of asking. */
  | { type: 'move'; session: number; localAddress: string }
  /** Each answered by `recording`, in the order of asking. */
  | { type: 'record'; session: number; path: string; tone: boolean }
  | { type: 'stop-recording'; session: number }
  | { type: 'remote-candidates'; session: number; ice: IceDescription }
  | { type: 'mute'; session: number; muted: boolean }
  | { type: 'aside'; session: number; aside: boolean }
  | { type: 'join'; session: number; conference: string | null }
  | { type: 'answered'; session: number }
  | { type: 'digits' | 'tones'; session: number; digits: string; durationMs: number; gapMs: number }
  | { type: 'close-session'; session: number }
  | { type: 'volumes'; microphone: number; speaker: number }
  /** Ours for handshakes from here on. */
  | { type: 'certificate'; certificate: DtlsCertificate }
  /** A new link; its messages follow as `audio`. */
  | { type: 'link' }
  /** contract/audio-frames.ts; the buffer is transferred. */
  | { type: 'audio'; message: ArrayBuffer }
  /** Unless a session is open: old-garbage.ts. */
  | { type: 'collect-garbage' }
  | { type: 'close' };

export type FromMediaThread =
  | { type: 'opened'; session: number; local: LocalMedia }
  | { type: 'refused'; session: number; error: PhoneError }
  | { type: 'moved'; session: number; local: LocalMedia }
  | { type: 'not-moved'; session: number; error: PhoneError }
  /** It has begun or ended as asked; `error`: it has not begun. */
  | { type: 'recording'; session: number; error: PhoneError | null }
  | { type: 'event'; session: number; event: MediaSessionEvent }
  | { type: 'session-closed'; session: number; stats: MediaStats }
  | { type: 'audio'; message: ArrayBuffer }
  | { type: 'log'; level: LogLevel; message: string }
  | { type: 'closed' };
