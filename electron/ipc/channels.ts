/**
 * The wire between page, main process and engine process. Requests and events of the contract (contract/phone.ts) travel
 * whole on one channel each: their names are data and are checked at the engine's door, so nothing is listed twice.
 */
import type { PhoneError } from '../../contract/errors.ts';
import type { Answer, PhoneEvent } from '../../contract/phone.ts';

/** Page ↔ main. */
export const channels = {
  /** invoke(name, input) → Answer. */
  request: 'phone.request',
  /** main → page: PhoneEvent. */
  event: 'phone.event',
  /** page → main: asks for an audio port. main → page: the port. */
  audio: 'phone.audio',
  /** invoke() → 'granted' | 'denied' | 'unknown'. */
  microphone: 'shell.microphone',
  /** invoke(historyId) → boolean. */
  recording: 'shell.recording',
  /** page → main: ready to take dial requests. main → page: the number or address. */
  dial: 'shell.dial',
} as const;

/** The practice line as it crosses processes; the password never leaves this computer's processes. */
export interface PracticeLineMessage {
  host: string;
  port: number;
  user: string;
  password: string;
  pin: string;
}

export type PracticeOutcome = { line: PracticeLineMessage } | { error: PhoneError };

/** Main → engine process. `audio` comes with one MessagePort. */
export type ToEngine =
  | { type: 'request'; id: number; name: unknown; input: unknown }
  | { type: 'practice'; outcome: PracticeOutcome }
  | { type: 'audio' }
  /** The computer has woken from a sleep. */
  | { type: 'resumed' }
  /** The network may have changed. */
  | { type: 'network-hint' }
  | { type: 'close' };

/** Engine process → main. */
export type FromEngine =
  | { type: 'answer'; id: number; answer: Answer<unknown> }
  | { type: 'event'; event: PhoneEvent }
  /** The phone wants the practice line; main answers with `practice`. */
  | { type: 'practice-wanted' }
  /** Calls are ended, accounts unregistered; the process exits. */
  | { type: 'closed' };

/** Main → practice process. */
export type ToPractice = { type: 'start'; port: number } | { type: 'close' };
/** Practice process → main. */
export type FromPractice = { type: 'outcome'; outcome: PracticeOutcome } | { type: 'closed' };
