/**
 * The life of one allocation at a TURN server (RFC 8656 §7, §8, §3.9), as a reducer; the challenge for a credential has been answered
 * before anything gets here (stun-authentication.ts).
 *
 *   idle ──start──▶ allocating ──granted──▶ allocated ◀──granted── refreshing      (idle ──lost──▶ failed)
 *                    │ ▲   │                 │  └──refresh due──────▶ │
 *                    │ └300, 437: elsewhere  │                        │
 *                    │                       └──close──▶ closing ◀──close
 *                    └──refused, silent, lost──▶ failed      └──any outcome──▶ closed
 */
import { assertNever } from '../../contract/assert-never.ts';
import type { TransportAddress } from '../net/transport-address.ts';

export interface TurnState {
  phase: 'idle' | 'allocating' | 'allocated' | 'refreshing' | 'closing' | 'failed' | 'closed';
  /** How often another connection or server was tried. */
  moves: number;
}

export type TurnEvent =
  | { type: 'start' }
  | { type: 'granted'; lifetimeSeconds: number }
  | { type: 'refused'; code: number; reason: string; alternate: TransportAddress | undefined }
  | { type: 'silent' }
  | { type: 'refresh-due' }
  | { type: 'lost'; reason: string }
  | { type: 'close' };

export type TurnEffect =
  | { type: 'allocate' }
  /** Begins over another connection, to another server when it is given. */
  | { type: 'reconnect'; to: TransportAddress | undefined }
  | { type: 'ready' }
  | { type: 'refresh'; release: boolean }
  | { type: 'schedule-refresh'; afterMs: number }
  | { type: 'cancel-refresh' }
  /** The allocation cannot be had, or is gone. */
  | { type: 'fail'; reason: string }
  | { type: 'shut' };

export const idleTurn: TurnState = { phase: 'idle', moves: 0 };

/** A server may send us on, and a port may be taken; after so many there is something wrong. */
const mostMoves = 3;
/** Refreshed while a minute of the lifetime is left, or half of a short one. */
const marginSeconds = 60;

type Step = [TurnState, TurnEffect[]];

export function stepTurn(state: TurnState, event: TurnEvent): Step {
  switch (state.phase) {
    case 'idle':
      if (event.type === 'start') return [{ ...state, phase: 'allocating' }, [{ type: 'allocate' }]];
      if (event.type === 'lost') return failed(state, event.reason);
      return event.type === 'close' ? closed(state) : [state, []];
    case 'allocating':
      return stepAllocating(state, event);
    case 'allocated':
    case 'refreshing':
      return stepAllocated(state, event);
    case 'closing':
      return event.type === 'start' || event.type === 'refresh-due' || event.type === 'close'
        ? [state, []]
        : closed(state);
    case 'failed':
      return event.type === 'close' ? [{ ...state, phase: 'closed' }, []] : [state, []];
    case 'closed':
      return [state, []];
    default:
      return assertNever(state.phase);
  }
}

function stepAllocating(state: TurnState, event: TurnEvent): Step {
  switch (event.type) {
    case 'granted':
      return [{ ...state, phase: 'allocated' }, [{ type: 'ready' }, schedule(event.lifetimeSeconds)]];
    case 'refused': {
      const elsewhere = event.code === 300 ? event.alternate !== undefined : event.code === 437;
      if (!elsewhere || state.moves >= mostMoves) return failed(state, refusalWords(event));
      const reconnect = { type: 'reconnect', to: event.code === 300 ? event.alternate : undefined } as const;
      return [{ ...state, moves: state.moves + 1 }, [reconnect]];
    }
    case 'silent':
      return failed(state, 'it does not answer');
    case 'lost':
      return failed(state, event.reason);
    case 'close':
      return closed(state);
    // Connected anew.
    case 'start':
      return [state, [{ type: 'allocate' }]];
    case 'refresh-due':
      return [state, []];
    default:
      return assertNever(event);
  }
}

function stepAllocated(state: TurnState, event: TurnEvent): Step {
  const stop = { type: 'cancel-refresh' } as const;
  switch (event.type) {
    case 'refresh-due':
      if (state.phase === 'refreshing') return [state, []];
      return [{ ...state, phase: 'refreshing' }, [{ type: 'refresh', release: false }]];
    case 'granted':
      return [{ ...state, phase: 'allocated' }, [schedule(event.lifetimeSeconds)]];
    case 'refused':
      return failed(state, refusalWords(event), stop);
    case 'silent':
      return failed(state, 'it does not answer any more', stop);
    case 'lost':
      return failed(state, event.reason, stop);
    case 'close':
      return [{ ...state, phase: 'closing' }, [stop, { type: 'refresh', release: true }]];
    case 'start':
      return [state, []];
    default:
      return assertNever(event);
  }
}

const closed = (state: TurnState): Step => [{ ...state, phase: 'closed' }, [{ type: 'shut' }]];

function failed(state: TurnState, reason: string, ...before: TurnEffect[]): Step {
  return [{ ...state, phase: 'failed' }, [...before, { type: 'fail', reason }, { type: 'shut' }]];
}

function schedule(lifetimeSeconds: number): TurnEffect {
  const seconds = Math.max(lifetimeSeconds / 2, lifetimeSeconds - marginSeconds);
  return { type: 'schedule-refresh', afterMs: 1000 * Math.max(1, seconds) };
}

/** Why a server refuses, in words to follow "cannot be used:" (RFC 8656 §19). */
export function refusalWords({ code, reason }: { code: number; reason: string }): string {
  switch (code) {
    case 300:
      return 'it sends from one server to the next';
    case 401:
    case 431:
      return 'it does not accept the user name or password';
    case 403:
      return 'it does not let this phone through';
    case 437:
    case 438:
      return 'it does not find the phone’s session';
    case 440:
    case 443:
      return 'it does not relay for this kind of address';
    case 441:
      return 'the session belongs to another user name';
    case 442:
      return 'it does not relay UDP';
    case 486:
      return 'this user name has reached its limit there';
    case 508:
      return 'it has no ports left';
    default:
      return `it answers ${code} ${reason}`.trimEnd();
  }
}
