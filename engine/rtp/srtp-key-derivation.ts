/**
 * From a master key to session keys (RFC 3711 §4.3): AES in counter mode as a pseudo-random function, with a label for each key.
 * The key derivation rate is 0, as SDP and DTLS have it: the keys of a session are derived once.
 */
import { createCipheriv } from 'node:crypto';
import type { SrtpProfile } from './srtp-profile.ts';

/** RFC 3711 §4.3.1, §4.3.2. */
const labels = { rtp: { key: 0, auth: 1, salt: 2 }, rtcp: { key: 3, auth: 4, salt: 5 } } as const;
const authKeyBytes = 20;
/** The salt as the derivation has it; the shorter one of GCM is filled up with zeros (RFC 7714 §11). */
const derivationSaltBytes = 14;
/** The label stands before the 48 bits of index / rate, which are 0. */
const labelPosition = 7;

export interface SessionKeys {
  key: Buffer;
  salt: Buffer;
  /** Of HMAC-SHA1; unused under GCM. */
  auth: Buffer;
}

/** `bytes` of the pseudo-random function for a label; `master` has 16, 24 or 32 bytes. */
export function deriveKey(master: Buffer, salt: Buffer, label: number, bytes: number): Buffer {
  const block = Buffer.alloc(16);
  salt.copy(block, 0, 0, derivationSaltBytes);
  block[labelPosition] = (block[labelPosition] ?? 0) ^ label;
  return createCipheriv(`aes-${8 * master.length}-ctr`, master, block).update(Buffer.alloc(bytes));
}

/** The keys that protect RTP or RTCP under a master key and salt of the profile's lengths. */
export function deriveSessionKeys(
  { keyBytes, saltBytes }: SrtpProfile,
  { key, salt }: { key: Buffer; salt: Buffer },
  kind: keyof typeof labels,
): SessionKeys {
  return {
    key: deriveKey(key, salt, labels[kind].key, keyBytes),
    auth: deriveKey(key, salt, labels[kind].auth, authKeyBytes),
    salt: deriveKey(key, salt, labels[kind].salt, saltBytes),
  };
}
