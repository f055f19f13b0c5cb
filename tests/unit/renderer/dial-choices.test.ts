import { describe, expect, it } from 'vitest';
import { dialChoices } from '../../../renderer/features/keypad/dial-choices.ts';
import { plainNumber, typedAsLetters } from '../../../renderer/features/keypad/key-letters.ts';
import type { Person } from '../../../renderer/features/people/known-people.ts';

const person = (number: string, name: string): Person => ({
  number,
  name,
  uri: `sip:${number}@pbx`,
  calls: 1,
  accountId: 'office',
});
const people = [person('1042', 'Anna Keller'), person('1017', 'Andre Okafor'), person('1031', 'Mia Laurent')];

describe('the one field', () => {
  it('finds people first and offers the letters as keys last', () => {
    const found = dialChoices('an', people);
    expect(found.map(({ kind, target }) => [kind, target])).toEqual([
      ['person', '1042'],
      ['person', '1017'],
      ['letters', '26'],
    ]);
  });

  it('names whom a known number belongs to, and calls the number', () => {
    expect(dialChoices('1042', people)).toMatchObject([{ target: '1042', who: 'Anna Keller' }]);
  });

  it('calls an unknown number as it is typed', () => {
    expect(dialChoices('*43', people)).toMatchObject([{ kind: 'number', target: '*43', who: '✱43' }]);
  });

  it('takes the signs out of a pasted number', () => {
    expect(dialChoices(' +49 (30) 555-70142 ', people)).toMatchObject([{ target: '+493055570142' }]);
  });

  it('calls addresses as addresses', () => {
    expect(dialChoices('anna@example.com', people)).toMatchObject([
      { kind: 'address', target: 'anna@example.com' },
    ]);
    expect(dialChoices('sip:1042', people)).toMatchObject([{ kind: 'address', target: 'sip:1042' }]);
  });

  it('offers nothing for an empty field and for a number that only begins', () => {
    expect(dialChoices('  ', people)).toEqual([]);
    expect(dialChoices('+', people)).toEqual([]);
  });
});

describe('letters on keys', () => {
  it.each([
    ['an', '26'],
    ['Sales 1', '725371'],
    ['PQRSWXYZ', '77779999'],
    ['Zoë', '963'],
  ])('types %s as %s', (text, digits) => {
    expect(typedAsLetters(text)).toBe(digits);
  });

  it('knows what is no key', () => {
    expect(typedAsLetters('a&b')).toBeNull();
    expect(typedAsLetters('')).toBeNull();
  });

  it('tells a number from a name', () => {
    expect(plainNumber('tel:+49-30-1234')).toBe('+49301234');
    expect(plainNumber('✱97')).toBe('*97');
    expect(plainNumber('12+3')).toBeNull();
    expect(plainNumber('anna')).toBeNull();
  });
});
