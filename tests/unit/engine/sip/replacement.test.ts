import { describe, expect, it } from 'vitest';
import { chooseReplaced } from '../../../../engine/sip/replacement.ts';

describe('the choice of the call to replace (RFC 3891 §3)', () => {
  const name = { callId: 'c', localTag: 'here', remoteTag: 'there' };
  const other = { ...name, remoteTag: 'another fork' };
  it.each([
    ['early', '', 'call'],
    ['early', ';early-only', 'call'],
    ['confirmed', '', 'call'],
    ['confirmed', ';early-only', 486],
    ['ended', '', 603],
    ['ended', ';early-only', 603],
  ] as const)('%s %s', (phase, flag, expected) => {
    const choice = chooseReplaced(
      [`c;to-tag=here;from-tag=there${flag}`],
      [{ dialogNames: [other, name], phase }],
    );
    expect('call' in choice ? 'call' : choice.status).toBe(expected);
  });

  it('knows our tag from theirs', () => {
    const call = { dialogNames: [name], phase: 'confirmed' } as const;
    expect(chooseReplaced(['c;to-tag=there;from-tag=here'], [call])).toEqual({ status: 481 });
  });

  it('does not know the dialog of a call to us that nobody has answered: its caller has it to give', () => {
    const ringing = { dialogNames: [], phase: 'early' } as const;
    expect(chooseReplaced(['c;to-tag=here;from-tag=there'], [ringing])).toEqual({ status: 481 });
  });
});
