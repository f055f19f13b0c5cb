import { expect, it } from 'vitest';
import { findPeople, knownPeople } from '../../../renderer/features/people/known-people.ts';
import { initials, partyName, personColour, personColours } from '../../../renderer/features/people/party.ts';
import { scenes } from '../../support/scenes.ts';

it.each([
  ['Anna Keller', 'AK'],
  ['Operator', 'O'],
  ['Émile de la Tour', 'ÉT'],
  ['1001', ''],
  ['', ''],
])('takes the initials of "%s": "%s"', (name, letters) => {
  expect(initials(name)).toBe(letters);
});

it('names a party by name, else by number', () => {
  expect(partyName({ name: 'Anna', number: '1042' })).toBe('Anna');
  expect(partyName({ name: '', number: '*97' })).toBe('✱97');
  expect(partyName({ name: '', number: '' })).toBe('Unknown');
});

it('gives a number always the same colour', () => {
  expect(personColour('1042')).toBe(personColour('1042'));
  for (const number of ['', '0', '+49301234', '*97']) {
    expect(personColour(number)).toBeGreaterThanOrEqual(0);
    expect(personColour(number)).toBeLessThan(personColours);
  }
});

it('knows each person of the call log once, with all calls counted', () => {
  const { history } = scenes.recents.snapshot;
  const [first] = history;
  if (first === undefined) throw new Error('the scene has no history');
  const people = knownPeople([...history, first]);
  expect(people).toHaveLength(history.length);
  expect(people[0]).toMatchObject({ number: first.remote.number, calls: 2 });
});

it('finds people by the beginning of any word, by number, and without accents', () => {
  const person = { uri: '', calls: 1, accountId: '' };
  const people = [
    { ...person, name: 'André Okafor', number: '1017' },
    { ...person, name: 'Hanna Arslan', number: '1033' },
  ];
  expect(findPeople(people, 'andre').map(({ number }) => number)).toEqual(['1017']);
  expect(findPeople(people, 'ars').map(({ number }) => number)).toEqual(['1033']);
  expect(findPeople(people, 'an').map(({ number }) => number)).toEqual(['1017']);
  expect(findPeople(people, '10')).toHaveLength(2);
});
