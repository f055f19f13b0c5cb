import { expect, it } from 'vitest';
import { defaultSettings } from '../../../contract/settings.ts';
import { reordered, switched, voiceCodecs } from '../../../renderer/features/settings/codec-order.ts';

const { codecs } = defaultSettings;
const names = (list: typeof codecs) => voiceCodecs(list).map(({ name }) => name);

it('shows what carries a voice, the best liked first', () => {
  expect(names(codecs)).toEqual(['PCMU', 'PCMA', 'opus', 'G722', 'L16']);
});

it('moves a codec and leaves the keys where they are', () => {
  const next = reordered(codecs, 2, 0);
  expect(names(next)).toEqual(['opus', 'PCMU', 'PCMA', 'G722', 'L16']);
  expect(next.find(({ name }) => name === 'telephone-event')?.priority).toBe(3);
  expect(next.map(({ priority }) => priority).sort()).toEqual([1, 2, 3, 4, 5, 6]);
  expect(names(reordered(next, 0, 4))).toEqual(['PCMU', 'PCMA', 'G722', 'L16', 'opus']);
});

it.each([
  [0, -1],
  [0, 5],
  [9, 0],
])('changes nothing for a move from %i to %i', (from, to) => {
  expect(reordered(codecs, from, to)).toEqual(codecs);
});

it('does not switch the last one off', () => {
  let left = codecs;
  for (const name of ['PCMA', 'opus', 'G722'] as const) left = switched(left, name, false) ?? [];
  expect(names(left.filter(({ enabled }) => enabled))).toEqual(['PCMU']);
  expect(switched(left, 'PCMU', false)).toBeNull();
});
