/**
 * A call's session timer (RFC 4028) as a reducer: whoever is the refresher refreshes at half the interval; a session that nobody has
 * refreshed in time is over, so that no call stays open to a far side that is gone.
 *
 *   ┌─────┐  agreed (us), alone  ┌─────────┐  refresh-due   ┌────────────┐
 *   │ off │ ───────────────────► │ waiting │ ─────────────► │ refreshing │ ── failed ──► waiting, soon again
 *   └─────┘                      └─────────┘ ◄───────────── └────────────┘
 *      │ agreed (them)             │     ▲     agreed (us), alone │
 *      │                           ▼     │                        │ agreed (them)
 *      │                        ┌──────────┐                      │
 *      └──────────────────────► │ watching │ ◄────────────────────┘
 *                               └──────────┘
 *   Every agreement starts the time anew. Every state but off: expiry-due ──► over (BYE); ended ──► over.
 *
 * `alone`: the far side keeps no session timer; our refreshes still show whether it is there (§7.2), and any answer shows it.
 */
import { assertNever } from '../../contract/assert-never.ts';
import type { SessionInterval } from './session-expires.ts';
import { leastIntervalSeconds } from './session-expires.ts';

export type SessionTimerPhase = 'off' | 'waiting' | 'refreshing' | 'watching' | 'over';

export interface SessionTimerState {
  phase: SessionTimerPhase;
  /** The interval in force, or the one that we will ask for. */
  seconds: number;
  /** The least that a 422 has asked for so far. */
  leastSeconds: number;
  /** Only we keep the time. */
  alone: boolean;
}

export type SessionTimerEvent =
  /** A 2xx in either direction named an interval. */
  | { type: 'agreed'; interval: SessionInterval }
  /** A 2xx to a request of ours named none. */
  | { type: 'alone' }
  | { type: 'refresh-due' }
  /** Our refresh was refused, or not answered (not `heard`): the session still stands until it expires. */
  | { type: 'failed'; heard: boolean }
  /** 422: the far side wants no less than this; the request is made again by whoever made it. */
  | { type: 'too-short'; leastSeconds: number }
  | { type: 'expiry-due' }
  | { type: 'ended' };

export type SessionTimerEffect =
  /** Starts a timer anew; each of the two runs at most once at a time. */
  | { type: 'start'; timer: 'refresh' | 'expiry'; afterMs: number }
  | { type: 'stop'; timer: 'refresh' | 'expiry' }
  | { type: 'refresh' }
  /** Nobody has refreshed: the call is over. */
  | { type: 'expire' };

type Step = [SessionTimerState, SessionTimerEffect[]];

/** How soon a refresh that failed is tried again, while the session still stands. */
const retryMs = 10_000;

/** A timer that is off; `seconds`: the interval that we ask for. */
export function idleSessionTimer(seconds: number): SessionTimerState {
  const least = leastIntervalSeconds;
  return { phase: 'off', seconds: Math.max(seconds, least), leastSeconds: least, alone: false };
}

/** BYE goes out this long before the end of the interval: 32 s, or a third of it when that is less (§10). */
export function expiryAfterMs(seconds: number): number {
  return 1000 * (seconds - Math.min(32, seconds / 3));
}

function begun(state: SessionTimerState, { seconds, refresher }: SessionInterval): Step {
  const expiry: SessionTimerEffect = { type: 'start', timer: 'expiry', afterMs: expiryAfterMs(seconds) };
  if (refresher === 'them')
    return [{ ...state, phase: 'watching', seconds }, [{ type: 'stop', timer: 'refresh' }, expiry]];
  const refresh: SessionTimerEffect = { type: 'start', timer: 'refresh', afterMs: (1000 * seconds) / 2 };
  return [{ ...state, phase: 'waiting', seconds }, [refresh, expiry]];
}

function over(state: SessionTimerState, effects: SessionTimerEffect[]): Step {
  const stops = [
    { type: 'stop', timer: 'refresh' },
    { type: 'stop', timer: 'expiry' },
  ] as const;
  return [{ ...state, phase: 'over' }, [...stops, ...effects]];
}

/** One event's effect on the timer. Events that do not fit the phase change nothing. */
export function stepSessionTimer(state: SessionTimerState, event: SessionTimerEvent): Step {
  const { phase } = state;
  if (phase === 'over') return [state, []];
  switch (event.type) {
    case 'agreed':
      return begun({ ...state, alone: false }, event.interval);
    case 'alone':
      return begun({ ...state, alone: true }, { seconds: state.seconds, refresher: 'us' });
    case 'refresh-due':
      return phase === 'waiting' ? [{ ...state, phase: 'refreshing' }, [{ type: 'refresh' }]] : [state, []];
    case 'failed':
      if (phase !== 'refreshing') return [state, []];
      if (state.alone && event.heard) return begun(state, { seconds: state.seconds, refresher: 'us' });
      return [{ ...state, phase: 'waiting' }, [{ type: 'start', timer: 'refresh', afterMs: retryMs }]];
    case 'too-short':
      return [{ ...state, leastSeconds: Math.max(state.leastSeconds, event.leastSeconds) }, []];
    case 'expiry-due':
      return phase === 'off' ? [state, []] : over(state, [{ type: 'expire' }]);
    case 'ended':
      return over(state, []);
    default:
      return assertNever(event);
  }
}
