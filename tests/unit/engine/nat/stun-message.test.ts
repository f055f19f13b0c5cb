import { describe, expect, it } from 'vitest';
import {
  addressOf,
  octetsOf,
  readError,
  readText,
  readXorAddress,
  xorAddressAttribute,
  errorAttribute,
} from '../../../../engine/nat/stun-attributes.ts';
import {
  checkFingerprint,
  checkIntegrity,
  longTermKey,
  shortTermKey,
  userHash,
  withFingerprint,
  withIntegrity,
} from '../../../../engine/nat/stun-integrity.ts';
import {
  attributeOf,
  parseStun,
  serialiseStun,
  stunAttributes,
  stunMethods,
} from '../../../../engine/nat/stun-message.ts';
import { mulberry32 } from '../../../support/prng.ts';

const bytes = (hex: string) => Buffer.from(hex.replace(/\s+/g, ''), 'hex');

/** RFC 5769 §2.1. */
const request = bytes(`
  00 01 00 58 21 12 a4 42 b7 e7 a7 01 bc 34 d6 86 fa 87 df ae 80 22 00 10 53 54 55 4e 20 74 65 73 74 20 63 6c 69 65 6e 74
  00 24 00 04 6e 00 01 ff 80 29 00 08 93 2f f9 b1 51 26 3b 36 00 06 00 09 65 76 74 6a 3a 68 36 76 59 20 20 20
  00 08 00 14 9a ea a7 0c bf d8 cb 56 78 1e f2 b5 b2 d3 f2 49 c1 b5 71 a2 80 28 00 04 e5 7a 3b cf`);
/** RFC 5769 §2.2. */
const responseV4 = bytes(`
  01 01 00 3c 21 12 a4 42 b7 e7 a7 01 bc 34 d6 86 fa 87 df ae 80 22 00 0b 74 65 73 74 20 76 65 63 74 6f 72 20
  00 20 00 08 00 01 a1 47 e1 12 a6 43 00 08 00 14 2b 91 f5 99 fd 9e 90 c3 8c 74 89 f9 2a f9 ba 53 f0 6b e7 d7
  80 28 00 04 c0 7d 4c 96`);
/** RFC 5769 §2.3. */
const responseV6 = bytes(`
  01 01 00 48 21 12 a4 42 b7 e7 a7 01 bc 34 d6 86 fa 87 df ae 80 22 00 0b 74 65 73 74 20 76 65 63 74 6f 72 20
  00 20 00 14 00 02 a1 47 01 13 a9 fa a5 d3 f1 79 bc 25 f4 b5 be d2 b9 d9 00 08 00 14 a3 82 95 4e 4b e6 7b f1
  17 84 c9 7c 82 92 c2 75 bf e3 ed 41 80 28 00 04 c8 fb 0b 4c`);
/** RFC 5769 §2.4. */
const longTermRequest = bytes(`
  00 01 00 60 21 12 a4 42 78 ad 34 33 c6 ad 72 c0 29 da 41 2e 00 06 00 12 e3 83 9e e3 83 88 e3 83 aa e3 83 83 e3 82 af e3
  82 b9 00 00 00 15 00 1c 66 2f 2f 34 39 39 6b 39 35 34 64 36 4f 4c 33 34 6f 4c 39 46 53 54 76 79 36 34 73 41
  00 14 00 0b 65 78 61 6d 70 6c 65 2e 6f 72 67 00 00 08 00 14 f6 70 24 65 6d d6 4a 3e 02 b8 e0 71 2e 85 c9 a2 8c a8 96 66`);

const icePassword = shortTermKey('VOkJxbRl1RmTxUk/WvJxBt');
const read = (datagram: Buffer) => {
  const parsed = parseStun(datagram);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.value;
};

describe('the test vectors of RFC 5769', () => {
  it.each([
    ['the request', request, 'request', icePassword],
    ['the IPv4 response', responseV4, 'success', icePassword],
    ['the IPv6 response', responseV6, 'success', icePassword],
  ] as const)('%s is read with its integrity and its fingerprint', (_name, datagram, kind, key) => {
    expect(read(datagram)).toMatchObject({ class: kind, method: stunMethods.binding });
    expect(checkIntegrity(datagram, key, 'sha1')).toBe('good');
    expect(checkFingerprint(datagram)).toBe('good');
  });

  it('say which address was mapped, by IPv4 and IPv6', () => {
    for (const [datagram, address] of [
      [responseV4, '192.0.2.1'],
      [responseV6, '2001:db8:1234:5678:11:2233:4455:6677'],
    ] as const) {
      const message = read(datagram);
      const value = attributeOf(message, stunAttributes.xorMappedAddress);
      expect(readXorAddress(value, message.transactionId)).toEqual({ address, port: 32853 });
      expect(value).toEqual(
        xorAddressAttribute(stunAttributes.xorMappedAddress, { address, port: 32853 }, message.transactionId)
          .value,
      );
    }
  });

  it('authenticate by a long-term credential whose name and password are not ASCII', () => {
    const message = read(longTermRequest);
    const username = readText(attributeOf(message, stunAttributes.username)) ?? '';
    expect(username).toBe('マトリックス');
    const realm = readText(attributeOf(message, stunAttributes.realm)) ?? '';
    // OpaqueString keeps what SASLprep would have mapped away; the vector's password is given as mapped.
    const key = longTermKey({ username, realm, password: 'TheMatrIX' }, 'md5');
    expect(checkIntegrity(longTermRequest, key, 'sha1')).toBe('good');
  });

  it('come out octet by octet when the same message is written', () => {
    // The vectors pad with blanks, which a reader ignores and the integrity covers; the long-term request pads with zeros.
    const { attributes, ...head } = read(longTermRequest);
    const open = attributes.filter(({ type }) => type !== stunAttributes.messageIntegrity);
    const key = longTermKey({ username: 'マトリックス', realm: 'example.org', password: 'TheMatrIX' }, 'md5');
    expect(withIntegrity(serialiseStun({ ...head, attributes: open }), key, 'sha1')).toEqual(longTermRequest);
  });
});

const transactionId = Buffer.from('0123456789ab');
const plain = { class: 'request', method: stunMethods.allocate, transactionId, attributes: [] } as const;

describe('a STUN message', () => {
  it('keeps class and method through writing and reading', () => {
    for (const kind of ['request', 'indication', 'success', 'error'] as const)
      for (const method of [...Object.values(stunMethods), 0xfff])
        expect(read(serialiseStun({ ...plain, class: kind, method }))).toMatchObject({ class: kind, method });
  });

  it('is refused by integrity and fingerprint when one bit is another', () => {
    for (let bit = 0; bit < 8 * (request.length - 8); bit += 13) {
      const changed = Buffer.from(request);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      if (!parseStun(changed).ok) continue;
      expect(checkFingerprint(changed)).not.toBe('good');
      if (bit >> 3 < request.length - 32)
        expect(checkIntegrity(changed, icePassword, 'sha1')).not.toBe('good');
    }
  });

  it('is sealed with SHA-256 as well, which may be cut short', () => {
    const key = shortTermKey('secret');
    const sealed = withFingerprint(withIntegrity(serialiseStun(plain), key, 'sha256'));
    expect(checkIntegrity(sealed, key, 'sha256')).toBe('good');
    expect(checkIntegrity(sealed, shortTermKey('other'), 'sha256')).toBe('wrong');
    expect(checkIntegrity(sealed, key, 'sha1')).toBe('absent');
    expect(checkFingerprint(sealed)).toBe('good');
    expect(userHash('user', 'realm')).toHaveLength(32);
  });

  it('loses what stands behind its integrity, where anybody may have added it', () => {
    const sealed = withIntegrity(serialiseStun(plain), icePassword, 'sha1');
    const added = Buffer.concat([sealed, bytes('00 25 00 00')]);
    added.writeUInt16BE(added.length - 20, 2);
    expect(attributeOf(read(added), stunAttributes.useCandidate)).toBeUndefined();
  });

  it('names errors by hundreds and the rest', () => {
    const { value } = errorAttribute(438, 'Stale Nonce');
    expect(readError(value)).toEqual({ code: 438, reason: 'Stale Nonce' });
    expect(readError(Buffer.from([0, 0, 2, 0]))).toBeUndefined();
    expect(readError(Buffer.from([0, 0]))).toBeUndefined();
  });

  it.each([
    ['nothing', Buffer.alloc(0), 'short'],
    ['half a header', request.subarray(0, 12), 'short'],
    ['a message that ends early', request.subarray(0, 60), 'short'],
    ['another cookie', Buffer.from(request).fill(0, 4, 8), 'header'],
    [
      'an attribute that reaches past the end',
      bytes(`000100042112a442${'00'.repeat(12)}00060008`),
      'attribute',
    ],
  ])('that is %s is a value, not a crash', (_what, datagram, problem) => {
    expect(parseStun(datagram)).toEqual({ ok: false, problem });
  });

  it('never throws, whatever a datagram holds', () => {
    const random = mulberry32(7);
    for (let round = 0; round < 3_000; round += 1) {
      const datagram = Buffer.from([request, responseV6, longTermRequest][round % 3] ?? request);
      for (let change = 0; change < 4; change += 1) {
        const at = Math.floor(random() * datagram.length);
        if (at < 4 || at > 8) datagram[at] = Math.floor(random() * 256);
      }
      const cut = datagram.subarray(0, Math.floor(random() * (datagram.length + 1)));
      for (const each of [datagram, cut]) {
        const parsed = parseStun(each);
        if (!parsed.ok) continue;
        checkFingerprint(each);
        checkIntegrity(each, icePassword, 'sha1');
        checkIntegrity(each, icePassword, 'sha256');
        for (const { value } of parsed.value.attributes) {
          readXorAddress(value, parsed.value.transactionId);
          readError(value);
        }
      }
    }
  });
});

describe('an IP address in octets', () => {
  it.each(['192.0.2.1', '2001:db8::1', '::1', '::', 'fe80::1:0:0:1', '1:2:3:4:5:6:7:8'])(
    '%s comes back',
    (text) => {
      expect(addressOf(octetsOf(text) ?? Buffer.alloc(4))).toBe(text);
    },
  );

  it('may end in dots', () => {
    expect(octetsOf('::ffff:192.0.2.1')).toEqual(bytes('00000000000000000000ffffc0000201'));
  });

  it('is none where there is a name', () => {
    expect(octetsOf('stun.example.com')).toBeUndefined();
  });
});
