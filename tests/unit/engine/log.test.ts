import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../contract/secret.ts';
import { createLogger } from '../../../engine/log.ts';
import type { LogLevel } from '../../../engine/log.ts';

/** What reaches the sink for a message. */
function written(message: string): string {
  const lines: string[] = [];
  createLogger('sip', (_level, _module, line) => lines.push(line)).info(message);
  return lines.join('\n');
}

describe('a log line', () => {
  it.each([
    [
      'an Authorization header',
      'REGISTER sip:x SIP/2.0\r\nAuthorization: Digest username="u", response="hunter2"\r\nCSeq: 1',
    ],
    ['a Proxy-Authorization header', 'proxy-authorization : Digest response="hunter2"'],
    ['a header in the middle of a line', 'sent Authorization: Digest response="hunter2"'],
    ['a folded header', 'Authorization: Digest username="u",\r\n response="hunter2"\r\nCSeq: 1'],
    ['a header quoted as JSON', JSON.stringify('CSeq: 1\r\nAuthorization: Digest response="hunter2"\r\n')],
    ['an SDES key', 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:hunter2|2^20|1:4\r\n'],
    ['an SDES key among blanks', 'a=crypto:1  AEAD_AES_256_GCM   inline:hunter2;inline:hunter2 KDR=1'],
    ['an SDES key quoted as JSON', JSON.stringify('a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:hunter2\r\n')],
    ['an ICE password', 'v=0\r\na=ice-pwd:hunter2\r\n'],
    ['a cookie', 'Cookie: sidetone_session=hunter2'],
    ['a bare password', 'password=hunter2&user=1000'],
    ['a password with blanks', '{"user":"1000","password":"my hunter2, really"}'],
    ['a password with an escaped quote', '{"password":"a\\"hunter2"}'],
    ['an inspected password', inspect({ passwd: 'my hunter2' })],
    ['a token in an address', 'http://127.0.0.1:1/#token=hunter2'],
  ])('does not hold %s', (_name, message) => {
    expect(message).toContain('hunter2');
    expect(written(message)).not.toContain('hunter2');
    expect(written(message)).toContain('[redacted]');
  });

  it('keeps the rest of a message', () => {
    const message = 'REGISTER sip:x SIP/2.0\r\nAuthorization: Digest response="a"\r\nCSeq: 1 REGISTER\r\n';
    expect(written(message)).toBe(
      'REGISTER sip:x SIP/2.0\r\nAuthorization: [redacted]\r\nCSeq: 1 REGISTER\r\n',
    );
    expect(written('WWW-Authenticate: Digest realm="pbx", nonce="n"')).toContain('nonce="n"');
    expect(written('the password cannot be read: the keychain is locked')).toContain(
      'the keychain is locked',
    );
  });

  it('takes out the keys that SIP INFO carries: they may be a PIN', () => {
    const lines: string[] = [];
    const body = 'INFO sip:*97@pbx SIP/2.0\r\n\r\nSignal=7\r\nDuration=160\r\n';
    createLogger('sip', (_level, _module, message) => lines.push(message)).debug(body);
    expect(lines[0]).not.toContain('Signal=7');
    expect(lines[0]).toContain('Duration=160');
  });

  it('carries its level and the path of its module', () => {
    const lines: [LogLevel, string, string][] = [];
    const log = createLogger('sip', (...line) => lines.push(line));
    log.child('registration').warn('late');
    log.debug('fine');
    expect(lines).toEqual([
      ['warn', 'sip.registration', 'late'],
      ['debug', 'sip', 'fine'],
    ]);
  });
});

it('a secret shows itself in no way of printing', () => {
  const secret = new Secret('hunter2');
  const printed = [
    `${secret}`,
    JSON.stringify({ secret }),
    inspect({ secret }, { showHidden: true, depth: 9 }),
    String(secret),
  ];
  expect(printed.join('\n')).not.toContain('hunter2');
  expect(secret.reveal()).toBe('hunter2');
});
