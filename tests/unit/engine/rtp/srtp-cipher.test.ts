import { describe, expect, it } from 'vitest';
import { packetCipher } from '../../../../engine/rtp/srtp-cipher.ts';
import { deriveKey, type SessionKeys } from '../../../../engine/rtp/srtp-key-derivation.ts';
import { srtpProfileOf } from '../../../../engine/rtp/srtp-profile.ts';
import type { CryptoSuite } from '../../../../engine/rtp/protection.ts';

const hex = (text: string) => Buffer.from(text, 'hex');
const nothing = Buffer.alloc(0);

function cipherOf(suite: CryptoSuite, keys: SessionKeys, kind: 'rtp' | 'rtcp') {
  const profile = srtpProfileOf(suite);
  if (profile === undefined) throw new Error('no such profile');
  return packetCipher(profile, keys, kind);
}

/** RFC 7714 §16 and §17: session key and salt, and packets before and after. */
const salt = '517569642070726f2071756f';
const rtpPacket =
  '8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573';
const rtcpPacket =
  '81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef';
const rtpPosition = { ssrc: 0x5501a0b2, index: 0xf17b };
const rtcpPosition = { ssrc: 0x4d617273, index: 0x5d4 };
const encryptedTrailer = hex('800005d4');
const galois = [
  {
    suite: 'AEAD_AES_128_GCM',
    key: '000102030405060708090a0b0c0d0e0f',
    rtp: '8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce',
    rtcp: '81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade',
  },
  {
    suite: 'AEAD_AES_256_GCM',
    key: '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
    rtp: '8040f17b8041f8d35501a0b232b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13',
    rtcp: '81c8000d4d617273d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658c61de0476f1b6fad1d1eb30c4446839f57ff6f6cb26ac3be',
  },
] as const;

describe('AES-GCM for SRTP', () => {
  it.each(galois)('seals and opens the RTP packet of RFC 7714 §16 with $suite', ({ suite, key, rtp }) => {
    const cipher = cipherOf(suite, { key: hex(key), salt: hex(salt), auth: nothing }, 'rtp');
    expect(cipher.seal(hex(rtpPacket), 12, rtpPosition, nothing).toString('hex')).toBe(rtp);
    expect(cipher.open(hex(rtp), 12, rtpPosition, nothing)?.toString('hex')).toBe(rtpPacket);
  });

  it.each(galois)('seals and opens the RTCP packet of RFC 7714 §17 with $suite', ({ suite, key, rtcp }) => {
    const cipher = cipherOf(suite, { key: hex(key), salt: hex(salt), auth: nothing }, 'rtcp');
    expect(cipher.seal(hex(rtcpPacket), 8, rtcpPosition, encryptedTrailer).toString('hex')).toBe(rtcp);
    expect(cipher.open(hex(rtcp), 8, rtcpPosition, encryptedTrailer)?.toString('hex')).toBe(rtcpPacket);
  });

  it('takes the RTCP packet of RFC 7714 §17.3 that is authenticated and not encrypted', () => {
    const cipher = cipherOf(
      'AEAD_AES_128_GCM',
      { key: hex(galois[0].key), salt: hex(salt), auth: nothing },
      'rtcp',
    );
    const tag = hex('841dd9683dd78ec92ae58790125f62b3');
    expect(cipher.isAuthentic(hex(rtcpPacket), tag, rtcpPosition, hex('000005d4'))).toBe(true);
    expect(cipher.isAuthentic(hex(rtcpPacket), tag, rtcpPosition, hex('000005d5'))).toBe(false);
  });
});

describe('AES in counter mode for SRTP', () => {
  it('gives the keystream of RFC 3711 appendix B.2', () => {
    const keys = {
      key: hex('2b7e151628aed2a6abf7158809cf4f3c'),
      salt: hex('f0f1f2f3f4f5f6f7f8f9fafbfcfd'),
      auth: Buffer.alloc(20),
    };
    const cipher = cipherOf('AES_CM_128_HMAC_SHA1_80', keys, 'rtp');
    const sealed = cipher.seal(Buffer.alloc(48), 0, { ssrc: 0, index: 0 }, nothing);
    expect(sealed.subarray(0, 48).toString('hex')).toBe(
      'e03ead0935c95e80e166b16dd92b4eb4' +
        'd23513162b02d0f72a43a2fe4a5f97ab' +
        '41e95b3bb0a2e8dd477901e4fca894c0',
    );
  });

  it('gives the keystream of RFC 6188 §7.1 with 256 bits', () => {
    const keys = {
      key: hex('57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98'),
      salt: hex('f0f1f2f3f4f5f6f7f8f9fafbfcfd'),
      auth: Buffer.alloc(20),
    };
    const cipher = cipherOf('AES_256_CM_HMAC_SHA1_80', keys, 'rtp');
    const sealed = cipher.seal(Buffer.alloc(32), 0, { ssrc: 0, index: 0 }, nothing);
    expect(sealed.subarray(0, 32).toString('hex')).toBe(
      '92bdd28a93c3f52511c677d08b5515a4' + '9da71b2378a854f67050756ded165bac',
    );
  });

  it('authenticates as deriveKey and HMAC-SHA1 say, with the rollover counter at the end', () => {
    const master = hex('e1f97a0d3e018be0d64fa32c06de4139');
    const masterSalt = hex('0ec675ad498afeebb6960b3aabe6');
    const keys = {
      key: deriveKey(master, masterSalt, 0, 16),
      auth: deriveKey(master, masterSalt, 1, 20),
      salt: deriveKey(master, masterSalt, 2, 14),
    };
    const cipher = cipherOf('AES_CM_128_HMAC_SHA1_80', keys, 'rtp');
    const packet = hex(`800f1234decafbadcafebabe${'ab'.repeat(16)}`);
    const sealed = cipher.seal(packet, 12, { ssrc: 0xcafebabe, index: 0x1234 }, Buffer.alloc(4));
    // The reference packet of libsrtp's own tests.
    expect(sealed.toString('hex')).toBe(
      '800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb',
    );
  });
});
