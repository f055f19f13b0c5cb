/** What happens with the network, while it does and for a moment afterwards: "Back after 1.4 s." */
import type { AccountSnapshot, NetworkState } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';

/** How long a change that is over stays told. */
const toldMs = 8_000;

/** Null when there is nothing to tell. `now`: ms since 1970. */
export function networkWords({ state, lastChange }: NetworkState, now: number): string | null {
  if (state !== 'online') return en.network[state];
  return lastChange !== null && now - lastChange.at < toldMs ? lastChange.sentence : null;
}

/** Why an account cannot be reached, whatever its last registration said; null while the network is there. Practice needs none. */
export function cutOffWords({ state }: NetworkState, { kind }: Pick<AccountSnapshot, 'kind'>): string | null {
  return state === 'online' || kind === 'practice' ? null : en.network[state];
}
