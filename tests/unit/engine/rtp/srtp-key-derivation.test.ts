import { describe, expect, it } from 'vitest';
import { deriveKey, deriveSessionKeys } from '../../../../engine/rtp/srtp-key-derivation.ts';
import { srtpProfileOf } from '../../../../engine/rtp/srtp-profile.ts';

const hex = (text: string) => Buffer.from(text, 'hex');

/** RFC 3711 appendix B.3, RFC 6188 §7.2 and §7.4. */
const published = [
  {
    source: 'RFC 3711 B.3',
    master: 'e1f97a0d3e018be0d64fa32c06de4139',
    salt: '0ec675ad498afeebb6960b3aabe6',
    keys: {
      key: 'c61e7a93744f39ee10734afe3ff7a087',
      salt: '30cbbc08863d8c85d49db34a9ae1',
      auth: 'cebe321f6ff7716b6fd4ab49af256a156d38baa4',
    },
  },
  {
    source: 'RFC 6188 7.2',
    master: 'f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6',
    salt: '3b04803de51ee7c96423ab5b78d2',
    keys: {
      key: '5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4',
      salt: 'fa31791685ca444a9e07c6c64e93',
      auth: 'fd9c32d39ed5fbb5a9dc96b30818454d1313dc05',
    },
  },
  {
    source: 'RFC 6188 7.4',
    master: '73edc66c4fa15776fb57f9505c17136550ffda71f3e8e5f1',
    salt: 'c8522f3acd4ce86d5add78edbb11',
    keys: {
      key: '31874736a8f1143870c26e4857d8a5b2c4a354407faadabb',
      salt: '2372b82d639b6d8503a47adc0a6c',
      auth: '355b10973cd95b9eacf4061c7e1a7151e7cfbfcb',
    },
  },
] as const;

describe('SRTP key derivation', () => {
  it.each(published)('gives the keys of $source', ({ master, salt, keys }) => {
    const derive = (label: number, wanted: string) =>
      deriveKey(hex(master), hex(salt), label, wanted.length / 2).toString('hex');
    expect(derive(0, keys.key)).toBe(keys.key);
    expect(derive(1, keys.auth)).toBe(keys.auth);
    expect(derive(2, keys.salt)).toBe(keys.salt);
  });

  it('fills the short salt of GCM up with zeros (RFC 7714 §11)', () => {
    const profile = srtpProfileOf('AEAD_AES_128_GCM');
    if (profile === undefined) throw new Error('no such profile');
    const master = { key: hex('000102030405060708090a0b0c0d0e0f'), salt: hex('a0a1a2a3a4a5a6a7a8a9aaab') };
    expect(deriveSessionKeys(profile, master, 'rtp').key.toString('hex')).toBe(
      '077c6143cb221bc355ff23d5f984a16e',
    );
  });

  it('gives RTP and RTCP different keys', () => {
    const profile = srtpProfileOf('AES_CM_128_HMAC_SHA1_80');
    if (profile === undefined) throw new Error('no such profile');
    const master = { key: Buffer.alloc(16, 1), salt: Buffer.alloc(14, 2) };
    const [rtp, rtcp] = [
      deriveSessionKeys(profile, master, 'rtp'),
      deriveSessionKeys(profile, master, 'rtcp'),
    ];
    expect(rtp.key.equals(rtcp.key)).toBe(false);
    expect(rtp.auth.equals(rtcp.auth)).toBe(false);
    expect(rtp.salt.equals(rtcp.salt)).toBe(false);
  });
});
