/**
 * One STUN transaction of a client (RFC 8489 §6.2): how often a request goes out and how long its answer is waited for. Over datagrams it
 * is repeated, each time after twice as long; over a stream it is sent once.
 *
 *   sent ──timer──▶ sent again (up to Rc = 7 requests, after RTO, 2 RTO, 4 RTO …) ──timer, Rm·RTO after the last──▶ timed out
 *    └──answer──▶ answered
 */
import { assertNever } from '../../contract/assert-never.ts';

export interface StunTiming {
  /** First wait before a repetition, milliseconds (§6.2.1: 500). */
  rtoMs: number;
  /** Rc: how many requests go out. */
  requests: number;
  /** Rm: how many times the RTO is waited after the last. */
  lastWaits: number;
}

export const datagramTiming: StunTiming = { rtoMs: 500, requests: 7, lastWaits: 16 };
/** Ti = 39.5 s (§6.2.2). */
export const streamTiming: StunTiming = { rtoMs: 39_500, requests: 1, lastWaits: 1 };

export interface StunTransactionState {
  phase: 'sent' | 'answered' | 'timed-out';
  /** Requests that have gone out. */
  requests: number;
}
export type StunTransactionEvent = { type: 'timer' } | { type: 'answer' };
export type StunTransactionEffect =
  { type: 'send' } | { type: 'wait'; afterMs: number } | { type: 'answered' } | { type: 'timed-out' };
type Step = [StunTransactionState, StunTransactionEffect[]];

/** A transaction that begins: the first request is to be sent. */
export function beginTransaction(timing: StunTiming): Step {
  return [{ phase: 'sent', requests: 1 }, [{ type: 'send' }, wait(1, timing)]];
}

function wait(requests: number, { rtoMs, requests: most, lastWaits }: StunTiming): StunTransactionEffect {
  return { type: 'wait', afterMs: requests < most ? rtoMs * 2 ** (requests - 1) : rtoMs * lastWaits };
}

export function stepTransaction(
  state: StunTransactionState,
  event: StunTransactionEvent,
  timing: StunTiming,
): Step {
  if (state.phase !== 'sent') return [state, []];
  switch (event.type) {
    case 'answer':
      return [{ ...state, phase: 'answered' }, [{ type: 'answered' }]];
    case 'timer': {
      if (state.requests >= timing.requests)
        return [{ ...state, phase: 'timed-out' }, [{ type: 'timed-out' }]];
      const requests = state.requests + 1;
      return [{ ...state, requests }, [{ type: 'send' }, wait(requests, timing)]];
    }
    default:
      return assertNever(event);
  }
}
