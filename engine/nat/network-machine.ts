/**
 * The computer's network as a reducer: which way leads to each server, whether that has changed, and since when the phone has been
 * at it. It is fed with looks (network-watch.ts); a change is believed when two looks in a row agree, because addresses, routes and
 * tunnels come one after the other.
 *
 *              another way, slept            two looks agree, a way out
 *   ┌────────┐ ──────────► ┌──────────┐ ───────────────► ┌───────────┐
 *   │ online │             │ settling │ ◄─────────────── │ following │ another way, slept
 *   └────────┘ ◄────────── └──────────┘                  └───────────┘
 *       ▲      as it was      │    ▲                           │
 *       │     two looks agree,│    │ a way again, slept        │ restored, or not within 15 s
 *       │         no way out  ▼    │                           │
 *       │                 ┌─────────┐                          │
 *       │                 │ offline │                          │
 *       │                 └─────────┘                          │
 *       └──────────────────────────────────────────────────────┘
 *
 * `following`: the accounts are told and register again, the calls move; `restored` comes when they have.
 */
import { assertNever } from '../../contract/assert-never.ts';
import type { NetworkState } from '../../contract/snapshot.ts';

/** What one look at the network has found. */
export interface NetworkLook {
  /** Server address → how this computer reaches it (local address and interface); empty where there is no way. */
  ways: ReadonlyMap<string, string>;
  /** All interfaces and their addresses, as one text to compare. */
  interfaces: string;
  /** The local address that calls use; empty without a way out. */
  address: string;
}

export type NetworkPhase = 'online' | 'settling' | 'following' | 'offline';

export interface NetworkMachineState {
  phase: NetworkPhase;
  /** What the accounts were last told; null before the first look. */
  told: NetworkLook | null;
  /** The last look. */
  seen: NetworkLook | null;
  /** Whatever it looks like, connections from before are not to be trusted: the computer slept, or was without any network. */
  renew: boolean;
  /** The accounts were told to follow and are not back yet. */
  owed: boolean;
  /** When the change that is not over began (ms since 1970). */
  since: number | null;
  lastChange: NetworkState['lastChange'];
}

export type NetworkEvent =
  | { type: 'looked'; look: NetworkLook }
  /** The computer has slept. */
  | { type: 'slept' }
  /** Every account and call is back after what `follow` told. */
  | { type: 'restored' };

export type NetworkEffect =
  /** Accounts connect and register anew where their way is another one (`changed`: server addresses), or all of them. */
  | { type: 'follow'; changed: readonly string[] | 'all' }
  /** There is no way out. */
  | { type: 'lost' }
  /** Something about the interfaces is new: accounts without a connection try again now. */
  | { type: 'hint' };

/** Longer than so nothing is shown as changing: what is not back by then has its own words for why. */
const followingLimitMs = 15_000;

/** A network that nobody has looked at. */
export const unseenNetwork: NetworkMachineState = {
  phase: 'online',
  told: null,
  seen: null,
  renew: false,
  owed: false,
  since: null,
  lastChange: null,
};

type Step = [NetworkMachineState, NetworkEffect[]];

/** Servers that both looks know and whose way differs. A server that only one knows says nothing about the network. */
function changedServers(before: NetworkLook, after: NetworkLook): string[] {
  return [...after.ways]
    .filter(([server, way]) => (before.ways.get(server) ?? way) !== way)
    .map(([server]) => server);
}

/** A look in which something is as it was not before. */
const differs = (before: NetworkLook, after: NetworkLook) =>
  changedServers(before, after).length > 0 || (before.address === '') !== (after.address === '');

/** "Back after 1.4 s." */
function backSentence(tookMs: number): string {
  if (tookMs < 60_000) return `Back after ${(tookMs / 1000).toFixed(1)} s.`;
  return `Back after ${Math.round(tookMs / 60_000)} min.`;
}

/** Two looks agree: the change is real, or there was none. */
function settled(state: NetworkMachineState, told: NetworkLook, look: NetworkLook): Step {
  if (look.address === '') {
    const offline = { ...state, phase: 'offline' as const, told: look, seen: look, renew: true };
    return [offline, [{ type: 'lost' }]];
  }
  const changed = changedServers(told, look);
  if (!state.renew && changed.length === 0) {
    const before = state.owed ? { phase: 'following' as const } : { phase: 'online' as const, since: null };
    return [{ ...state, ...before, told: look, seen: look }, []];
  }
  const effect: NetworkEffect = { type: 'follow', changed: state.renew ? 'all' : changed };
  return [{ ...state, phase: 'following', told: look, seen: look, renew: false, owed: true }, [effect]];
}

function looked(state: NetworkMachineState, look: NetworkLook, now: number): Step {
  const { phase, told, seen } = state;
  if (told === null || seen === null) {
    const known = { ...state, told: look, seen: look };
    return look.address === ''
      ? [{ ...known, phase: 'offline', renew: true, since: now }, []]
      : [{ ...known, phase: 'online' }, []];
  }
  if (phase === 'settling')
    return differs(seen, look) ? [{ ...state, seen: look }, []] : settled(state, told, look);
  if (differs(told, look))
    return [{ ...state, phase: 'settling', seen: look, since: state.since ?? now }, []];
  const over = phase === 'following' && now - (state.since ?? now) > followingLimitMs;
  const next: NetworkMachineState = { ...state, phase: over ? 'online' : phase, told: look, seen: look };
  return [next, look.interfaces === seen.interfaces ? [] : [{ type: 'hint' }]];
}

/** One event's effect on the network. @param now milliseconds since 1970 */
export function stepNetwork(state: NetworkMachineState, event: NetworkEvent, now: number): Step {
  switch (event.type) {
    case 'looked':
      return looked(state, event.look, now);
    case 'slept':
      if (state.told === null) return [state, []];
      return [{ ...state, phase: 'settling', renew: true, since: now }, []];
    case 'restored': {
      const { owed, since, phase } = state;
      if (!owed || since === null) return [state, []];
      if (phase === 'settling' || phase === 'offline') return [{ ...state, owed: false }, []];
      const tookMs = Math.max(0, now - since);
      const lastChange = { at: now, tookMs, sentence: backSentence(tookMs) };
      return [{ ...state, phase: 'online', owed: false, since: null, lastChange }, []];
    }
    default:
      return assertNever(event);
  }
}

/** The contract's view of the network. */
export function networkSnapshot({ phase, seen, lastChange }: NetworkMachineState): NetworkState {
  const shown = {
    settling: 'changing',
    following: 'changing',
    online: 'online',
    offline: 'offline',
  } as const;
  return { state: shown[phase], address: seen?.address ?? '', lastChange };
}
