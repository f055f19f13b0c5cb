/** How a party of a call is shown: name, number, initials and the colour of its initials. */
import type { Party } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';

export const personColours = 6;

/** `*97` as people read it: with a star that stands on the line. */
export function showNumber(number: string): string {
  return number.replaceAll('*', '✱');
}

/** The name, else the number. */
export function partyName(party: Pick<Party, 'name' | 'number'>): string {
  return party.name || showNumber(party.number) || en.unknownCaller;
}

/** Up to two letters; nothing when there is no name. */
export function initials(name: string): string {
  const words = name.split(/[\s,._-]+/).filter((word) => /^\p{L}/u.test(word));
  const [first, last] = [words[0], words.length > 1 ? words.at(-1) : undefined];
  return [first, last]
    .map((word) => [...(word ?? '')][0] ?? '')
    .join('')
    .toUpperCase();
}

/** A colour of its own for each number, always the same: 0 to {@link personColours} − 1. */
export function personColour(number: string): number {
  let sum = 0;
  for (const character of number) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9973;
  return sum % personColours;
}
