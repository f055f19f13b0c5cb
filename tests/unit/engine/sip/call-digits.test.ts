import { describe, expect, it } from 'vitest';
import { digitWays } from '../../../../engine/sip/call-digits.ts';

describe('the ways of a key, best first', () => {
  it.each([
    ['RFC2833', true, true, true, ['rfc4733', 'info', 'inband']],
    ['RFC2833', true, false, true, ['info', 'inband']],
    ['RFC2833', true, false, false, ['inband']],
    ['RFC2833', false, true, true, ['rfc4733', 'inband']],
    ['RFC2833', false, false, true, ['inband']],
    ['INFO', true, true, true, ['info', 'rfc4733', 'inband']],
    ['INFO', false, true, true, ['info', 'rfc4733', 'inband']],
    ['INFO', true, true, false, ['rfc4733', 'inband']],
    ['INFO', true, false, false, ['inband']],
  ] as const)(
    'setting %s, fallback %s; far side takes events %s, INFO %s: %j',
    (mode, sip_info_fallback, takesEvents, takesInfo, ways) => {
      expect(digitWays({ mode, sip_info_fallback }, { takesEvents, takesInfo })).toEqual(ways);
    },
  );
});
