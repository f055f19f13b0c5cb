/**
 * A transfer as the one who asks for it sees it: our REFER, the far side's answer, and its reports (RFC 3515 §2.4, RFC 5589 §6, §7).
 *
 *              accepted (2xx), report 100        report 18x
 *   ┌────────┐ ────────────────► ┌────────┐ ─────────────────► ┌─────────┐
 *   │ asking │                   │ trying │                    │ ringing │
 *   └────────┘                   └────────┘                    └─────────┘
 *      │  │ refused (3xx–6xx)     │      │                      │       │
 *      │  └─────────────► ┌───────▼─┐    │ report 2xx · BYE     │       │
 *      │                  │ refused │ ◄──┼──────────────────────┘       │
 *      │                  └─────────┘    │  report 3xx–6xx · last report │
 *      │                                 ▼  without an outcome · silence │
 *      │ report 2xx · BYE            ┌──────┐      report 2xx · BYE      │
 *      └───────────────────────────► │ done │ ◄──────────────────────────┘
 *                                    └──────┘
 *
 * Reports may overtake the answer to the REFER (RFC 3515 §2.4.4), so `asking` takes them too. A far side that hangs up while it holds our
 * REFER has acted on it: PBXs end the call as soon as they have moved it, often without a last report.
 */
import { assertNever } from '../../contract/assert-never.ts';

export type TransferPhase = 'asking' | 'trying' | 'ringing' | 'done' | 'refused';

/** Why it did not work: the REFER was refused, the new call failed, or nobody ever told how it went. */
export interface TransferFailure {
  cause: 'refused' | 'failed' | 'unknown';
  /** SIP status; 0 when unknown. */
  status: number;
  reason: string;
}

export interface TransferState {
  phase: TransferPhase;
  /** Set in `refused`. */
  failure: TransferFailure | null;
}

export type TransferEvent =
  /** 2xx to the REFER. */
  | { type: 'accepted' }
  /** Any other final answer to it, or none. */
  | { type: 'refused'; status: number; reason: string }
  /** A NOTIFY; `last` when it ends the subscription. */
  | { type: 'report'; status: number; reason: string; last: boolean }
  /** The far side has ended this call. */
  | { type: 'bye' }
  /** The time limit is over. */
  | { type: 'silence' };

export type TransferEffect =
  /** Starts the time limit anew. */
  | { type: 'wait'; limitMs: number }
  /** The call has been moved: leave it. */
  | { type: 'leave' }
  /** The call is still ours: go on with it. */
  | { type: 'stay' };

export const askedTransfer: TransferState = { phase: 'asking', failure: null };

/** A far side that has said yes tells soon how it goes. */
const reportLimitMs = 60_000;
/** Somebody may be let ring as long as a call of our own (RFC 3261 §16.6, Timer C). */
export const ringingLimitMs = 180_000;

type Step = [TransferState, TransferEffect[]];

const done: Step = [{ phase: 'done', failure: null }, [{ type: 'leave' }]];

function failed(failure: TransferFailure): Step {
  return [{ phase: 'refused', failure }, [{ type: 'stay' }]];
}

const unknown: TransferFailure = { cause: 'unknown', status: 0, reason: '' };

function onReport(state: TransferState, report: TransferEvent & { type: 'report' }): Step {
  const { status, reason, last } = report;
  if (status >= 300) return failed({ cause: 'failed', status, reason });
  if (status >= 200) return done;
  if (last) return failed(unknown);
  if (status >= 180 || state.phase === 'ringing')
    return [{ ...state, phase: 'ringing' }, [{ type: 'wait', limitMs: ringingLimitMs }]];
  return [{ ...state, phase: 'trying' }, [{ type: 'wait', limitMs: reportLimitMs }]];
}

/** One event's effect on a transfer. What does not fit the phase has crossed with another message and changes nothing. */
export function stepTransfer(state: TransferState, event: TransferEvent): Step {
  if (state.phase === 'done' || state.phase === 'refused') return [state, []];
  switch (event.type) {
    case 'accepted':
      if (state.phase !== 'asking') return [state, []];
      return [{ ...state, phase: 'trying' }, [{ type: 'wait', limitMs: reportLimitMs }]];
    case 'refused':
      if (state.phase !== 'asking') return [state, []];
      return failed({ cause: 'refused', status: event.status, reason: event.reason });
    case 'report':
      return onReport(state, event);
    case 'bye':
      return done;
    case 'silence':
      return state.phase === 'asking' ? [state, []] : failed(unknown);
    default:
      return assertNever(event);
  }
}
