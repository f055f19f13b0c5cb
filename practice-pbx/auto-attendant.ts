/**
 * The auto attendant, extension 0: keys choose where the call goes, also while it speaks.
 *
 *            answered                     said                    waited (third time)
 *   start ────────────► speaking ◄──────────────► waiting ──────────────────────► leaving ──said──► (hang up)
 *                         ▲  ▲                     │   │
 *                         │  └──── waited (1, 2) ──┘   │
 *                         └── 9, wrong key ────────────┤  1, 2, 3
 *                                                      └────────► gone (another service has the call)
 *   Keys do the same in `speaking` as in `waiting`.
 */
import { assertNever } from '../contract/assert-never.ts';
import { type Clip, type VoiceEffect, type VoiceEvent, prompts, say } from './voice-script.ts';

export type AttendantState =
  | { name: 'start' }
  /** `unanswered`: how often the caller has let the time pass. */
  | { name: 'speaking'; unanswered: number }
  | { name: 'waiting'; unanswered: number }
  | { name: 'leaving' }
  | { name: 'gone' };

export const attendantStart: AttendantState = { name: 'start' };

/** How long a key is waited for after the menu, and how often the menu is said again. */
export const attendantPatience = { waitMs: 6_000, repeats: 2 };

const destinations: Readonly<Record<string, string>> = { '1': '1001', '2': '*60', '3': '*43' };
const menu: Clip[] = prompts('attendant-menu');

/** One event of the attendant's call. */
export function stepAttendant(
  state: AttendantState,
  event: VoiceEvent,
): readonly [AttendantState, VoiceEffect[]] {
  switch (state.name) {
    case 'start':
      if (event.type !== 'answered') return [state, []];
      return [
        { name: 'speaking', unanswered: 0 },
        [say({ kind: 'pause', durationMs: 300 }, prompts('attendant-welcome'), menu)],
      ];
    case 'speaking':
    case 'waiting':
      return menuEvent(state, event);
    case 'leaving':
      return event.type === 'said' ? [{ name: 'gone' }, [{ type: 'hang-up' }]] : [state, []];
    case 'gone':
      return [state, []];
    default:
      return assertNever(state);
  }
}

function menuEvent(
  state: AttendantState & { name: 'speaking' | 'waiting' },
  event: VoiceEvent,
): readonly [AttendantState, VoiceEffect[]] {
  switch (event.type) {
    case 'key': {
      const number = destinations[event.key];
      if (number !== undefined) return [{ name: 'gone' }, [{ type: 'hush' }, { type: 'go-to', number }]];
      const again: AttendantState = { name: 'speaking', unanswered: 0 };
      return event.key === '9' ? [again, [say(menu)]] : [again, [say(prompts('invalid-key'), menu)]];
    }
    case 'said':
      return [
        { name: 'waiting', unanswered: state.unanswered },
        [{ type: 'wait', durationMs: attendantPatience.waitMs }],
      ];
    case 'waited': {
      const unanswered = state.unanswered + 1;
      if (unanswered > attendantPatience.repeats) return [{ name: 'leaving' }, [say(prompts('goodbye'))]];
      return [{ name: 'speaking', unanswered }, [say(prompts('still-there'), menu)]];
    }
    case 'hung-up':
      return [{ name: 'gone' }, []];
    case 'answered':
    case 'speech':
    case 'recorded':
      return [state, []];
    default:
      return assertNever(event);
  }
}
