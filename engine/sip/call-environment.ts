/** What a call is given to live in, and what it tells of itself. */
import type { URI } from 'sip.js/lib/grammar/uri.js';
import type { PhoneError } from '../../contract/errors.ts';
import type { Settings } from '../../contract/settings.ts';
import type { MediaStats } from '../../contract/snapshot.ts';
import type { Logger } from '../log.ts';
import type { MediaEngine, SoundSink, SoundSource } from '../media/media-engine.ts';
import type { DigitEvent } from './call-digits.ts';
import type { EncryptionPolicy, PathPolicy } from './call-media.ts';
import type { SignallingContext } from './dialog-signalling.ts';
import type { IncomingInvite } from './incoming-invite.ts';
import type { Referral } from './referral.ts';
import type { Replaces } from './replaces.ts';
import type { Clock } from '../net/clock.ts';

/** What a call shares with its user agent. */
export interface CallEnvironment {
  accountId: string;
  user: string;
  /** Calls go out without saying who calls. */
  anonymous: boolean;
  server: string;
  signalling: SignallingContext;
  media: MediaEngine;
  settings: () => Settings;
  encryption: EncryptionPolicy;
  paths: PathPolicy;
  /** The local address towards the server: the one for SDP. */
  localAddress: () => string;
  /** Connects the transport now unless it is connected; false when that failed. */
  connect: () => Promise<boolean>;
  /** Loads the password into the credentials. */
  loadPassword: () => Promise<void>;
  hasPassword: () => boolean;
  /** Why the transport cannot send, where it is known. */
  transportError: () => PhoneError | undefined;
  /** A REFER in a call: the status to answer, and what follows once that is out. */
  referred: (referral: Referral) => { status: number; then?: () => void };
  log: Logger;
  now: () => number;
  /** Runs the timers of negotiations and sessions. */
  clock: Clock;
}

export interface SoundOptions {
  source: SoundSource;
  sink: SoundSink;
}

export type CallOrigin =
  | {
      direction: 'outgoing';
      target: URI;
      sound: SoundOptions;
      /** The far side of another call has sent us there. */
      referral?: Referral;
      /** The dialog whose place the call takes (RFC 3891). */
      replaces?: Replaces;
      /** Called once, as a call of its own, when that place cannot be taken. */
      otherwise?: URI;
    }
  | { direction: 'incoming'; invite: IncomingInvite };

export type CallListenerEvent =
  | { type: 'changed' }
  | ({ type: 'digit' } & DigitEvent)
  | { type: 'stats'; final: boolean; stats: MediaStats }
  | { type: 'levels'; microphoneDb: number; speakerDb: number; speaking: boolean; clipping: boolean }
  /** Something to read once that does not end the call. */
  | { type: 'notice'; error: PhoneError };
