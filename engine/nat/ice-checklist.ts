/**
 * The check list of ICE (RFC 8445 §6, §7, §8), as a reducer over one exchange of credentials. It knows neither sockets nor octets: bases
 * are numbers, a check's outcome is an event. Each pair of a local base and a remote candidate goes its own way:
 *
 *   frozen ──its foundation has proven itself──▶ waiting ──its turn──▶ in progress ──answered──▶ succeeded ──nominated──▶ selected
 *                                                   ▲                       └──silent, refused──▶ failed
 *                                                   └──────── the far side's check of it came ───────┘
 *
 * and all of them together: idle ──remote named──▶ checking ──a pair selected for each component──▶ connected, or ──none left──▶ failed.
 */
import { isIP } from 'node:net';
import { assertNever } from '../../contract/assert-never.ts';
import { sameTransportAddress, type TransportAddress } from '../net/transport-address.ts';
import type { Component, IceCandidate } from './ice-candidate.ts';

/** A candidate that checks can be sent from: a socket here or at a relay. Reflexive ones are sent from their base. */
export interface LocalBase extends IceCandidate {
  base: number;
}

export interface IcePair {
  id: number;
  local: LocalBase;
  remote: IceCandidate;
  state: 'frozen' | 'waiting' | 'in-progress' | 'succeeded' | 'failed';
  /** Selected as soon as it has succeeded: the controlling side has said so, or our nominating check is under way. */
  nominated: boolean;
  /** As the far side sees us; null until a check has succeeded. */
  mapped: TransportAddress | null;
}

export type IceRole = 'controlling' | 'controlled';

export interface ChecklistState {
  phase: 'idle' | 'checking' | 'connected' | 'failed' | 'closed';
  role: IceRole;
  tieBreaker: bigint;
  bases: readonly LocalBase[];
  basesComplete: boolean;
  remotes: readonly IceCandidate[];
  remotesComplete: boolean;
  /** Those that need a way. */
  components: readonly Component[];
  pairs: readonly IcePair[];
  /** Pairs to be checked before all others, by identifier. */
  triggered: readonly number[];
  selected: Partial<Record<Component, IcePair>>;
  nextPair: number;
  /** When checks began, and when the first of them succeeded. */
  beganMs: number;
  validSinceMs: number | null;
}

export type ChecklistEvent =
  | { type: 'bases'; bases: readonly LocalBase[]; complete: boolean }
  | {
      type: 'remote';
      role: IceRole;
      candidates: readonly IceCandidate[];
      complete: boolean;
      components: readonly Component[];
    }
  | { type: 'more-remotes'; candidates: readonly IceCandidate[]; complete: boolean }
  /** Ta is over: another check may go out. */
  | { type: 'tick' }
  | { type: 'succeeded'; pair: number; mapped: TransportAddress }
  /** 487: the far side has the same role and keeps it. `role`: ours when the check went out. */
  | { type: 'refused'; pair: number; code: number; role: IceRole }
  | { type: 'timed-out'; pair: number }
  /** An authentic check of the far side. */
  | {
      type: 'request';
      base: number;
      from: TransportAddress;
      priority: number;
      useCandidate: boolean;
      /** What it says of its own role. */
      role: IceRole;
      tieBreaker: bigint;
    }
  | { type: 'close' };

export type ChecklistEffect =
  | { type: 'check'; pair: IcePair; nominate: boolean; role: IceRole }
  | { type: 'answer'; status: 'success' | 'role-conflict' }
  | { type: 'selected'; component: Component; pair: IcePair }
  | { type: 'connected' }
  | { type: 'failed' };

export type ChecklistStep = [ChecklistState, ChecklistEffect[]];

/** A better pair than the one that works may still answer; nobody should wait longer for it. */
const nominationWaitMs = 300;
/** The patiently awaiting connectivity timer (RFC 8863 §3). */
const patienceMs = 39_500;
/** A side that never says that it has told all its candidates (RFC 8838 §8.2) may still have none left. */
const completionLimitMs = 60_000;
/** RFC 8445 §6.1.2.5. */
const mostPairs = 100;
/** Of the far side; what it names beyond is passed over. */
const mostRemotes = 64;

export function idleChecklist(options: { role: IceRole; tieBreaker: bigint }): ChecklistState {
  return {
    ...options,
    phase: 'idle',
    bases: [],
    basesComplete: false,
    remotes: [],
    remotesComplete: false,
    components: [1],
    pairs: [],
    triggered: [],
    selected: {},
    nextPair: 1,
    beganMs: 0,
    validSinceMs: null,
  };
}

/** True while ticks have something to do. */
export function wantsTicks({ phase, triggered }: ChecklistState): boolean {
  return phase === 'checking' || (phase === 'connected' && triggered.length > 0);
}

export function stepChecklist(state: ChecklistState, event: ChecklistEvent, nowMs: number): ChecklistStep {
  if (state.phase === 'closed') return [state, []];
  // Another way is found under other credentials alone.
  if (state.phase === 'failed' && event.type !== 'close') return [state, []];
  switch (event.type) {
    case 'bases':
      return [paired({ ...state, bases: event.bases, basesComplete: event.complete }), []];
    case 'remote': {
      const { role, candidates, complete, components } = event;
      const known = withRemotes({ ...state, role, components, remotesComplete: complete }, candidates);
      if (state.phase !== 'idle') return settle(paired(known), nowMs);
      return [paired({ ...known, phase: 'checking', beganMs: nowMs }), []];
    }
    case 'more-remotes': {
      const remotesComplete = state.remotesComplete || event.complete;
      const known = withRemotes({ ...state, remotesComplete }, event.candidates);
      return settle(paired(remotesComplete ? withoutEmptyComponents(known) : known), nowMs);
    }
    case 'tick':
      return state.phase === 'idle' ? [state, []] : tick(state, nowMs);
    case 'succeeded':
      return succeeded(state, event.pair, event.mapped, nowMs);
    case 'refused':
      if (event.code !== 487) return dropPair(state, event.pair);
      // Whoever has switched meanwhile does not switch back (RFC 8445 §7.2.5.1).
      return [trigger(event.role === state.role ? switchRole(state) : state, event.pair), []];
    case 'timed-out':
      return dropPair(state, event.pair);
    case 'request':
      return requested(state, event, nowMs);
    case 'close':
      return [{ ...state, phase: 'closed', triggered: [] }, []];
    default:
      return assertNever(event);
  }
}

/** RFC 8445 §6.1.2.3; 64 bits. */
export function pairPriority({ local, remote }: Pick<IcePair, 'local' | 'remote'>, role: IceRole): bigint {
  const [ours, theirs] = [BigInt(local.priority), BigInt(remote.priority)];
  const [controlling, controlled] = role === 'controlling' ? [ours, theirs] : [theirs, ours];
  const [low, high] = ours < theirs ? [ours, theirs] : [theirs, ours];
  return (low << 32n) + 2n * high + (controlling > controlled ? 1n : 0n);
}

// ── candidates and pairs ────────────────────────────────────────────────────────────────────────────────────────────

function withRemotes(state: ChecklistState, candidates: readonly IceCandidate[]): ChecklistState {
  let { remotes, pairs } = state;
  for (const candidate of candidates) {
    const same = (known: IceCandidate) => isSameRemote(known, candidate);
    // One that a check has shown before is named now: it is of the kind that they say (RFC 8445 §7.3.1.3).
    if (remotes.some(same)) {
      remotes = remotes.map((known) => (same(known) ? candidate : known));
      pairs = pairs.map((pair) => (same(pair.remote) ? { ...pair, remote: candidate } : pair));
    } else if (remotes.length < mostRemotes) remotes = [...remotes, candidate];
  }
  return { ...state, remotes, pairs };
}

/** A far side that has told everything, and nothing of RTCP, has it on RTP's port. */
function withoutEmptyComponents(state: ChecklistState): ChecklistState {
  const named = state.components.filter(
    (component) => component === 1 || state.remotes.some((remote) => remote.component === component),
  );
  return { ...state, components: named };
}

const isSameRemote = (one: IceCandidate, other: IceCandidate) =>
  one.component === other.component && sameTransportAddress(one, other);

const isLinkLocal = (address: string) => /^(fe[89ab][0-9a-f]:|169\.254\.)/i.test(address);

function canPair(local: IceCandidate, remote: IceCandidate): boolean {
  return (
    local.component === remote.component &&
    isIP(local.address) === isIP(remote.address) &&
    isLinkLocal(local.address) === isLinkLocal(remote.address)
  );
}

const foundationOfPair = ({ local, remote }: IcePair) => `${local.foundation} ${remote.foundation}`;

/** Every base with every remote candidate that it can reach; the first of each foundation may be checked at once (§6.1.2.6). */
function paired(state: ChecklistState): ChecklistState {
  const { bases, remotes, role, components, selected } = state;
  let { nextPair } = state;
  const pairs = [...state.pairs];
  for (const local of bases) {
    const { component } = local;
    if (!components.includes(component) || selected[component] !== undefined) continue;
    for (const remote of remotes) {
      const known = pairs.some((pair) => pair.local.base === local.base && isSameRemote(pair.remote, remote));
      if (known || !canPair(local, remote)) continue;
      pairs.push({ id: nextPair, local, remote, state: 'frozen', nominated: false, mapped: null });
      nextPair += 1;
    }
  }
  const ordered = pairs
    .filter(({ local }) => components.includes(local.component))
    .sort((one, other) => (pairPriority(one, role) < pairPriority(other, role) ? 1 : -1))
    .slice(0, mostPairs);
  return thawed({ ...state, pairs: ordered, nextPair });
}

/** Of each foundation that nobody is trying, the best pair of the lowest component waits for its check. */
function thawed(state: ChecklistState): ChecklistState {
  const tried = new Set(state.pairs.filter((pair) => pair.state !== 'frozen').map(foundationOfPair));
  const byComponent = [...state.pairs].sort((one, other) => one.local.component - other.local.component);
  const thawing = new Set<number>();
  for (const pair of byComponent) {
    const foundation = foundationOfPair(pair);
    if (pair.state !== 'frozen' || tried.has(foundation)) continue;
    tried.add(foundation);
    thawing.add(pair.id);
  }
  return changed(state, (pair) => (thawing.has(pair.id) ? { ...pair, state: 'waiting' } : pair));
}

const changed = (state: ChecklistState, change: (pair: IcePair) => IcePair): ChecklistState => ({
  ...state,
  pairs: state.pairs.map(change),
});

const changedPair = (state: ChecklistState, id: number, change: Partial<IcePair>): ChecklistState =>
  changed(state, (pair) => (pair.id === id ? { ...pair, ...change } : pair));

const pairOf = (state: ChecklistState, id: number) => state.pairs.find((pair) => pair.id === id);

const trigger = (state: ChecklistState, id: number): ChecklistState =>
  pairOf(state, id) === undefined || state.triggered.includes(id)
    ? state
    : { ...state, triggered: [...state.triggered, id] };

function switchRole(state: ChecklistState): ChecklistState {
  return { ...state, role: state.role === 'controlling' ? 'controlled' : 'controlling' };
}

// ── checks ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function tick(before: ChecklistState, nowMs: number): ChecklistStep {
  const [state, effects] = settle(before, nowMs);
  if (state.phase === 'failed') return [state, effects];
  const [first, ...rest] = state.triggered;
  const pair =
    first === undefined
      ? state.phase === 'checking'
        ? (state.pairs.find((each) => each.state === 'waiting') ??
          state.pairs.find((each) => each.state === 'frozen'))
        : undefined
      : pairOf(state, first);
  if (pair === undefined) return [{ ...state, triggered: rest }, effects];
  const nominate = state.role === 'controlling' && pair.nominated;
  // What has succeeded stays so while it is nominated or asked for again.
  const after = pair.state === 'succeeded' ? state : changedPair(state, pair.id, { state: 'in-progress' });
  return [{ ...after, triggered: rest }, [...effects, { type: 'check', pair, nominate, role: state.role }]];
}

function succeeded(
  before: ChecklistState,
  id: number,
  mapped: TransportAddress,
  nowMs: number,
): ChecklistStep {
  const pair = pairOf(before, id);
  if (pair === undefined) return [before, []];
  const foundation = foundationOfPair(pair);
  const proven = changedPair(before, id, { state: 'succeeded', mapped });
  const state = changed({ ...proven, validSinceMs: proven.validSinceMs ?? nowMs }, (other) =>
    other.state === 'frozen' && foundationOfPair(other) === foundation
      ? { ...other, state: 'waiting' }
      : other,
  );
  const now = pairOf(state, id);
  const [chosen, effects] = now?.nominated === true ? select(state, now) : [state, []];
  const [settled, further] = settle(chosen, nowMs);
  return [settled, [...effects, ...further]];
}

/** The pair leads nowhere (any more); the next foundation has its turn. */
function dropPair(state: ChecklistState, id: number): ChecklistStep {
  const failed = changedPair(state, id, { state: 'failed', nominated: false, mapped: null });
  return [thawed(failed), []];
}

function requested(
  before: ChecklistState,
  event: ChecklistEvent & { type: 'request' },
  nowMs: number,
): ChecklistStep {
  const base = before.bases.find((each) => each.base === event.base);
  if (base === undefined) return [before, []];
  let state = before;
  if (event.role === state.role) {
    // RFC 8445 §7.3.1.1: the larger tie-breaker controls.
    const controls = state.tieBreaker >= event.tieBreaker;
    if (controls === (state.role === 'controlling'))
      return [state, [{ type: 'answer', status: 'role-conflict' }]];
    state = switchRole(state);
  }
  const answer = { type: 'answer', status: 'success' } as const;
  const { component } = base;
  const isFrom = (each: IceCandidate) =>
    each.component === component && sameTransportAddress(each, event.from);
  const known = state.remotes.find(isFrom);
  const remote = known ?? peerReflexive(event, component);
  if (known === undefined) state = { ...state, remotes: [...state.remotes, remote] };
  let pair = state.pairs.find((each) => each.local.base === base.base && isFrom(each.remote));
  if (pair === undefined) {
    pair = { id: state.nextPair, local: base, remote, state: 'waiting', nominated: false, mapped: null };
    state = { ...state, pairs: [...state.pairs, pair], nextPair: state.nextPair + 1 };
  }
  const nominated = pair.nominated || (event.useCandidate && state.role === 'controlled');
  state = changedPair(state, pair.id, { nominated });
  if (pair.state === 'succeeded') {
    const [after, effects] =
      nominated && state.role === 'controlled' ? select(state, { ...pair, nominated }) : [state, []];
    const [settled, further] = settle(after, nowMs);
    return [settled, [answer, ...effects, ...further]];
  }
  if (pair.state !== 'in-progress') state = changedPair(state, pair.id, { state: 'waiting' });
  return [trigger(state, pair.id), [answer]];
}

function peerReflexive(event: ChecklistEvent & { type: 'request' }, component: Component): IceCandidate {
  const { from, priority } = event;
  const foundation = `prflx${from.address}${from.port}`.replace(/[^a-z0-9]/gi, '').slice(0, 32);
  return { ...from, type: 'prflx', component, foundation, priority, related: null };
}

// ── the outcome ─────────────────────────────────────────────────────────────────────────────────────────────────────

function select(state: ChecklistState, pair: IcePair): ChecklistStep {
  const { component } = pair.local;
  const present = state.selected[component];
  if (present?.id === pair.id) return [state, []];
  // Of several nominated pairs the best one counts (RFC 8445 §8.1.1).
  const isBetter =
    present === undefined || pairPriority(pair, state.role) > pairPriority(present, state.role);
  if (!isBetter) return [state, []];
  return [
    { ...state, selected: { ...state.selected, [component]: pair } },
    [{ type: 'selected', component, pair }],
  ];
}

/** Nominates where we control, and tells when all is found or nothing is left to be tried. */
function settle(before: ChecklistState, nowMs: number): ChecklistStep {
  if (before.phase !== 'checking') return [before, []];
  const missing = before.components.filter((component) => before.selected[component] === undefined);
  if (missing.length === 0) {
    // What has not been checked by now is not needed (RFC 8445 §8.1.2).
    const pairs = before.pairs.filter((pair) => pair.state !== 'frozen' && pair.state !== 'waiting');
    return [{ ...before, pairs, phase: 'connected' }, [{ type: 'connected' }]];
  }
  let state = before;
  if (state.role === 'controlling')
    for (const component of missing) state = nominated(state, component, nowMs);
  const isOver = state.pairs.every((pair) => pair.state === 'failed') && state.triggered.length === 0;
  const isKnown = state.basesComplete && state.remotesComplete;
  if (isOver && nowMs - state.beganMs >= (isKnown ? patienceMs : completionLimitMs))
    return [{ ...state, phase: 'failed' }, [{ type: 'failed' }]];
  return [state, []];
}

/** Regular nomination: the best pair that works, once nothing better may still answer soon. */
function nominated(state: ChecklistState, component: Component, nowMs: number): ChecklistState {
  const own = state.pairs.filter(({ local }) => local.component === component);
  if (own.some((pair) => pair.nominated)) return state;
  const valid = own.filter((pair) => pair.state === 'succeeded');
  const best = valid.reduce<IcePair | undefined>(
    (one, other) =>
      one !== undefined && pairPriority(one, state.role) >= pairPriority(other, state.role) ? one : other,
    undefined,
  );
  if (best === undefined) return state;
  const isOpen = ({ state: its }: IcePair) => its === 'frozen' || its === 'waiting' || its === 'in-progress';
  const better = own.some(
    (pair) => isOpen(pair) && pairPriority(pair, state.role) > pairPriority(best, state.role),
  );
  if (better && nowMs - (state.validSinceMs ?? nowMs) < nominationWaitMs) return state;
  return trigger(changedPair(state, best.id, { nominated: true }), best.id);
}
