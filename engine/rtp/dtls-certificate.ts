/**
 * The certificate of this process for DTLS-SRTP: self-signed, ECDSA on P-256, made anew with each start. Nobody vouches for it; its
 * fingerprint in SDP does (RFC 5763 §5).
 */
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import type { Fingerprint } from './dtls-terms.ts';

export interface DtlsCertificate {
  /** DER. */
  certificate: Uint8Array;
  privateKey: KeyObject;
  fingerprint: Fingerprint;
}

const dayMs = 86_400_000;
const validDays = 366;

/** One DER element: tag, length, content (X.690 §8.1). */
function element(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content]);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(content.length);
  const head = content.length < 0x100 ? [tag, 0x81, content.length] : [tag, 0x82, ...length];
  return Buffer.concat([Buffer.from(head), content]);
}

const sequence = (...parts: Uint8Array[]) => element(0x30, ...parts);
const integer = (bytes: Uint8Array) => element(0x02, bytes);
/** GeneralizedTime, YYYYMMDDHHMMSSZ; RFC 5280 wants it from 2050 on and UTCTime before. */
function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '');
  const isEarly = Number(digits.slice(0, 4)) < 2050;
  return element(isEarly ? 0x17 : 0x18, Buffer.from(isEarly ? digits.slice(2) : digits));
}

/** 1.2.840.10045.4.3.2: ECDSA with SHA-256. */
const signatureAlgorithm = sequence(element(0x06, Buffer.from('2a8648ce3d040302', 'hex')));
/** 2.5.4.3: common name. */
const commonName = element(0x06, Buffer.from('550403', 'hex'));

/** `now`: milliseconds since 1970. */
export function makeDtlsCertificate(now: number): DtlsCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const serial = randomBytes(8);
  // Positive, and not shorter than it is.
  serial[0] = 0x40 | ((serial[0] ?? 0) & 0x3f);
  const name = sequence(element(0x31, sequence(commonName, element(0x0c, Buffer.from('sidetone')))));
  const signed = sequence(
    element(0xa0, integer(Buffer.from([2]))),
    integer(serial),
    signatureAlgorithm,
    name,
    sequence(time(now - dayMs), time(now + validDays * dayMs)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = sign('sha256', signed, privateKey);
  const certificate = sequence(signed, signatureAlgorithm, element(0x03, Buffer.from([0]), signature));
  return {
    certificate,
    privateKey,
    fingerprint: { algorithm: 'sha-256', value: digest(certificate, 'sha256') },
  };
}

function digest(certificate: Uint8Array, hash: string): string {
  const hex = createHash(hash).update(certificate).digest('hex').toUpperCase();
  return (hex.match(/../g) ?? []).join(':');
}

/** Names of hashes in a=fingerprint (RFC 8122 §5) that can still be trusted. */
const hashes = new Map([
  ['sha-256', 'sha256'],
  ['sha-384', 'sha384'],
  ['sha-512', 'sha512'],
]);

/** True when one of the fingerprints is the certificate's. */
export function fitsFingerprint(certificate: Uint8Array, fingerprints: readonly Fingerprint[]): boolean {
  return fingerprints.some(({ algorithm, value }) => {
    const hash = hashes.get(algorithm);
    return hash !== undefined && digest(certificate, hash) === value;
  });
}
