import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answeredElsewhere, callerOf, parseNameAddr, partyOfUri } from '../../../../engine/sip/party.ts';

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

describe('the caller', () => {
  const headers = (given: Record<string, string>) => ({ getHeader: (name: string) => given[name] });
  it('is whom the server asserts, else its older header, else From', () => {
    const From = '<sip:1@x>';
    const rpid = '<sip:2@x>;party=calling';
    expect(callerOf(headers({ From })).number).toBe('1');
    expect(callerOf(headers({ From, 'Remote-Party-ID': rpid })).number).toBe('2');
    const all = { From, 'Remote-Party-ID': rpid, 'P-Asserted-Identity': 'tel:3' };
    expect(callerOf(headers(all)).number).toBe('3');
    expect(callerOf(headers({}))).toEqual({ number: '', name: '', uri: '' });
  });
  it('of an address alone is its user part', () => {
    expect(partyOfUri('sip:*97@pbx')).toEqual({ number: '*97', name: '', uri: 'sip:*97@pbx' });
  });
});

describe('the Reason header', () => {
  it.each([
    [['SIP;cause=200;text="Call completed elsewhere"'], true],
    [['SIP ;cause=200'], true],
    [['Q.850;cause=26', 'SIP;cause=600;text="Call Completed Elsewhere"'], true],
    [['Q.850;cause=16;text="Normal"'], false],
    [['SIP;cause=2000'], false],
    [[], false],
  ])('%j → answered elsewhere: %s', (reasons, expected) => {
    expect(answeredElsewhere(reasons)).toBe(expected);
  });
});
