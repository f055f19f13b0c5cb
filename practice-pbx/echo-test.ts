/**
 * The echo test, *43: the caller hears himself, from the first sample on and unmixed. Only a caller who stays silent is told what to
 * do, and falls back to the echo as soon as he speaks; a pressed key is named.
 *
 *   start ──answered──► echoing ──waited, when nobody has spoken──► explaining ──said, speech──► echoing
 *                         └─ key ──► naming ──said──► echoing
 */
import { assertNever } from '../contract/assert-never.ts';
import { spokenKey } from './spoken-number.ts';
import { type VoiceEffect, type VoiceEvent, prompts, say } from './voice-script.ts';

export type EchoState = 'start' | 'echoing' | 'explaining' | 'naming';

/** The silence at the start after which the test explains itself. */
export const explainAfterMs = 3_000;

export function stepEcho(state: EchoState, event: VoiceEvent): readonly [EchoState, VoiceEffect[]] {
  if (event.type === 'key') {
    return ['naming', [say(prompts('you-pressed', ...spokenKey(event.key)))]];
  }
  switch (state) {
    case 'start':
      if (event.type !== 'answered') return [state, []];
      return [
        'echoing',
        [{ type: 'echo' }, { type: 'listen' }, { type: 'wait', durationMs: explainAfterMs }],
      ];
    case 'echoing':
      // A caller who spoke needs no explanation: an endless wait replaces the one that runs.
      if (event.type === 'speech') return ['echoing', [{ type: 'wait', durationMs: Infinity }]];
      if (event.type === 'waited') return ['explaining', [say(prompts('echo-intro'))]];
      return [state, []];
    case 'explaining':
      if (event.type === 'speech') return ['echoing', [{ type: 'hush' }]];
      return [event.type === 'said' ? 'echoing' : state, []];
    case 'naming':
      return [event.type === 'said' ? 'echoing' : state, []];
    default:
      return assertNever(state);
  }
}
