/** Who wrote a STUN message: MESSAGE-INTEGRITY with SHA-1 or SHA-256, FINGERPRINT, and the keys for them (RFC 8489 §9, §14.5-14.7). */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { crc32 } from './crc32.ts';
import { stunAttributes, stunHeaderBytes } from './stun-message.ts';

export type IntegrityAlgorithm = 'sha1' | 'sha256';

const integrity = {
  sha1: { type: stunAttributes.messageIntegrity, bytes: 20 },
  sha256: { type: stunAttributes.messageIntegritySha256, bytes: 32 },
} as const;
const fingerprintBytes = 8;
/** "STUN" in ASCII. */
const fingerprintXor = 0x5354_554e;

/** Key of a short-term credential (§9.1.1): the password, by OpaqueString, which leaves ICE's characters as they are. */
export function shortTermKey(password: string): Buffer {
  return Buffer.from(password.normalize('NFC'), 'utf8');
}

/** Key of a long-term credential (§9.2.2); `sha256` where the server asked for that password algorithm. */
export function longTermKey(
  credential: { username: string; realm: string; password: string },
  algorithm: 'md5' | 'sha256',
): Buffer {
  const { username, realm, password } = credential;
  return createHash(algorithm)
    .update(`${username}:${realm}:${password.normalize('NFC')}`)
    .digest();
}

/** Value of USERHASH (§14.4), which hides the user name. */
export function userHash(username: string, realm: string): Buffer {
  return createHash('sha256').update(`${username}:${realm}`).digest();
}

/** The header with its length reaching to `end`, and what follows up to `coveredEnd`. */
function withLength(datagram: Uint8Array, coveredEnd: number, end: number): Buffer {
  const covered = Buffer.from(datagram.subarray(0, coveredEnd));
  covered.writeUInt16BE(end - stunHeaderBytes, 2);
  return covered;
}

function appended(datagram: Uint8Array, type: number, value: Uint8Array): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(value.length, 2);
  const end = datagram.length + 4 + value.length;
  return Buffer.concat([withLength(datagram, datagram.length, end), head, value]);
}

/** Appends MESSAGE-INTEGRITY (or its SHA-256 sister). */
export function withIntegrity(datagram: Uint8Array, key: Uint8Array, algorithm: IntegrityAlgorithm): Buffer {
  const { type, bytes } = integrity[algorithm];
  const covered = withLength(datagram, datagram.length, datagram.length + 4 + bytes);
  return appended(datagram, type, createHmac(algorithm, key).update(covered).digest());
}

/** Appends FINGERPRINT; it comes last. */
export function withFingerprint(datagram: Uint8Array): Buffer {
  const covered = withLength(datagram, datagram.length, datagram.length + fingerprintBytes);
  const value = Buffer.alloc(4);
  value.writeUInt32BE((crc32(covered) ^ fingerprintXor) >>> 0);
  return appended(datagram, stunAttributes.fingerprint, value);
}

/** Where an attribute of a well-formed message begins. */
function offsetOf(datagram: Buffer, wanted: number): number | undefined {
  for (let offset = stunHeaderBytes; offset + 4 <= datagram.length;) {
    if (datagram.readUInt16BE(offset) === wanted) return offset;
    offset += 4 + ((datagram.readUInt16BE(offset + 2) + 3) & ~3);
  }
  return undefined;
}

/** Whether a message that {@link parseStun} has read carries the integrity of `key`. */
export function checkIntegrity(
  datagram: Buffer,
  key: Uint8Array,
  algorithm: IntegrityAlgorithm,
): 'good' | 'wrong' | 'absent' {
  const { type, bytes } = integrity[algorithm];
  const offset = offsetOf(datagram, type);
  if (offset === undefined) return 'absent';
  const length = datagram.readUInt16BE(offset + 2);
  // SHA-256 may be cut short to 16 octets or more, in whole words (§14.6).
  const mayBe = algorithm === 'sha1' ? length === bytes : length >= 16 && length <= bytes && length % 4 === 0;
  if (!mayBe || offset + 4 + length > datagram.length) return 'wrong';
  const covered = withLength(datagram, offset, offset + 4 + length);
  const expected = createHmac(algorithm, key).update(covered).digest().subarray(0, length);
  return timingSafeEqual(expected, datagram.subarray(offset + 4, offset + 4 + length)) ? 'good' : 'wrong';
}

/** Whether a message's FINGERPRINT fits; `absent` without one. */
export function checkFingerprint(datagram: Buffer): 'good' | 'wrong' | 'absent' {
  const offset = offsetOf(datagram, stunAttributes.fingerprint);
  if (offset === undefined) return 'absent';
  if (offset + fingerprintBytes > datagram.length || datagram.readUInt16BE(offset + 2) !== 4) return 'wrong';
  const covered = withLength(datagram, offset, offset + fingerprintBytes);
  return datagram.readUInt32BE(offset + 4) === (crc32(covered) ^ fingerprintXor) >>> 0 ? 'good' : 'wrong';
}
