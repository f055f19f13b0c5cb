/**
 * The operator, extension 1001: promises to call back, and does.
 *
 *   called:   start ──answered──► speaking ──said──► done (hang up, call back)
 *                                    └──hung-up────► done (call back)
 *   calling:  start ──answered──► speaking ──said──► done (hang up)
 */
import { assertNever } from '../contract/assert-never.ts';
import { type VoiceEffect, type VoiceEvent, prompts, say } from './voice-script.ts';

export type OperatorState = 'start' | 'speaking' | 'done';

export const callBackAfterMs = 3_000;

/** The operator was called by `caller`. */
export function stepOperatorCalled(
  caller: string,
  state: OperatorState,
  event: VoiceEvent,
): readonly [OperatorState, VoiceEffect[]] {
  const callBack: VoiceEffect = { type: 'call-back', to: caller, afterMs: callBackAfterMs };
  switch (state) {
    case 'start':
      if (event.type !== 'answered') return [state, []];
      return [
        'speaking',
        [say({ kind: 'pause', durationMs: 300 }, prompts('operator-calls-back', 'goodbye'))],
      ];
    case 'speaking':
      if (event.type === 'said') return ['done', [{ type: 'hang-up' }, callBack]];
      if (event.type === 'hung-up') return ['done', [callBack]];
      return [state, []];
    case 'done':
      return [state, []];
    default:
      return assertNever(state);
  }
}

/** The operator calls. */
export function stepOperatorCalling(
  state: OperatorState,
  event: VoiceEvent,
): readonly [OperatorState, VoiceEffect[]] {
  switch (state) {
    case 'start':
      if (event.type !== 'answered') return [state, []];
      return ['speaking', [say({ kind: 'pause', durationMs: 500 }, prompts('operator-calling', 'goodbye'))]];
    case 'speaking':
      if (event.type === 'said') return ['done', [{ type: 'hang-up' }]];
      return [event.type === 'hung-up' ? 'done' : state, []];
    case 'done':
      return [state, []];
    default:
      return assertNever(state);
  }
}
