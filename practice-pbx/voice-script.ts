/**
 * What a spoken service (auto attendant, mailbox, speaking clock) is: a reducer from what the caller does to what the
 * line does. The services are pure; script-runner.ts plays them on a call.
 */
import type { PromptName } from './prompt-texts.ts';

/** One piece of sound. Clips are played one after the other without a gap. */
export type Clip =
  | { kind: 'prompt'; name: PromptName }
  /** A sine tone. */
  | { kind: 'tone'; hertz: number; durationMs: number }
  | { kind: 'pause'; durationMs: number }
  /** A message of a mailbox, or the greeting that its owner recorded. */
  | { kind: 'message'; box: string; id: string }
  | { kind: 'greeting'; box: string };

export type VoiceEvent =
  /** The call is connected; always the first event. `nowMs`: wall clock. */
  | { type: 'answered'; nowMs: number }
  /** A key was pressed: `0`–`9`, `*`, `#`, `A`–`D`. */
  | { type: 'key'; key: string }
  /** Everything of the last `say` has been played. Never comes for a `say` that was replaced or hushed. */
  | { type: 'said'; nowMs: number }
  /** The last `wait` is over. Never comes after a key or a new `wait`. */
  | { type: 'waited' }
  /** The caller speaks; comes once after each `listen`. */
  | { type: 'speech' }
  /** A recording came to its end. `hung-up`: with the call. */
  | { type: 'recorded'; because: 'asked' | 'silence' | 'limit' | 'hung-up'; durationMs: number }
  /** The far side hung up. Only `keep-recording`, `call-back` and message effects make sense now; the last event. */
  | { type: 'hung-up' };

export type VoiceEffect =
  /** Plays clips instead of what is playing. */
  | { type: 'say'; clips: Clip[] }
  /** Stops playing. */
  | { type: 'hush' }
  /** One timer, replacing the one before; its time runs only while nothing is said. */
  | { type: 'wait'; durationMs: number }
  | { type: 'listen' }
  /** From now on the caller hears himself, whenever nothing is said. */
  | { type: 'echo' }
  /** Records the caller until `stop-recording`, `silenceMs` of silence (cut off the end) or `limitMs`. */
  | { type: 'record'; limitMs: number; silenceMs: number }
  | { type: 'stop-recording' }
  /** Keeps what was recorded last. */
  | {
      type: 'keep-recording';
      as: { kind: 'message'; box: string; from: string } | { kind: 'greeting'; box: string };
    }
  | { type: 'delete-greeting'; box: string }
  | { type: 'delete-message'; box: string; id: string }
  /** The message is no longer new. */
  | { type: 'save-message'; box: string; id: string }
  /** The call goes on with another number's service. */
  | { type: 'go-to'; number: string }
  /** `to` will be called by the operator after `afterMs`. */
  | { type: 'call-back'; to: string; afterMs: number }
  | { type: 'hang-up' };

/** A running service: takes an event, says what to do. Holds its state; the reducers below it are pure. */
export interface VoiceScript {
  handle(event: VoiceEvent): VoiceEffect[];
}

/** Makes a script of a reducer. */
export function runReducer<S>(
  initial: S,
  step: (state: S, event: VoiceEvent) => readonly [S, VoiceEffect[]],
): VoiceScript {
  let state = initial;
  return {
    handle(event) {
      const [next, effects] = step(state, event);
      state = next;
      return effects;
    },
  };
}

export const beep: Clip = { kind: 'tone', hertz: 1000, durationMs: 300 };

/** Prompts as clips. */
export function prompts(...names: PromptName[]): Clip[] {
  return names.map((name) => ({ kind: 'prompt', name }));
}

/** `say` from a mixture of clips and lists of clips. */
export function say(...clips: (Clip | Clip[])[]): VoiceEffect {
  return { type: 'say', clips: clips.flat() };
}
