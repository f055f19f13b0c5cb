/**
 * "You can be called", as a reducer: whether the PBX reaches this phone now, not whether it once registered. Any request that the PBX
 * sends is the proof; where it sends none by itself, the phone has one sent (round-trip.ts).
 *
 *   ┌─────┐ registered  ┌─────────┐  timer, prove   ┌────────┐
 *   │ off │ ──────────► │ waiting │ ──────────────► │ asking │
 *   └─────┘             └─────────┘ ◄────────────── └────────┘
 *      ▲                  │  ▲ │ heard        heard: proven, next in 5 min · lost: again in 10 s, the second time failed, then every
 *      │                  │  └─┘              minute · inconclusive: the PBX offers no way to know, next in 5 min
 *      └──────────────────┘
 *        unregistered, from anywhere
 */
import { assertNever } from '../../contract/assert-never.ts';
import type { AccountSnapshot } from '../../contract/snapshot.ts';

/** `unprovable`: asked, and the PBX answers by itself without sending anything here. */
export type ReachabilityVerdict = 'unknown' | 'proven' | 'failed' | 'unprovable';

export interface ReachabilityState {
  phase: 'off' | 'waiting' | 'asking';
  verdict: ReachabilityVerdict;
  /** The last proof (ms since 1970). */
  provenAt: number | null;
  /** Round trips in a row whose request did not come back. */
  losses: number;
}

export type ReachabilityEvent =
  /** A REGISTER has succeeded, the first or a further one. */
  | { type: 'registered' }
  | { type: 'unregistered' }
  /** The PBX has sent a request. */
  | { type: 'heard' }
  | { type: 'timer' }
  /** Somebody wants to know now. */
  | { type: 'prove' }
  /** What the PBX should have sent did not come. */
  | { type: 'lost' }
  /** The PBX does not send what it was asked to, or said nothing at all. */
  | { type: 'inconclusive' };

export type ReachabilityEffect =
  | { type: 'ask' }
  | { type: 'start-timer'; delayMs: number }
  | { type: 'stop-timer' }
  /** Keepalives come more often, because the way back seems to close between them; or as configured again. */
  | { type: 'keep-open'; often: boolean };

/** Nothing is known. */
export const unknownReachability: ReachabilityState = {
  phase: 'off',
  verdict: 'unknown',
  provenAt: null,
  losses: 0,
};

/** A PBX that checks its phones does so right after the registration: it is waited for before anything is asked. */
export const firstAskMs = 2_000;
export const proofLifeMs = 300_000;
export const secondAskMs = 10_000;
export const failedAskMs = 60_000;
/** Whoever accepted a registration and sent nothing back twice does not reach us. */
const lossesUntilFailed = 2;

type Step = [ReachabilityState, ReachabilityEffect[]];

function wait(state: ReachabilityState, delayMs: number, more: ReachabilityEffect[] = []): Step {
  return [{ ...state, phase: 'waiting' }, [...more, { type: 'start-timer', delayMs }]];
}

const ask = (state: ReachabilityState): Step => [
  { ...state, phase: 'asking' },
  [{ type: 'stop-timer' }, { type: 'ask' }],
];

function proven(state: ReachabilityState, now: number): Step {
  const relaxed: ReachabilityEffect[] =
    state.verdict === 'failed' ? [{ type: 'keep-open', often: false }] : [];
  return wait({ ...state, verdict: 'proven', provenAt: now, losses: 0 }, proofLifeMs, relaxed);
}

function lost(state: ReachabilityState): Step {
  const losses = state.losses + 1;
  if (losses < lossesUntilFailed) return wait({ ...state, losses }, secondAskMs);
  const tightened: ReachabilityEffect[] =
    state.verdict === 'failed' ? [] : [{ type: 'keep-open', often: true }];
  return wait({ ...state, losses, verdict: 'failed' }, failedAskMs, tightened);
}

/** One event's effect. @param now milliseconds since 1970 */
export function stepReachability(state: ReachabilityState, event: ReachabilityEvent, now: number): Step {
  const { phase } = state;
  if (phase === 'off') return event.type === 'registered' ? wait(state, firstAskMs) : [state, []];
  switch (event.type) {
    case 'registered':
      return phase === 'waiting' ? wait(state, firstAskMs) : [state, []];
    case 'unregistered':
      return [{ ...unknownReachability, provenAt: state.provenAt }, [{ type: 'stop-timer' }]];
    case 'heard':
      return proven(state, now);
    case 'timer':
    case 'prove':
      return phase === 'waiting' ? ask(state) : [state, []];
    case 'lost':
      return phase === 'asking' ? lost(state) : [state, []];
    case 'inconclusive': {
      if (phase !== 'asking') return [state, []];
      const verdict = state.verdict === 'unknown' ? 'unprovable' : state.verdict;
      return wait({ ...state, verdict }, proofLifeMs);
    }
    default:
      return assertNever(event);
  }
}

const sentences: Record<ReachabilityVerdict, string> = {
  unknown: 'Not known yet.',
  proven: 'You can be called.',
  failed:
    'The PBX accepts your registration, but its requests do not reach this phone: check the firewall and the router.',
  unprovable: 'This PBX offers no way to prove it before somebody calls.',
};

/** The contract's view. */
export function reachabilitySnapshot(state: ReachabilityState): AccountSnapshot['reachable'] {
  const { phase, verdict, provenAt } = state;
  return {
    state: verdict === 'unprovable' ? 'unknown' : verdict,
    provenAt,
    sentence: phase === 'off' ? '' : sentences[verdict],
  };
}
