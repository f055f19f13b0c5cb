import { describe, expect, it } from 'vitest';
import { conversations, shownConversation } from '../../../renderer/store/conversations.ts';
import { scenes } from '../../support/scenes.ts';

const idsOf = (calls: readonly { id: string }[] | undefined) => calls?.map(({ id }) => id);

describe('conversations', () => {
  it('are calls, or all calls of a conference together, without those that only ring here', () => {
    const { calls } = scenes['conference-and-a-call'].snapshot;
    const [ringing] = scenes.incoming.snapshot.calls;
    if (ringing === undefined) throw new Error('the scene has no call');
    expect(conversations([...calls, ringing]).map((each) => idsOf(each.calls))).toEqual([
      ['third'],
      ['anna', 'ben'],
    ]);
  });

  it('show the newest that is not on hold', () => {
    expect(idsOf(shownConversation(scenes['two-calls'].snapshot.calls, null)?.calls)).toEqual(['ben']);
    const swapped = scenes['two-calls'].snapshot.calls.toReversed();
    expect(idsOf(shownConversation(swapped, null)?.calls)).toEqual(['ben']);
  });

  it('show the one that was chosen, by any of its calls, as long as it stands', () => {
    const { calls } = scenes['conference-and-a-call'].snapshot;
    expect(shownConversation(calls, 'third')?.id).toBe('third');
    expect(shownConversation(calls, 'ben')?.id).toBe('conference-1');
    expect(shownConversation(calls, 'gone')?.id).toBe('conference-1');
    expect(shownConversation(scenes['hold-here'].snapshot.calls, null)?.id).toBe('anna');
    expect(shownConversation(scenes.ended.snapshot.calls, 'anna')).toBeUndefined();
  });
});
