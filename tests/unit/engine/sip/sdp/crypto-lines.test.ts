import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  chooseKeys,
  makeKeys,
  readCryptoLine,
  takenKeys,
  writeCryptoLine,
} from '../../../../../engine/sip/sdp/crypto-lines.ts';

const inline = 'WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz';
const suite = 'AES_CM_128_HMAC_SHA1_80';
const key = { tag: 1, suite, inline } as const;

describe('a=crypto', () => {
  it('is read with and without a lifetime', () => {
    for (const lifetime of ['', '|2^20', '|1048576', '|2^48'])
      expect(readCryptoLine(`1 ${suite} inline:${inline}${lifetime}`)).toEqual(key);
  });

  it('may hint at a replay window and name parameters that may be passed over', () => {
    expect(readCryptoLine(`1 ${suite} inline:${inline} WSH=64 -new=1`)).toEqual(key);
  });

  it.each([
    ['another suite', `1 F8_128_HMAC_SHA1_80 inline:${inline}`],
    ['a key that is too short', `1 ${suite} inline:${inline.slice(4)}`],
    ['the key of another suite', `1 AEAD_AES_256_GCM inline:${inline}`],
    ['a master key index', `1 ${suite} inline:${inline}|2^20|1:4`],
    ['several keys', `1 ${suite} inline:${inline};inline:${inline}`],
    ['a lifetime that no key may have', `1 ${suite} inline:${inline}|2^49`],
    ['no lifetime after its bar', `1 ${suite} inline:${inline}|`],
    ['packets that are not encrypted', `1 ${suite} inline:${inline} UNENCRYPTED_SRTP`],
    ['an unknown session parameter', `1 ${suite} inline:${inline} NEW=1`],
    ['another key method', `1 ${suite} uri:https://example.com/key`],
    ['a tag that is no number', `one ${suite} inline:${inline}`],
    ['nothing', ''],
  ])('does not count with %s', (_what, line) => {
    expect(readCryptoLine(line)).toBeUndefined();
  });

  it('is written for every suite with a key of its own, and read again as it was', () => {
    const keys = makeKeys(randomBytes);
    expect(keys.map(({ tag }) => tag)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(keys.map((each) => each.suite)).toEqual([
      'AEAD_AES_256_GCM',
      'AEAD_AES_128_GCM',
      'AES_256_CM_HMAC_SHA1_80',
      'AES_256_CM_HMAC_SHA1_32',
      'AES_CM_128_HMAC_SHA1_80',
      'AES_CM_128_HMAC_SHA1_32',
    ]);
    expect(new Set(keys.map((each) => each.inline)).size).toBe(6);
    for (const each of keys)
      expect(readCryptoLine(writeCryptoLine(each).slice('a=crypto:'.length))).toEqual(each);
  });

  it('is answered with the first key of theirs that we can use, under its tag', () => {
    const ours = makeKeys(randomBytes);
    const chosen = chooseKeys([{ ...key, tag: 7 }], ours);
    expect(chosen?.remote.inline).toBe(inline);
    expect(chosen?.local).toEqual({ tag: 7, suite, inline: ours[4]?.inline });
    expect(chooseKeys([], ours)).toBeUndefined();
  });

  it('counts as an answer only under a tag and suite that were offered', () => {
    const offered = makeKeys(randomBytes);
    expect(takenKeys([{ ...key, tag: 5 }], offered)?.local).toEqual(offered[4]);
    expect(takenKeys([{ ...key, tag: 1 }], offered)).toBeUndefined();
    expect(takenKeys([], offered)).toBeUndefined();
  });
});
