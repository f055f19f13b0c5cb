/** How packets are encrypted, as signalling settles it. */
import type { DtlsTerms } from './dtls-terms.ts';

/** SRTP profiles by their names in SDP (RFC 4568 §6.2, RFC 6188, RFC 7714). */
export const cryptoSuites = [
  'AEAD_AES_256_GCM',
  'AEAD_AES_128_GCM',
  'AES_256_CM_HMAC_SHA1_80',
  'AES_256_CM_HMAC_SHA1_32',
  'AES_CM_128_HMAC_SHA1_80',
  'AES_CM_128_HMAC_SHA1_32',
] as const;
export type CryptoSuite = (typeof cryptoSuites)[number];

/** Master key and salt of one direction, base64 (RFC 4568 §6.1 "inline"). Never logged. */
export interface MasterKey {
  suite: CryptoSuite;
  /** a=crypto's tag; 0 for keys of a DTLS handshake. */
  tag: number;
  inline: string;
}

/** How packets are encrypted from now on; both directions' keys are settled. */
export type Protection =
  { kind: 'none' } | { kind: 'sdes'; local: MasterKey; remote: MasterKey } | ({ kind: 'dtls' } & DtlsTerms);
