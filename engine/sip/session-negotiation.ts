/**
 * Who offers when, inside a call (RFC 3261 §14, RFC 3264 §4, RFC 6337 §2): never two offers open at once. What wants an offer enters
 * as a wish; wishes that come while an exchange is open are merged and follow it in one offer.
 *
 *   ┌─────────┐ established  ┌──────┐       wish         ┌──────────┐ ◄────────────────┐
 *   │ unready │ ───────────► │ idle │ ─────────────────► │ offering │                  │ back-off-over,
 *   └─────────┘              └──────┘ ◄───────────────── └──────────┘                  │ settled (wishes left)
 *                             │    ▲   agreed, refused,    │   put-off (491)           │
 *                     offered │    │   silent              ▼                           │
 *                             ▼    │ settled          ┌─────────────┐                  │
 *                        ┌───────────┐ ◄──────────────│ backing-off │ ─────────────────┤
 *                        │ answering │    offered     └─────────────┘                  │
 *                        └───────────┘ ────────────────────────────────────────────────┘
 *
 *   offering + agreed, refused, silent with wishes left: offering again. Every state: gone or ended ──► over.
 *
 * An offer of theirs in an UPDATE is answered at once and opens nothing; one in a re-INVITE is open until its ACK.
 */
import { assertNever } from '../../contract/assert-never.ts';

/**
 * hold, resume: each takes the other's place · move: our media address has changed · refresh: the session timer's re-INVITE
 * (RFC 4028 §7.2), for a far side that takes no UPDATE.
 */
export type Wish = 'hold' | 'resume' | 'move' | 'refresh';

export type NegotiationPhase = 'unready' | 'idle' | 'offering' | 'answering' | 'backing-off' | 'over';

export interface NegotiationState {
  phase: NegotiationPhase;
  /** What the offer that is out carries; empty unless `offering`. */
  carried: readonly Wish[];
  /** What the next offer will carry. */
  wanted: readonly Wish[];
  /** How often in a row an offer was put off. */
  retries: number;
}

export type NegotiationEvent =
  /** The dialog stands and its first exchange is over. */
  | { type: 'established' }
  | { type: 'wish'; wish: Wish }
  /** Our offer has an answer that can be used. */
  | { type: 'agreed' }
  /** Our offer was refused, or its answer cannot be used: the session stays as it was (RFC 3261 §14.1). */
  | { type: 'refused'; status: number }
  /** 491, or a refusal that names a time: again later. `afterMs`: the time named; null leaves it to the back-off of §14.1. */
  | { type: 'put-off'; status: number; afterMs: number | null }
  /** Nobody answered our offer, or it could not be `sent`. */
  | { type: 'silent'; sent: boolean }
  /** 481: the far side knows no such call. */
  | { type: 'gone' }
  /** A re-INVITE (with or without an offer) or an UPDATE with one has come. */
  | { type: 'offered'; by: 'invite' | 'update' }
  /** Their re-INVITE is over: acknowledged, or refused by us. */
  | { type: 'settled' }
  | { type: 'back-off-over' }
  | { type: 'ended' };

export type WishOutcome =
  | { kind: 'agreed' }
  | { kind: 'refused'; status: number }
  | { kind: 'silent'; sent: boolean }
  /** An opposite wish came before this one was on its way. */
  | { kind: 'superseded' }
  /** The call is over, there or here. */
  | { kind: 'over' };

export type NegotiationEffect =
  | { type: 'offer'; wishes: readonly Wish[] }
  /** Answer what has just been offered. */
  | { type: 'answer' }
  /** Refuse what has just been offered: 491 while ours is out, 500 with Retry-After while theirs is (§14.2). */
  | { type: 'turn-away'; status: 491 | 500 }
  | { type: 'back-off'; afterMs: number | null }
  | { type: 'stop-back-off' }
  | { type: 'outcome'; wishes: readonly Wish[]; outcome: WishOutcome }
  /** The far side knows no such call: it has to end here too (§12.2.1.2). */
  | { type: 'gone' };

type Step = [NegotiationState, NegotiationEffect[]];

export const unreadyNegotiation: NegotiationState = { phase: 'unready', carried: [], wanted: [], retries: 0 };

/** After so many offers in a row that were put off the wish counts as refused. */
export const longestPatience = 8;

const opposites: Record<Wish, Wish | null> = { hold: 'resume', resume: 'hold', move: null, refresh: null };

/** `wishes` with one more; `superseded` are those that it takes the place of. */
function adding(wishes: readonly Wish[], wish: Wish): { wishes: Wish[]; superseded: Wish[] } {
  const opposite = opposites[wish];
  return {
    wishes: [...wishes.filter((each) => each !== wish && each !== opposite), wish],
    superseded: wishes.filter((each) => each === opposite),
  };
}

function outcomeOf(wishes: readonly Wish[], outcome: WishOutcome): NegotiationEffect[] {
  return wishes.length === 0 ? [] : [{ type: 'outcome', wishes, outcome }];
}

/** Nothing is open any more: offers what is wanted, if anything. */
function proceed(state: NegotiationState): Step {
  const { wanted } = state;
  if (wanted.length === 0) return [{ ...state, phase: 'idle', carried: [] }, []];
  return [{ ...state, phase: 'offering', carried: wanted, wanted: [] }, [{ type: 'offer', wishes: wanted }]];
}

function concluded(state: NegotiationState, outcome: WishOutcome): Step {
  const [next, effects] = proceed({ ...state, retries: 0 });
  return [next, [...outcomeOf(state.carried, outcome), ...effects]];
}

function over(state: NegotiationState, before: NegotiationEffect[]): Step {
  const left = [...new Set([...state.carried, ...state.wanted])];
  const stop: NegotiationEffect[] = state.phase === 'backing-off' ? [{ type: 'stop-back-off' }] : [];
  const outcome = outcomeOf(left, { kind: 'over' });
  return [{ phase: 'over', carried: [], wanted: [], retries: 0 }, [...before, ...stop, ...outcome]];
}

function putOff(state: NegotiationState, status: number, afterMs: number | null): Step {
  if (state.retries + 1 >= longestPatience) return concluded(state, { kind: 'refused', status });
  // What was wanted since then is newer than what the offer carried.
  const superseded = state.carried.filter((wish) => state.wanted.some((each) => each === opposites[wish]));
  const kept = state.carried.filter((wish) => !superseded.includes(wish) && !state.wanted.includes(wish));
  const next = { ...state, carried: [], wanted: [...kept, ...state.wanted], retries: state.retries + 1 };
  return [
    { ...next, phase: 'backing-off' },
    [...outcomeOf(superseded, { kind: 'superseded' }), { type: 'back-off', afterMs }],
  ];
}

function wish(state: NegotiationState, wished: Wish): Step {
  const { wishes, superseded } = adding(state.wanted, wished);
  const merged = { ...state, wanted: wishes };
  const effects = outcomeOf(superseded, { kind: 'superseded' });
  if (state.phase !== 'idle') return [merged, effects];
  const [next, offers] = proceed(merged);
  return [next, [...effects, ...offers]];
}

function offered(state: NegotiationState, by: 'invite' | 'update'): Step {
  switch (state.phase) {
    case 'offering':
      return [state, [{ type: 'turn-away', status: 491 }]];
    case 'answering':
      return [state, [{ type: 'turn-away', status: 500 }]];
    case 'backing-off':
      if (by === 'update') return [state, [{ type: 'answer' }]];
      return [{ ...state, phase: 'answering' }, [{ type: 'stop-back-off' }, { type: 'answer' }]];
    case 'idle':
      return [by === 'invite' ? { ...state, phase: 'answering' } : state, [{ type: 'answer' }]];
    case 'unready':
      return [state, [{ type: 'answer' }]];
    case 'over':
      return [state, []];
    default:
      return assertNever(state.phase);
  }
}

/** One event's effect on who may offer. Events that do not fit the phase change nothing: they crossed with another on the wire. */
export function stepNegotiation(state: NegotiationState, event: NegotiationEvent): Step {
  const { phase } = state;
  if (phase === 'over') {
    return event.type === 'wish' ? [state, outcomeOf([event.wish], { kind: 'over' })] : [state, []];
  }
  switch (event.type) {
    case 'established':
      return phase === 'unready' ? proceed(state) : [state, []];
    case 'wish':
      return wish(state, event.wish);
    case 'agreed':
      return phase === 'offering' ? concluded(state, { kind: 'agreed' }) : [state, []];
    case 'refused':
      return phase === 'offering' ? concluded(state, { kind: 'refused', status: event.status }) : [state, []];
    case 'silent':
      return phase === 'offering' ? concluded(state, { kind: 'silent', sent: event.sent }) : [state, []];
    case 'put-off':
      return phase === 'offering' ? putOff(state, event.status, event.afterMs) : [state, []];
    case 'gone':
      return phase === 'offering' ? over(state, [{ type: 'gone' }]) : [state, []];
    case 'offered':
      return offered(state, event.by);
    case 'settled':
      return phase === 'answering' ? proceed(state) : [state, []];
    case 'back-off-over':
      return phase === 'backing-off' ? proceed(state) : [state, []];
    case 'ended':
      return over(state, []);
    default:
      return assertNever(event);
  }
}

/**
 * How long to wait after a 491 (RFC 3261 §14.1): 2.1 to 4 s for whoever made the Call-ID, 0 to 2 s for the other, in steps of 10 ms,
 * so that two phones that met do not meet again. `fraction`: random, from 0 up to 1.
 */
export function glareBackOffMs(ownsCallId: boolean, fraction: number): number {
  return ownsCallId ? 2100 + 10 * Math.floor(fraction * 191) : 10 * Math.floor(fraction * 201);
}
