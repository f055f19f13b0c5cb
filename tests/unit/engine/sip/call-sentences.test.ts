import { describe, expect, it } from 'vitest';
import { makeError } from '../../../../contract/errors.ts';
import type { CallOutcome } from '../../../../engine/sip/call-machine.ts';
import { durationWords, endSentence, turnedAwaySentence } from '../../../../engine/sip/call-sentences.ts';

const remote = { number: '1001', name: 'Anna', uri: 'sip:1001@pbx' };
const outcome = (change: Partial<CallOutcome>): CallOutcome => ({
  by: 'here',
  status: 200,
  reason: 'OK',
  error: null,
  answeredElsewhere: false,
  ...change,
});

describe('the sentence at the end of a call', () => {
  it.each([
    [outcome({}), 'outgoing', 240_000, 'You hung up after 4 min.'],
    [outcome({ by: 'there' }), 'outgoing', 12_300, 'Anna hung up after 12 s.'],
    [outcome({ by: 'network' }), 'incoming', 1_000, 'The call ended after 1 s.'],
    [outcome({ status: 487 }), 'outgoing', undefined, 'You cancelled the call to Anna.'],
    [outcome({ status: 603 }), 'incoming', undefined, 'You turned away the call from Anna.'],
    [outcome({ status: 302 }), 'incoming', undefined, 'You sent the call from Anna elsewhere.'],
    [outcome({ by: 'there', status: 487 }), 'incoming', undefined, 'You missed a call from Anna.'],
    [
      outcome({ by: 'there', answeredElsewhere: true }),
      'incoming',
      undefined,
      'Anna was answered on another phone.',
    ],
    [
      outcome({ by: 'there', status: 486, error: makeError('call.busy', { target: 'Anna' }) }),
      'outgoing',
      undefined,
      'Anna is busy.',
    ],
  ] as const)('%#', (end, direction, talkMs, sentence) => {
    expect(endSentence({ outcome: end, direction, remote, talkMs })).toBe(sentence);
  });

  it('says why a call never rang', () => {
    const sentence = 'You missed a call from Anna: Do not disturb was on.';
    expect(turnedAwaySentence('do-not-disturb', remote)).toBe(sentence);
    expect(turnedAwaySentence('in-a-call', remote)).toBe('You missed a call from Anna during another call.');
    expect(turnedAwaySentence('not-encrypted', remote)).toBe(
      'You missed a call from Anna, which was not encrypted: this account takes only encrypted ones.',
    );
    expect(turnedAwaySentence('no-common-codec', remote)).toBe(
      'You missed a call from Anna: the two phones have no codec in common.',
    );
  });

  it('counts in seconds, minutes and hours', () => {
    const words = [0, 59_499, 59_600, 3_599_000, 3_900_000, 7_200_000].map(durationWords);
    expect(words).toEqual(['0 s', '59 s', '1 min', '1 h', '1 h 5 min', '2 h']);
  });
});
