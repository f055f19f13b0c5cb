/**
 * Our 180 to an INVITE that requires reliable provisional answers, as a reducer (RFC 3262 §3): it is repeated until its PRACK comes.
 *
 *    ┌──────┐ ring        ┌─────────┐ prack        ┌──────────────┐
 *    │ idle │ ──────────► │ ringing │ ───────────► │ acknowledged │
 *    └──────┘             └─────────┘              └──────────────┘
 *        │                 │  ▲   │ 64·T1 without PRACK
 *        │                 └──┘   └──────────────► given up: the INVITE is refused (5xx)
 *        │                 timer: again after T1, 2·T1, 4·T1 …
 *        └─── final (from every state) ──► over
 *
 * The 180 holds no description, so our 200 need not wait for the PRACK, and the PRACK can hold no offer.
 */
import { assertNever } from '../../contract/assert-never.ts';

export type RingingPhase = 'idle' | 'ringing' | 'acknowledged' | 'over';

export interface RingingState {
  phase: RingingPhase;
  /** RSeq of the 180. */
  sequence: number;
  /** Milliseconds that the 180 has been repeated, and until the next repetition. */
  waitedMs: number;
  intervalMs: number;
}

export type RingingEvent =
  | { type: 'ring'; sequence: number }
  | { type: 'timer' }
  /** RAck (§7.2): the 180's RSeq, and the INVITE is the one meant. */
  | { type: 'prack'; sequence: number; ofThisInvite: boolean }
  /** Our final answer goes out, or a CANCEL ended it. */
  | { type: 'final' };

export type RingingEffect =
  /** The 180 goes out: for the first time, or again. */
  | { type: 'transmit' }
  | { type: 'start-timer'; afterMs: number }
  | { type: 'stop-timer' }
  /** The final answer to a PRACK. */
  | { type: 'answer-prack'; status: 200 | 481 }
  | { type: 'give-up' };

const t1Ms = 500;
const limitMs = 64 * t1Ms;

export const notRinging: RingingState = { phase: 'idle', sequence: 0, waitedMs: 0, intervalMs: t1Ms };

export function stepRinging(state: RingingState, event: RingingEvent): [RingingState, RingingEffect[]] {
  const { phase, sequence, waitedMs, intervalMs } = state;
  switch (event.type) {
    case 'ring':
      if (phase !== 'idle') return [state, []];
      return [
        { ...state, phase: 'ringing', sequence: event.sequence },
        [{ type: 'transmit' }, { type: 'start-timer', afterMs: t1Ms }],
      ];
    case 'timer': {
      if (phase !== 'ringing') return [state, []];
      const waited = waitedMs + intervalMs;
      if (waited >= limitMs) return [{ ...state, phase: 'over' }, [{ type: 'give-up' }]];
      const next = Math.min(2 * intervalMs, limitMs - waited);
      return [
        { ...state, waitedMs: waited, intervalMs: next },
        [{ type: 'transmit' }, { type: 'start-timer', afterMs: next }],
      ];
    }
    case 'prack': {
      const fits = phase !== 'idle' && event.ofThisInvite && event.sequence === sequence;
      if (!fits) return [state, [{ type: 'answer-prack', status: 481 }]];
      const taken: RingingEffect = { type: 'answer-prack', status: 200 };
      if (phase !== 'ringing') return [state, [taken]];
      return [{ ...state, phase: 'acknowledged' }, [{ type: 'stop-timer' }, taken]];
    }
    case 'final':
      if (phase === 'over') return [state, []];
      return [{ ...state, phase: 'over' }, phase === 'ringing' ? [{ type: 'stop-timer' }] : []];
    default:
      return assertNever(event);
  }
}
