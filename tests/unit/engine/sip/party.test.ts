import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNameAddr, partyOfUri } from '../../../../engine/sip/party.ts';

describe('a name-addr header', () => {
  it.each([
    ['"Anna Smith" <sip:1001@pbx.example>;tag=1', '1001', 'Anna Smith', 'sip:1001@pbx.example'],
    ['Anna Smith <sip:1001@pbx>', '1001', 'Anna Smith', 'sip:1001@pbx'],
    ['<sip:%2B49%2030@pbx;user=phone>', '+49 30', '', 'sip:%2B49%2030@pbx;user=phone'],
    ['"a \\"b\\" <c>" <sip:x@y>', 'x', 'a "b" <c>', 'sip:x@y'],
    ['sip:1001@pbx;tag=4', '1001', '', 'sip:1001@pbx'],
    ['<tel:+4930555;phone-context=x>', '+4930555', '', 'tel:+4930555;phone-context=x'],
    ['<sip:%zz@pbx>', '%zz', '', 'sip:%zz@pbx'],
    ['<sip:pbx.example>', '', '', 'sip:pbx.example'],
  ])('%s', (header, number, name, uri) => {
    expect(parseNameAddr(header)).toEqual({ number, name, uri });
  });

  it('loses control characters and letters that reverse the text', () => {
    expect(parseNameAddr('"A\u0007nn\u202ea" <sip:1@x>')?.name).toBe('Anna');
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => void parseNameAddr(`"${text}" <sip:${text}>`)),
    );
    expect(parseNameAddr('nonsense')).toBeUndefined();
  });
});

describe('an address alone', () => {
  it('names its user part', () => {
    expect(partyOfUri('sip:*97@pbx')).toEqual({ number: '*97', name: '', uri: 'sip:*97@pbx' });
  });
});
