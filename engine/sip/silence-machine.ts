/**
 * The far side's sound as a reducer: whether it flows where it should, and what is done when it stays away. A phone that crashed, a
 * PBX that was restarted or a cut line says nothing; only the RTP that does not come tells.
 *
 *            expected            10 s without a packet        20 s, and every 30 s from then on
 *   ┌──────┐ ──────► ┌─────────┐ ────────────────► ┌───────┐ ──────────► asks inside the dialog
 *   │ idle │         │ flowing │                   │ quiet │ ───┐
 *   └──────┘ ◄────── └─────────┘ ◄──────────────── └───────┘ ◄──┘
 *      ▲   not expected               a packet         │
 *      └───────────────────────────────────────────────┘
 *
 * Not expected: on hold, sendonly, before the answer. A far side that mutes itself by sending nothing answers when it is asked, and
 * the call goes on.
 */
import { assertNever } from '../../contract/assert-never.ts';

export type SilenceState =
  | { phase: 'idle' }
  /** `received`: RTP packets so far. `since`: when the count last grew, or the sound was first expected. */
  | { phase: 'flowing'; received: number; since: number }
  | { phase: 'quiet'; received: number; askAt: number };

export type SilenceEvent =
  /** The count of packets, looked at about once a second. `expected`: sound should come. */
  { type: 'counted'; received: number; expected: boolean } | { type: 'ended' };

export type SilenceEffect =
  /** The person is told. */
  | { type: 'notice' }
  /** The far side is asked whether it is still there. */
  | { type: 'doubt' }
  /** The sound is there (again). */
  | { type: 'heard' };

export const noSound: SilenceState = { phase: 'idle' };

/** Milliseconds without a packet. */
export const noticeAfterMs = 10_000;
export const doubtAfterMs = 20_000;
export const doubtAgainMs = 30_000;

/** One event's effect. @param now monotonic milliseconds */
export function stepSilence(
  state: SilenceState,
  event: SilenceEvent,
  now: number,
): [SilenceState, SilenceEffect[]] {
  if (event.type === 'ended' || !event.expected) return [noSound, []];
  const { received } = event;
  switch (state.phase) {
    case 'idle':
      return [{ phase: 'flowing', received, since: now }, []];
    case 'flowing': {
      if (received !== state.received) return [{ phase: 'flowing', received, since: now }, []];
      if (now - state.since < noticeAfterMs) return [state, []];
      return [{ phase: 'quiet', received, askAt: state.since + doubtAfterMs }, [{ type: 'notice' }]];
    }
    case 'quiet':
      if (received !== state.received)
        return [{ phase: 'flowing', received, since: now }, [{ type: 'heard' }]];
      if (now < state.askAt) return [state, []];
      return [{ ...state, askAt: now + doubtAgainMs }, [{ type: 'doubt' }]];
    default:
      return assertNever(state);
  }
}
