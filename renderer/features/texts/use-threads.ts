/** The texts of the phone as threads, with the names that the call log and the lamps know. */
import { useMemo } from 'react';
import { usePhone, useView } from '../../store/desk.ts';
import { knownPeople } from '../people/known-people.ts';
import { textThreads, type TextThread } from './text-threads.ts';

/** Names by number. */
export function useNames(): ReadonlyMap<string, string> {
  const history = usePhone((snapshot) => snapshot.history);
  const lamps = usePhone((snapshot) => snapshot.lamps);
  return useMemo(
    () =>
      new Map([
        ...knownPeople(history).map(({ number, name }) => [number, name] as const),
        ...lamps.filter(({ label }) => label !== '').map(({ number, label }) => [number, label] as const),
      ]),
    [history, lamps],
  );
}

export function useThreads(): TextThread[] {
  const texts = usePhone((snapshot) => snapshot.texts);
  const read = useView((view) => view.textsRead);
  const names = useNames();
  return useMemo(() => textThreads(texts, read, names), [texts, read, names]);
}
