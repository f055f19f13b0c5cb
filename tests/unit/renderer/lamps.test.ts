import { describe, expect, it } from 'vitest';
import type { Lamp } from '../../../contract/snapshot.ts';
import { lampSentence } from '../../../renderer/features/lamps/lamp-words.ts';
import { moved, watched } from '../../../renderer/features/lamps/watch-list.ts';

const lamp = (parts: Partial<Lamp>): Lamp => ({
  ...{ accountId: 'a', number: '1042', label: 'Anna', state: 'idle', remote: null, canPickUp: false },
  ...{ presence: 'unknown', note: '', reason: '' },
  ...parts,
});
const ben = { number: '1055', name: 'Ben', uri: '' };

describe('a lamp in words', () => {
  it.each<[Partial<Lamp>, string]>([
    [{}, 'Free'],
    [{ presence: 'available' }, 'Free'],
    [{ presence: 'away', note: 'back at two' }, 'Free · away: back at two'],
    [{ presence: 'available', note: 'at home' }, 'Free · at home'],
    [{ state: 'ringing' }, 'Ringing'],
    [{ state: 'ringing', remote: ben }, 'Ringing: Ben calls'],
    [{ state: 'busy' }, 'On a call'],
    [{ state: 'busy', remote: ben, presence: 'busy' }, 'On a call with Ben · busy'],
    [{ state: 'held' }, 'On hold'],
    [{ state: 'unknown' }, 'Not known yet'],
    [{ state: 'unknown', reason: 'The PBX does not tell.' }, 'The PBX does not tell.'],
  ])('%j is "%s"', (parts, sentence) => {
    expect(lampSentence(lamp(parts))).toBe(sentence);
  });
});

describe('the watch list', () => {
  const one = { number: '1001', label: '', account_id: '' };
  const two = { number: '1002', label: 'Ben', account_id: '' };

  it('takes a number with its name, trimmed', () => {
    expect(watched([one], ' 1002 ', ' Ben ')).toEqual({ ok: true, value: [one, two] });
  });

  it.each([
    ['', 'empty'],
    ['10 42', 'spaces'],
    ['anna@pbx', 'spaces'],
    ['1001', 'twice'],
  ])('refuses "%s": %s', (number, error) => {
    expect(watched([one], number, '')).toEqual({ ok: false, error });
  });

  it('moves an entry up and down, and no further than its ends', () => {
    expect(moved([one, two], 1, -1)).toEqual([two, one]);
    expect(moved([one, two], 0, 1)).toEqual([two, one]);
    expect(moved([one, two], 0, -1)).toEqual([one, two]);
    expect(moved([one, two], 1, 1)).toEqual([one, two]);
  });
});
