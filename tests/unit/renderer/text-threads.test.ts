import { describe, expect, it } from 'vitest';
import type { Party, TextMessage } from '../../../contract/snapshot.ts';
import { findThread, freshTexts, textThreads } from '../../../renderer/features/texts/text-threads.ts';

const anna: Party = { number: '1042', name: '', uri: 'sip:1042@pbx' };
const ben: Party = { number: '1055', name: 'Ben', uri: 'sip:1055@pbx' };
const text = (at: number, remote: Party, parts: Partial<TextMessage> = {}): TextMessage => ({
  ...{ id: `${at}`, accountId: 'office', direction: 'incoming', remote, text: `at ${at}`, at },
  ...{ state: 'received', error: null },
  ...parts,
});
const unread = { since: 0, threads: {} };

describe('threads of texts', () => {
  it('are one for each person, the latest first, and each from old to new', () => {
    const threads = textThreads([text(4, anna), text(3, ben), text(2, anna), text(1, ben)], unread);
    expect(threads.map(({ address, texts }) => [address, texts.map(({ at }) => at)])).toEqual([
      ['1042', [2, 4]],
      ['1055', [1, 3]],
    ]);
  });

  it('keep two accounts apart; a key without an account finds the latest thread', () => {
    const threads = textThreads([text(2, anna, { accountId: 'home' }), text(1, anna)], unread);
    expect(threads).toHaveLength(2);
    expect(findThread(threads, { accountId: 'office', address: '1042' })?.texts[0]?.at).toBe(1);
    expect(findThread(threads, { accountId: '', address: '1042' })?.texts[0]?.at).toBe(2);
    expect(findThread(threads, { accountId: '', address: '1043' })).toBeUndefined();
  });

  it('have the name of any of their texts, else the one that is known for the number', () => {
    const named = { ...anna, name: 'Anna' };
    const names = new Map([['1042', 'Anna Keller']]);
    const nameIn = (texts: TextMessage[]) => textThreads(texts, unread, names)[0]?.remote.name;
    expect(nameIn([text(2, anna), text(1, named)])).toBe('Anna');
    expect(nameIn([text(2, anna)])).toBe('Anna Keller');
  });

  it('have the whole address where there is no number, and are found by it with and without its scheme', () => {
    const threads = textThreads([text(1, { number: 'anna', name: '', uri: 'sip:anna@example.com' })], unread);
    expect(threads[0]?.address).toBe('sip:anna@example.com');
    for (const address of ['sip:anna@example.com', 'anna@example.com'])
      expect(findThread(threads, { accountId: '', address })).toBe(threads[0]);
  });
});

describe('texts that were not read', () => {
  const texts = [text(4, anna, { direction: 'outgoing' }), text(3, anna), text(2, ben), text(1, ben)];

  it('came in after the window stood or their thread was last open', () => {
    expect(freshTexts(texts, { since: 1, threads: {} }).map(({ at }) => at)).toEqual([3, 2]);
    expect(freshTexts(texts, { since: 0, threads: { 'office 1042': 3 } }).map(({ at }) => at)).toEqual([
      2, 1,
    ]);
  });

  it('are counted in their thread', () => {
    const counts = textThreads(texts, { since: 1, threads: {} }).map(({ fresh }) => fresh);
    expect(counts).toEqual([1, 1]);
  });
});
