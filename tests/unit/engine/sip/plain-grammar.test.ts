import { describe, expect, it } from 'vitest';
import { Grammar } from 'sip.js/lib/grammar/grammar.js';
import { plainForm, readPlainFormsFirst } from '../../../../engine/sip/plain-grammar.ts';
import { mulberry32 } from '../../../support/prng.ts';

/** Before anything could have put the plain forms in front of it. */
const whole = Grammar.parse;

const uris = [
  'sip:101@127.0.0.1:5060',
  'sip:127.0.0.1',
  'sips:bob.b-1@pbx.example-1.com;transport=tls;ob',
  'sip:*43@localhost;user=phone',
  'sip:p1.example.com;lr;ftag=a.1',
  'sip:+4930@a.b:65535;transport=udp;x-ast=1;lr',
];
const parties = [
  '<sip:101@127.0.0.1>;tag=5310d5e2',
  '"Alice Ames" <sip:a@b.example>;tag=x;isup-oli=0',
  '"" <sip:a@b.example>',
  '"Al"<sip:a@b.example;transport=tcp>',
];
const plain: Record<string, string[]> = {
  SIP_URI: uris.filter((uri) => !uri.includes('user=')),
  Request_Response: [
    'SIP/2.0 200 OK',
    'SIP/2.0 183 Session Progress',
    'SIP/2.0 100 ',
    'INVITE sip:a@b.c:5060;transport=udp SIP/2.0',
    'ACK sip:b.c SIP/2.0',
  ],
  Via: [
    'SIP/2.0/UDP a.invalid;branch=z9hG4bK41;rport',
    'SIP/2.0/UDP 10.0.0.1:5060;rport=5060;received=1.2.3.4;branch=z9hG4bK41',
    'SIP/2.0/WSS a.invalid;branch=z9hG4bK41;alias;x=Y',
  ],
  From: parties,
  To: parties,
  Contact: ['<sip:101@127.0.0.1:46406>;expires=300', ...parties, '<sip:a@b.c;ob>;Reg-Id=1;expires=0'],
  Record_Route: ['<sip:p1.ex.com;lr;ftag=1>', '<sip:10.1.2.3:5062;transport=ws;lr>'],
  Call_ID: ['1065c37e3ead89256', 'a.b-1@host_1'],
  CSeq: ['1 REGISTER', '0 BYE', '4294967295 INVITE'],
  Content_Length: ['0', '144'],
  Max_Forwards: ['70', '0'],
  Content_Type: ['application/sdp', 'application/dtmf-relay', 'application/dialog-info+xml', 'text/plain'],
};
const cases = Object.entries(plain).flatMap(([rule, texts]) => texts.map((text) => [rule, text] as const));

/**
 * What the whole grammar reads, without the password that it leaves behind where it took a host and a port for a user for a while, and
 * what can be written is written again.
 */
function expected(text: string, rule: string): unknown[] {
  const value: unknown = whole(text, rule);
  if (rule === 'Request_Response' && typeof value === 'object')
    delete (value as { password?: string }).password;
  return seen(value);
}

const seen = (value: unknown): unknown[] => [value, String(value)];

const pieces = [
  ...';=@:<>"\\/,. \t-_%*+()[]{}?&$!~\'`|^\r\n0159aZé\u{0}',
  ...[
    'lr',
    'tag',
    'tag=',
    'ttl=1',
    ';lr',
    ';transport=',
    ';user=',
    ';method=INVITE',
    ';maddr=a',
    ';q=0.5',
    ';q',
  ],
  ...[
    'expires=',
    ';rport',
    ';received=',
    ';branch=',
    'sip:',
    '255',
    '256',
    '65536',
    '00',
    ';constructor',
    ';__proto__=1',
  ],
  ...['SIP/2.0', 'TLS', ';Tag=1', ';LR', ', ', '%41', '::1', '[::1]', 'A', '\u{fffd}'],
];

/** One to three pieces put in, taken out or put in place of others. */
function changed(text: string, random: () => number): string {
  let result = text;
  for (let times = 1 + Math.floor(3 * random()); times > 0; times -= 1) {
    const at = Math.floor(random() * (result.length + 1));
    const left = Math.floor(3 * random());
    const piece = random() < 0.3 ? '' : (pieces[Math.floor(random() * pieces.length)] ?? '');
    result = result.slice(0, at) + piece + result.slice(at + left);
  }
  return result;
}

describe('the plain forms of SIP grammar', () => {
  it.each(cases)('%s: %s is one, and is read as the whole grammar reads it', (rule, text) => {
    const value = plainForm(text, rule);
    expect(value).not.toBeUndefined();
    expect(seen(value)).toStrictEqual(expected(text, rule));
  });

  it.each(Object.keys(plain))(
    '%s: whatever is taken for one is read as the whole grammar reads it',
    (rule) => {
      const random = mulberry32(rule.length);
      let taken = 0;
      for (let turn = 0; turn < 1_500; turn += 1) {
        const texts = plain[rule] ?? [];
        const text = changed(texts[turn % texts.length] ?? '', random);
        const value = plainForm(text, rule);
        if (value === undefined) continue;
        taken += 1;
        expect([text, ...seen(value)]).toStrictEqual([text, ...expected(text, rule)]);
      }
      expect(taken).toBeGreaterThan(50);
    },
  );

  it.each([
    ['SIP_URI', 'sip:a%20b@example.com'],
    ['SIP_URI', 'sip:a@[::1]:5060'],
    ['SIP_URI', 'sip:a@10.0.0.256'],
    ['From', '"J\u{fc}rg" <sip:a@b.c>;tag=1'],
    ['From', 'sip:a@b.c;tag=1'],
    ['Contact', '*'],
    ['Contact', '<sip:a@b.c>, <sip:d@e.f>'],
    ['Via', 'SIP / 2.0 / UDP a.b;branch=z9hG4bK1'],
    ['Call_ID', 'a'.repeat(600)],
    ['WWW_Authenticate', 'Digest realm="a", nonce="b"'],
  ])('%s: %s is none', (rule, text) => {
    expect(plainForm(text, rule)).toBeUndefined();
  });

  it('are tried first by sip.js, and the whole grammar after them', () => {
    readPlainFormsFirst();
    readPlainFormsFirst();
    expect(Grammar.URIParse('sip:101@pbx.example')?.user).toBe('101');
    expect(Grammar.URIParse('sip:a%20b@pbx.example')?.user).toBe('a b');
    expect(Grammar.URIParse('sip:a@10.0.0.256')).toBeUndefined();
  });
});
