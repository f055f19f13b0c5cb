/**
 * Where a 3xx sends an outgoing call, as a reducer (RFC 3261 §8.1.3.4): by itself or after the person was asked, each address once,
 * best first, and only so many in all.
 *
 *                 3xx, automatic: the best new address ─► invite
 *              ┌──────────────────────────────────────────────────┐
 *              ▼                                                  │
 *         ┌────────┐ ──────────────────────────────────────────────┘
 *         │ trying │ ◄── refused, another address is left: invite ──┘
 *         └────────┘ ─── 3xx, to be asked ─► ask ───► ┌────────┐
 *              ▲ │                                    │ asking │
 *              │ └── refused, nothing is left ─┐      └────────┘
 *              └─────────── chosen: invite ────┼────────────┘ │
 *                                              ▼              │ withdrawn
 *                                          ┌──────┐ ◄─────────┘
 *                                          │ over │  refuse: the last refusal is the call's end
 *                                          └──────┘
 */
import { assertNever } from '../../contract/assert-never.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Party } from '../../contract/snapshot.ts';
import { parseNameAddr, partyOfUri } from './party.ts';
import { splitOutsideQuotes } from './transport/via.ts';

export interface RedirectionState {
  phase: 'trying' | 'asking' | 'over';
  /** Addresses still to be tried, best first. */
  left: readonly Party[];
  /** Addresses that were tried, in lower case: none is tried twice. */
  tried: readonly string[];
}

export type RedirectionEvent =
  /** 3xx with its addresses, best first. */
  | { type: 'redirected'; policy: Settings['calls']['redirects']; to: readonly Party[] }
  /** `everywhere`: 6xx, which speaks for every other address too (§21.6). */
  | { type: 'refused'; everywhere: boolean }
  /** The person's choice. */
  | { type: 'chosen'; to: Party }
  /** The call ends while the person is asked. */
  | { type: 'withdrawn' };

export type RedirectionEffect =
  { type: 'invite'; to: Party } | { type: 'ask'; among: readonly Party[] } | { type: 'refuse' };

/** INVITEs that one call may cost. */
const mostAttempts = 5;

const key = ({ uri }: Party) => uri.toLowerCase();

/** @param uri the address that was called first */
export function firstAttempt(uri: string): RedirectionState {
  return { phase: 'trying', left: [], tried: [uri.toLowerCase()] };
}

type Step = [RedirectionState, RedirectionEffect[]];

const refuse = (state: RedirectionState): Step => [
  { ...state, phase: 'over', left: [] },
  [{ type: 'refuse' }],
];

function tryNext(state: RedirectionState): Step {
  const [to, ...left] = state.left;
  if (to === undefined || state.tried.length >= mostAttempts) return refuse(state);
  return [{ phase: 'trying', left, tried: [...state.tried, key(to)] }, [{ type: 'invite', to }]];
}

export function stepRedirection(state: RedirectionState, event: RedirectionEvent): Step {
  const { phase, tried } = state;
  switch (event.type) {
    case 'redirected': {
      if (phase !== 'trying') return [state, []];
      const fresh = event.to.filter((party) => !tried.includes(key(party)));
      if (event.policy === 'automatic') {
        const known = new Set(fresh.map(key));
        return tryNext({
          ...state,
          left: [...fresh, ...state.left.filter((party) => !known.has(key(party)))],
        });
      }
      if (fresh.length === 0 || tried.length >= mostAttempts) return refuse(state);
      return [{ ...state, phase: 'asking', left: fresh }, [{ type: 'ask', among: fresh }]];
    }
    case 'refused':
      if (phase !== 'trying') return [state, []];
      return event.everywhere ? refuse(state) : tryNext(state);
    case 'chosen':
      return phase === 'asking' ? tryNext({ ...state, left: [event.to] }) : [state, []];
    case 'withdrawn':
      return phase === 'asking' ? [{ ...state, phase: 'over', left: [] }, []] : [state, []];
    default:
      return assertNever(event);
  }
}

/** True for a 3xx whose Contact is somebody to call: 305 names a proxy (§21.3.4), 380 describes another service (§21.3.5). */
export function isRedirection(status: number): boolean {
  return status >= 300 && status < 400 && status !== 305 && status !== 380;
}

/**
 * The addresses in the Contact headers of a 3xx, best first by `q` (§20.10). A telephone number becomes an address of the domain;
 * what cannot be called (mailto:, http:) is left out. So is `sips:`, unless the account is `secure`: whatever that calls goes to its
 * server over TLS, under sip: addresses.
 */
export function redirectTargets(
  contacts: readonly string[],
  { domain, secure }: { domain: string; secure: boolean },
): Party[] {
  const found = contacts
    .flatMap((line) => splitOutsideQuotes(line, ','))
    .flatMap((value) => {
      const party = parseNameAddr(value);
      const q = Number(/>[^>]*;\s*q\s*=\s*([01](?:\.\d{0,3})?)/i.exec(value)?.[1] ?? 1);
      if (party === undefined || party.number === '') return [];
      if (/^tel:/i.test(party.uri))
        return [{ q, party: { ...partyOfUri(`sip:${party.number}@${domain}`), name: party.name } }];
      // Header fields that the far side wants in the next INVITE (§19.1.5) are not ours to send.
      const plain = party.uri.replace(/\?.*$/s, '');
      const uri = secure ? plain.replace(/^sips:/i, 'sip:') : plain;
      return /^sip:/i.test(uri) ? [{ q, party: { ...party, uri } }] : [];
    });
  return found.toSorted((one, other) => other.q - one.q).map(({ party }) => party);
}
