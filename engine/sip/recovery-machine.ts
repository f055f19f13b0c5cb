/**
 * How a call outlives a change of the network, as a reducer: its sound moves to the new local address, then the far side is told by
 * re-INVITE (RFC 3261 §14, with the Contact that it shall use from now on, §12.2.1.1), again and again while the call lives.
 *
 *   ┌────────┐  lost   ┌─────────┐
 *   │ steady │ ──────► │ cut-off │          moved                agreed
 *   └────────┘         └─────────┘      ┌────────────┐       ┌────────────► steady
 *     │   │ path            │ path      │            ▼       │
 *     │   └─────────────────┴────► ┌────────┐     ┌────────┐ ┘
 *     │                            │ moving │     │ asking │ ◄──┐
 *     │ doubt                      └────────┘     └────────┘    │ timer (moving where the sound has not moved)
 *     └─────────────────────────────── │ ──────────►  │ silent, │
 *                            not-moved ▼              ▼ refused │
 *                                  ┌─────────┐ ◄──────          │
 *                                  │ waiting │ ─────────────────┘
 *                                  └─────────┘
 *
 *   A new path restarts it wherever it is. `gone`, `ended`, and silence where the sound has stayed away as well ──► over.
 */
import { assertNever } from '../../contract/assert-never.ts';

export type RecoveryPhase = 'steady' | 'cut-off' | 'moving' | 'asking' | 'waiting' | 'over';

export interface RecoveryState {
  phase: RecoveryPhase;
  /** Local address that the sound shall move to; null while it is where it should be. */
  target: string | null;
  /** Another path came while the machine was at one: it is next. */
  next: string | null;
  /** Failures in a row. */
  failures: number;
  /** The far side's sound stays away: when it does not answer either, it is gone. */
  doubted: boolean;
}

export type RecoveryEvent =
  /** There is no network. */
  | { type: 'lost' }
  /** Signalling goes over another local endpoint, at this address. */
  | { type: 'path'; address: string }
  /** The far side's sound has stayed away for long. */
  | { type: 'doubt' }
  /** The far side's sound is there. */
  | { type: 'heard' }
  | { type: 'moved' }
  | { type: 'not-moved' }
  /** What the re-INVITE came to. */
  | { type: 'agreed' }
  | { type: 'refused' }
  | { type: 'silent' }
  | { type: 'timer' }
  | { type: 'ended' };

export type RecoveryEffect =
  | { type: 'move'; address: string }
  /** Offers the session anew. */
  | { type: 'ask' }
  | { type: 'start-timer'; delayMs: number }
  | { type: 'stop-timer' }
  /** The far side is gone: the call ends. */
  | { type: 'give-up' };

export const steadyCall: RecoveryState = {
  phase: 'steady',
  target: null,
  next: null,
  failures: 0,
  doubted: false,
};

const firstRetryMs = 500;
const longestRetryMs = 16_000;

type Step = [RecoveryState, RecoveryEffect[]];

/** Half a second, doubling with each failure. */
const retryMs = (failures: number) => Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(failures, 10));

function move(state: RecoveryState, address: string, before: RecoveryEffect[] = []): Step {
  const next: RecoveryState = { ...state, phase: 'moving', target: address, next: null };
  return [next, [...before, { type: 'move', address }]];
}

const ask = (state: RecoveryState): Step => [{ ...state, phase: 'asking' }, [{ type: 'ask' }]];

function wait(state: RecoveryState): Step {
  const delayMs = retryMs(state.failures);
  return [{ ...state, phase: 'waiting', failures: state.failures + 1 }, [{ type: 'start-timer', delayMs }]];
}

const over: RecoveryState = { ...steadyCall, phase: 'over' };

/** What the attempt that is over came to, unless another path has come meanwhile. */
function conclude(state: RecoveryState, outcome: (state: RecoveryState) => Step): Step {
  return state.next === null ? outcome(state) : move(state, state.next);
}

function onPath(state: RecoveryState, address: string): Step {
  switch (state.phase) {
    case 'moving':
    case 'asking':
      return [{ ...state, next: address, failures: 0 }, []];
    case 'waiting':
      return move({ ...state, failures: 0 }, address, [{ type: 'stop-timer' }]);
    case 'steady':
    case 'cut-off':
      return move(state, address);
    case 'over':
      return [state, []];
    default:
      return assertNever(state.phase);
  }
}

/** One event's effect on a call's recovery. Events that do not fit the phase change nothing. */
export function stepRecovery(state: RecoveryState, event: RecoveryEvent): Step {
  const { phase } = state;
  if (phase === 'over') return [state, []];
  switch (event.type) {
    case 'lost':
      return phase === 'steady' ? [{ ...state, phase: 'cut-off' }, []] : [state, []];
    case 'path':
      return onPath(state, event.address);
    case 'doubt':
      return phase === 'steady' ? ask({ ...state, doubted: true }) : [{ ...state, doubted: true }, []];
    case 'heard':
      return [state.doubted ? { ...state, doubted: false } : state, []];
    case 'moved':
      return phase === 'moving' ? conclude({ ...state, target: null }, ask) : [state, []];
    case 'not-moved':
      return phase === 'moving' ? conclude(state, wait) : [state, []];
    case 'agreed':
      return phase === 'asking' ? conclude(state, () => [steadyCall, []]) : [state, []];
    case 'refused':
      if (phase !== 'asking') return [state, []];
      // Whoever refuses is there: only a far side that does not know our new address is asked again.
      return conclude({ ...state, doubted: false }, state.doubted ? () => [steadyCall, []] : wait);
    case 'silent':
      if (phase !== 'asking') return [state, []];
      return conclude(state, state.doubted ? () => [over, [{ type: 'give-up' }]] : wait);
    case 'timer':
      if (phase !== 'waiting') return [state, []];
      return state.target === null ? ask(state) : move(state, state.target);
    case 'ended':
      return [over, phase === 'waiting' ? [{ type: 'stop-timer' }] : []];
    default:
      return assertNever(event);
  }
}
