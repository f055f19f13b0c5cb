/** What the one field can call: people, the number itself, an address, or letters as keys. The first choice is what Enter calls. */
import { findPeople, type Person } from '../people/known-people.ts';
import { partyName, showNumber } from '../people/party.ts';
import { isName, plainNumber, typedAsLetters } from './key-letters.ts';

export type DialChoice =
  | { kind: 'person'; target: string; who: string; person: Person }
  | { kind: 'number'; target: string; who: string }
  | { kind: 'address'; target: string; who: string }
  | { kind: 'letters'; target: string; who: string };

const mostPeople = 6;

export const personChoice = (person: Person): DialChoice => ({
  kind: 'person',
  target: person.number,
  who: partyName(person),
  person,
});

export function dialChoices(text: string, people: readonly Person[]): DialChoice[] {
  const typed = text.trim();
  if (typed === '') return [];
  const number = plainNumber(typed);
  if (number !== null) {
    const known = people.find((person) => person.number === number && person.name !== '');
    return [
      known === undefined ? { kind: 'number', target: number, who: showNumber(number) } : personChoice(known),
    ];
  }
  if (!isName(typed)) return [];
  if (/^sips?:/i.test(typed) || typed.includes('@')) return [{ kind: 'address', target: typed, who: typed }];
  const found = findPeople(people, typed).slice(0, mostPeople).map(personChoice);
  const digits = typedAsLetters(typed);
  return digits === null ? found : [...found, { kind: 'letters', target: digits, who: showNumber(digits) }];
}
