/** Who this phone knows: everyone who stands in the call log, most recent first. */
import type { HistoryEntry, Party } from '../../../contract/snapshot.ts';

export interface Person extends Party {
  /** Calls with this person in the log. */
  calls: number;
  /** The account that the last call was on. */
  accountId: string;
}

export function knownPeople(history: readonly HistoryEntry[]): Person[] {
  const people = new Map<string, Person>();
  for (const { remote, accountId } of history) {
    if (remote.number === '') continue;
    const known = people.get(remote.number);
    if (known === undefined) people.set(remote.number, { ...remote, calls: 1, accountId });
    else people.set(remote.number, { ...known, name: known.name || remote.name, calls: known.calls + 1 });
  }
  return [...people.values()];
}

/** People whose name (any word's beginning, or anywhere for three letters and more) or number (anywhere) fits. */
export function findPeople<P extends Pick<Party, 'name' | 'number'>>(
  people: readonly P[],
  text: string,
): P[] {
  const wanted = fold(text);
  if (wanted === '') return [...people];
  return people.filter(({ name, number }) => {
    const folded = fold(name);
    const starts =
      folded.split(/[\s.,_-]+/).some((word) => word.startsWith(wanted)) || folded.startsWith(wanted);
    return starts || (wanted.length > 2 && folded.includes(wanted)) || number.includes(wanted);
  });
}

/** Lower case and without accents, so that "andre" finds "André". */
const fold = (text: string) => text.trim().toLowerCase().normalize('NFD').replace(/\p{M}/gu, '');
