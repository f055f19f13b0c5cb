import { expect, it } from 'vitest';
import {
  cardSentence,
  conversationName,
  holdSentence,
  referrerWords,
} from '../../../renderer/features/call/call-words.ts';
import { networkWords } from '../../../renderer/features/status/network-words.ts';
import { conversations, type Conversation } from '../../../renderer/store/conversations.ts';
import { scenes, type SceneName } from '../../support/scenes.ts';
import { scriptedCall } from '../../support/scripted-phone.ts';

const first = (scene: SceneName): Conversation => {
  const [conversation] = conversations(scenes[scene].snapshot.calls);
  if (conversation === undefined) throw new Error(`${scene} has no call`);
  return conversation;
};

it.each([
  [false, false, false, null],
  [true, false, false, 'Anna Keller is on hold'],
  [false, true, false, 'Anna Keller has put you on hold'],
  [true, true, false, 'On hold on both sides: Anna Keller holds you too'],
  [true, false, true, 'Putting on hold…'],
  [true, true, true, 'Putting on hold…'],
  [false, false, true, 'Resuming…'],
  [false, true, true, 'Resuming…'],
])('hold by us %s, by them %s, pending %s: %s', (local, remote, pending, sentence) => {
  expect(holdSentence(scriptedCall({ hold: { local, remote, pending } }))).toBe(sentence);
});

it('says who sent the call on, and how', () => {
  const eve = { number: '5', name: 'Eve', uri: 'sip:5@x' };
  expect(referrerWords(scriptedCall())).toBe('');
  expect(referrerWords(scriptedCall({ referredBy: { ...eve, how: 'transferred' } }))).toBe(
    'Transferred by Eve',
  );
  expect(referrerWords(scriptedCall({ referredBy: { ...eve, how: 'forwarded' } }))).toBe('Forwarded by Eve');
});

it('names one person, or everybody', () => {
  expect(conversationName(first('call'))).toBe('Anna Keller');
  expect(conversationName(first('conference'))).toBe('You, Anna Keller and Ben Ortiz');
});

it('says on a card since when somebody waits, how long one talks, or what the call is at', () => {
  const now = 1_000_000_000;
  expect(cardSentence(first('hold-here'), now - 134_000, now)).toBe('On hold · 02:14');
  expect(cardSentence(first('hold-there'), now - 5_000, now)).toBe('Holds you · 00:05');
  expect(cardSentence(first('hold-here'), undefined, now)).toBe('On hold');
  const [call] = first('call').calls;
  expect(cardSentence(first('call'), undefined, (call.answeredAt ?? 0) + 61_000)).toBe('01:01');
  expect(cardSentence(first('ringing'), undefined, now)).toBe('Ringing');
});

it('tells the network while it changes and for a moment after, then no more', () => {
  const { network } = scenes['network-back'].snapshot;
  const at = network.lastChange?.at ?? 0;
  expect(networkWords(network, at + 7_000)).toBe('Back after 1.4 s.');
  expect(networkWords(network, at + 9_000)).toBeNull();
  expect(networkWords(scenes['network-changing'].snapshot.network, at)).toBe('Network is changing…');
  expect(networkWords(scenes.offline.snapshot.network, at)).toBe('Offline');
  expect(networkWords(scenes.call.snapshot.network, at)).toBeNull();
});
