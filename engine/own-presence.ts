/** What this person tells others about being there: kept here, and published (RFC 3903) for the accounts that are set to. */
import type { RequestData } from '../contract/phone.ts';
import type { PhoneSnapshot } from '../contract/snapshot.ts';
import type { AccountLine } from './account-line.ts';
import { formatPresence, presenceType } from './sip/presence-document.ts';
import type { Publication } from './sip/publication.ts';

export interface OwnPresenceOptions {
  lines: () => readonly AccountLine[];
  onChanged: () => void;
}

export class OwnPresence {
  readonly #options: OwnPresenceOptions;
  readonly #publications = new Map<AccountLine, Publication>();
  #presence: PhoneSnapshot['presence'] = { state: 'available', note: '' };

  constructor(options: OwnPresenceOptions) {
    this.#options = options;
  }

  get presence(): PhoneSnapshot['presence'] {
    return this.#presence;
  }

  /** Tells another state. A server that keeps none is asked no more until the account registers anew. */
  set({ state, note }: RequestData<'presence.set'>): void {
    this.#presence = { state, note };
    for (const publication of this.#publications.values()) publication.changed();
    this.#options.onChanged();
  }

  /** Publishes through the lines as they are now. What a closed line had published was withdrawn with it. */
  align(): void {
    const lines = this.#options.lines();
    for (const line of this.#publications.keys()) if (!lines.includes(line)) this.#publications.delete(line);
    for (const line of lines) {
      if (!line.account.publish_presence || this.#publications.has(line)) continue;
      const publication = line.userAgent.beside.publish({
        event: 'presence',
        contentType: presenceType,
        document: (aor) => formatPresence(this.#presence, aor),
      });
      this.#publications.set(line, publication);
    }
  }
}
