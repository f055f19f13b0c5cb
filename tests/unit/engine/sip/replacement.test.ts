import { describe, expect, it } from 'vitest';
import { chooseReplaced } from '../../../../engine/sip/replacement.ts';

describe('the choice of the call to replace (RFC 3891 §3)', () => {
  const identity = { callId: 'c', localTag: 'here', remoteTag: 'there', remoteTarget: 'sip:x@y' };
  it.each([
    ['early', '', 481],
    ['early', ';early-only', 481],
    ['confirmed', '', 'call'],
    ['confirmed', ';early-only', 486],
    ['ended', '', 603],
    ['ended', ';early-only', 603],
  ] as const)('%s %s', (phase, flag, expected) => {
    const choice = chooseReplaced([`c;to-tag=here;from-tag=there${flag}`], [{ identity, phase }]);
    expect('call' in choice ? 'call' : choice.status).toBe(expected);
  });

  it('knows our tag from theirs', () => {
    const call = { identity, phase: 'confirmed' } as const;
    expect(chooseReplaced(['c;to-tag=there;from-tag=here'], [call])).toEqual({ status: 481 });
    expect(chooseReplaced(['c;to-tag=here;from-tag=there'], [{ ...call, identity: undefined }])).toEqual({
      status: 481,
    });
  });
});
