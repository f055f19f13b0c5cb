/**
 * Telling the far side of candidates that are found after our description (RFC 8840 §4.4), as a reducer. An exchange is one pair of
 * descriptions under its credentials; candidates are told in it once both sides know them, one INFO at a time, and each INFO repeats what
 * was told before, in the same order.
 *
 *   ┌───────┐ settled, it takes them ┌──────┐ something new  ┌─────────┐
 *   │ quiet │ ─────────────────────► │ open │ ─────────────► │ sending │
 *   └───────┘ ◄───────────────────── └──────┘ ◄───────────── └─────────┘
 *       ▲       settled, it does not           answered           │
 *       └──────────────────────── refused ────────────────────────┘
 *   every state ── ended ──► over
 *
 * Whoever refuses an INFO gets no other one until descriptions are exchanged again.
 */
import { assertNever } from '../../contract/assert-never.ts';

/** Values of a=candidate, and whether that is all of them. */
export interface ToldCandidates {
  readonly candidates: readonly string[];
  readonly complete: boolean;
}

export interface TrickleState {
  phase: 'quiet' | 'open' | 'sending' | 'over';
  /** Names the exchange. */
  exchange: string;
  /** What the far side has been told, by descriptions and INFOs. */
  told: ToldCandidates;
  /** What there is to tell; begins with what was told. */
  known: ToldCandidates;
}

export type TrickleEvent =
  /** Both sides know the descriptions. `confirms`: the far side repeats its description until it hears from us (RFC 8840 §4.3.2). */
  | { type: 'settled'; exchange: string; described: ToldCandidates; confirms: boolean }
  /** Both know them, and candidates are not taken by INFO. */
  | { type: 'settled-without' }
  /** What has been gathered for the exchange by now. */
  | { type: 'gathered'; exchange: string; candidates: ToldCandidates }
  /** The final answer to our INFO. */
  | { type: 'answered'; exchange: string; taken: boolean }
  | { type: 'ended' };

/** An INFO with all of these goes out. */
export type TrickleEffect = { type: 'tell'; exchange: string; candidates: ToldCandidates };

const nothing: ToldCandidates = { candidates: [], complete: false };
export const quietTrickle: TrickleState = { phase: 'quiet', exchange: '', told: nothing, known: nothing };

/** What is new stands behind what is known: the order of what was told never changes. Nothing follows the end. */
function joined(known: ToldCandidates, more: ToldCandidates): ToldCandidates {
  if (known.complete) return known;
  const fresh = more.candidates.filter((each) => !known.candidates.includes(each));
  return { candidates: [...known.candidates, ...fresh], complete: more.complete };
}

const isMore = (known: ToldCandidates, told: ToldCandidates) =>
  known.candidates.length > told.candidates.length || (known.complete && !told.complete);

function tellNext(state: TrickleState): [TrickleState, TrickleEffect[]] {
  const { phase, exchange, known, told } = state;
  if (phase !== 'open' || !isMore(known, told)) return [state, []];
  return [{ ...state, phase: 'sending', told: known }, [{ type: 'tell', exchange, candidates: known }]];
}

export function stepTrickle(state: TrickleState, event: TrickleEvent): [TrickleState, TrickleEffect[]] {
  if (state.phase === 'over') return [state, []];
  switch (event.type) {
    case 'settled': {
      const { exchange, described, confirms } = event;
      const isKnown = exchange === state.exchange;
      // The answer to an INFO of an exchange before this one says nothing about it.
      const phase = isKnown && state.phase === 'sending' ? 'sending' : 'open';
      const told = isKnown ? joined(state.told, described) : described;
      const known = isKnown ? joined(told, state.known) : described;
      const settled: TrickleState = { phase, exchange, told, known };
      const [next, effects] = tellNext(settled);
      if (!confirms || effects.length > 0 || phase === 'sending') return [next, effects];
      return [{ ...settled, phase: 'sending' }, [{ type: 'tell', exchange, candidates: known }]];
    }
    case 'settled-without':
      return [{ ...state, phase: 'quiet' }, []];
    case 'gathered':
      if (event.exchange !== state.exchange) return [state, []];
      return tellNext({ ...state, known: joined(state.known, event.candidates) });
    case 'answered':
      if (state.phase !== 'sending' || event.exchange !== state.exchange) return [state, []];
      return event.taken ? tellNext({ ...state, phase: 'open' }) : [{ ...state, phase: 'quiet' }, []];
    case 'ended':
      return [{ ...state, phase: 'over' }, []];
    default:
      return assertNever(event);
  }
}
