/** What happens with the network, while it does and for a moment afterwards: "Back after 1.4 s." */
import type { NetworkState } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';

/** How long a change that is over stays told. */
const toldMs = 8_000;

/** Null when there is nothing to tell. `now`: ms since 1970. */
export function networkWords({ state, lastChange }: NetworkState, now: number): string | null {
  if (state !== 'online') return en.network[state];
  return lastChange !== null && now - lastChange.at < toldMs ? lastChange.sentence : null;
}
