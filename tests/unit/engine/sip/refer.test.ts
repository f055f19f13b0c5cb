import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isLastReport,
  readReferTo,
  readSipfrag,
  writeReferTo,
  writeSipfrag,
} from '../../../../engine/sip/refer.ts';
import { readReplaces, writeReplaces } from '../../../../engine/sip/replaces.ts';

const replaces = { callId: '98732@sip.example.com', toTag: 'r33th4x0r', fromTag: 'ff87ff', earlyOnly: false };

describe('Refer-To', () => {
  it('names an address, and the dialog to replace, escaped as RFC 3891 §7.2 shows', () => {
    expect(writeReferTo({ uri: 'sip:102@pbx', replaces: undefined })).toBe('<sip:102@pbx>');
    expect(writeReferTo({ uri: 'sip:102@pbx', replaces })).toBe(
      '<sip:102@pbx?Replaces=98732%40sip.example.com%3Bto-tag%3Dr33th4x0r%3Bfrom-tag%3Dff87ff>',
    );
  });

  it.each([
    ['sip:102@pbx', 'sip:102@pbx'],
    ['"Anna" <sip:102@pbx;transport=tcp>;x=1', 'sip:102@pbx;transport=tcp'],
    ['<sip:102@pbx;method=INVITE>', 'sip:102@pbx'],
    ['<tel:+4930555>', 'tel:+4930555'],
    ['<sip:102@pbx?Subject=hello&Require=nothing>', 'sip:102@pbx'],
  ])('reads %s', (value, uri) => {
    expect(readReferTo(value)).toEqual({ uri, replaces: undefined });
  });

  it.each([
    ['nothing', ''],
    ['a web page', '<https://example.com>'],
    ['another method', '<sip:102@pbx;method=BYE>'],
    ['two addresses', '<sip:102@pbx>, <sip:103@pbx>'],
    ['a Replaces without tags', '<sip:102@pbx?Replaces=98732>'],
    ['a Replaces that cannot be decoded', '<sip:102@pbx?Replaces=%E0%A4%A>'],
    [
      'a Replaces that brings a header of its own',
      '<sip:102@pbx?Replaces=a%0D%0AX%3A1%3Bto-tag%3D1%3Bfrom-tag%3D2>',
    ],
  ])('refuses %s', (_, value) => {
    expect(readReferTo(value)).toBeUndefined();
  });

  it('reads back every dialog that it wrote', () => {
    const token = fc.stringMatching(/^[A-Za-z0-9\-.!%*_+`'~]{1,20}$/);
    fc.assert(
      fc.property(token, token, token, fc.boolean(), (callId, toTag, fromTag, earlyOnly) => {
        const target = {
          uri: 'sip:102@pbx:5070;transport=tcp',
          replaces: { callId: `${callId}@host`, toTag, fromTag, earlyOnly },
        };
        expect(readReferTo(writeReferTo(target))).toEqual(target);
      }),
    );
  });
});

describe('Replaces', () => {
  it('is read whatever the order and the spaces, and written again', () => {
    const value = '98732@sip.example.com ;from-tag=ff87ff; to-tag=r33th4x0r ;early-only';
    expect(readReplaces(value)).toEqual({ ...replaces, earlyOnly: true });
    expect(writeReplaces({ ...replaces, earlyOnly: true })).toBe(
      '98732@sip.example.com;to-tag=r33th4x0r;from-tag=ff87ff;early-only',
    );
  });

  it.each(['', 'x', 'x;to-tag=1', 'x;from-tag=1', 'x;to-tag=1;from-tag=', 'a b;to-tag=1;from-tag=2'])(
    'is refused: %j',
    (value) => expect(readReplaces(value)).toBeUndefined(),
  );
});

describe('reports', () => {
  it('carry a status line', () => {
    expect(writeSipfrag(180, 'Ringing')).toBe('SIP/2.0 180 Ringing\r\n');
    expect(readSipfrag('SIP/2.0 486 Busy Here\r\nX: 1\r\n')).toEqual({ status: 486, reason: 'Busy Here' });
    expect(readSipfrag('SIP/2.0 200')).toEqual({ status: 200, reason: '' });
    expect(readSipfrag('INVITE sip:102@pbx SIP/2.0')).toBeUndefined();
    expect(readSipfrag('')).toBeUndefined();
  });

  it('say when none follows', () => {
    expect(isLastReport('terminated;reason=noresource')).toBe(true);
    expect(isLastReport('active;expires=60')).toBe(false);
  });
});
