/** What an INVITE of ours says about who calls (RFC 3323, RFC 3325 §9.2). */
import { URI } from 'sip.js/lib/grammar/uri.js';

/**
 * `named`: as ever. `anonymous`: the server learns who calls from P-Preferred-Identity, and nobody else does. `confidential`: for a
 * server that knows its lines by From; it is named there, and the server is asked to withhold it.
 */
export type CallerShown = 'named' | 'anonymous' | 'confidential';

export interface CallerFields {
  from: URI;
  /** The line's own name when absent. */
  displayName?: string;
  headers: string[];
}

/** The From of an INVITE and the headers that go with it. */
export function callerFields(shown: CallerShown, aor: URI): CallerFields {
  if (shown === 'named') return { from: aor, headers: [] };
  const headers = ['Privacy: id', `P-Preferred-Identity: <${aor.toRaw()}>`];
  if (shown === 'confidential') return { from: aor, headers };
  return { from: new URI('sip', 'anonymous', 'anonymous.invalid'), displayName: 'Anonymous', headers };
}
