import { describe, expect, it } from 'vitest';
import { PhoneFailure } from '../../../../contract/errors.ts';
import { targetUri } from '../../../../engine/sip/target.ts';

describe('targetUri', () => {
  it.each([
    ['1001', 'sip:1001@pbx.test'],
    [' *97 ', 'sip:*97@pbx.test'],
    ['#31#', 'sip:%2331%23@pbx.test'],
    ['+49 (30) 5557-0142', 'sip:+493055570142@pbx.test'],
    ['tel:+49-30-5557', 'sip:+49305557@pbx.test'],
    ['sip:anna@example.com', 'sip:anna@example.com'],
    ['sips:anna@example.com:5061', 'sip:anna@example.com:5061'],
    ['anna@[2001:db8::1]:5060;transport=tcp', 'sip:anna@[2001:db8::1]:5060;transport=tcp'],
    ['<sip:bob@10.0.0.1>', 'sip:bob@10.0.0.1'],
    ['anna.keller', 'sip:anna.keller@pbx.test'],
  ])('reads %s as %s', (typed, uri) => {
    expect(targetUri(typed, 'pbx.test')).toBe(uri);
  });

  it.each(['', 'two words', 'sip:', 'a@', '@b', 'x@y\r\nVia: z', 'a"b', 'a@b:port', 'ünï'])(
    'refuses %j with a sentence',
    (typed) => {
      expect(() => targetUri(typed, 'pbx.test')).toThrow(PhoneFailure);
    },
  );
});
