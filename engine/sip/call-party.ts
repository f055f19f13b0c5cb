/** The far side of one call as it becomes known: who calls or was called, who was reached instead, and who sent the call on. */
import type { Party, Referrer } from '../../contract/snapshot.ts';
import { partyName } from './call-sentences.ts';
import { connectedPartyOf, renamed } from './caller-identity.ts';
import type { MessageHeaders } from './caller-identity.ts';

export class CallParty {
  #remote: Party;
  #referredBy: Referrer | null;
  #choice: Party[] | null = null;

  constructor(remote: Party, referredBy: Referrer | null) {
    this.#remote = remote;
    this.#referredBy = referredBy;
  }

  get remote(): Party {
    return this.#remote;
  }

  /** What people call the far side. */
  get name(): string {
    return partyName(this.#remote);
  }

  /** Who sent the call here, or sent us there. */
  get referredBy(): Referrer | null {
    return this.#referredBy;
  }

  /** Addresses of a 3xx that the person is to choose from; null while there is no question. */
  get choice(): Party[] | null {
    return this.#choice;
  }

  /** A message of the far side may name somebody else at the other end (RFC 3325); true when it does. */
  identified(message: MessageHeaders): boolean {
    const told = connectedPartyOf(message);
    if (told === undefined || told.uri === this.#remote.uri) return false;
    this.#remote = renamed(this.#remote, told);
    return true;
  }

  offered(among: readonly Party[]): void {
    this.#choice = [...among];
  }

  /** The call goes to somebody else, whose address the one before has given. */
  redirectedTo(to: Party): void {
    this.#choice = null;
    [this.#referredBy, this.#remote] = [{ ...this.#remote, how: 'forwarded' }, to];
  }

  /** Another phone has taken the far side's place. */
  replacedBy(remote: Party, referredBy: Referrer | null): void {
    [this.#remote, this.#referredBy] = [remote, referredBy];
  }

  /** The question is answered or withdrawn. */
  settled(): void {
    this.#choice = null;
  }
}
