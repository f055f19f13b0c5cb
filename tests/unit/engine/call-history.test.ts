import { describe, expect, it } from 'vitest';
import type { CallSnapshot } from '../../../contract/snapshot.ts';
import { historyEntryOf } from '../../../engine/call-history.ts';

const call = (
  changes: Partial<CallSnapshot>,
  end: Partial<NonNullable<CallSnapshot['end']>> = {},
): CallSnapshot => ({
  id: 'c1',
  accountId: 'a1',
  direction: 'outgoing',
  state: 'ended',
  remote: { number: '1001', name: 'Operator', uri: 'sip:1001@pbx.test' },
  startedAt: 1_000,
  answeredAt: null,
  end: {
    at: 9_000,
    by: 'here',
    status: 487,
    reason: '',
    sentence: 's',
    error: null,
    answeredElsewhere: false,
    ...end,
  },
  muted: false,
  hold: { local: false, remote: false, pending: false },
  conferenceId: null,
  media: [],
  soundProblem: null,
  recording: null,
  dtmfMethod: 'rfc4733',
  digits: '',
  transfer: null,
  consultationFor: null,
  referredBy: null,
  redirect: null,
  autoAnswered: false,
  recovering: false,
  ...changes,
});

describe('historyEntryOf', () => {
  it('counts talk from the answer to the end', () => {
    expect(historyEntryOf(call({ answeredAt: 4_000 }), 0)).toMatchObject({
      outcome: 'completed',
      talkSeconds: 5,
    });
  });
  it('calls an unanswered incoming call missed when the far side gave up', () => {
    expect(historyEntryOf(call({ direction: 'incoming' }, { by: 'there' }), 0).outcome).toBe('missed');
  });
  it('does not call a call missed that another phone answered', () => {
    const entry = historyEntryOf(
      call({ direction: 'incoming' }, { by: 'there', answeredElsewhere: true }),
      0,
    );
    expect(entry.outcome).toBe('elsewhere');
  });
  it('tells a rejected call, a cancelled one and a failed one apart', () => {
    expect(historyEntryOf(call({ direction: 'incoming' }), 0).outcome).toBe('rejected');
    expect(historyEntryOf(call({}), 0).outcome).toBe('cancelled');
    expect(historyEntryOf(call({}, { by: 'there', status: 486 }), 0).outcome).toBe('failed');
  });
});
