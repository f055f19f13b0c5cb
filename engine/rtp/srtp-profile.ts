/** What each SRTP protection profile is made of: RFC 3711 with RFC 4568 §6.2, RFC 6188 §3 and RFC 7714 §12. */
import type { CryptoSuite } from './protection.ts';

export interface SrtpProfile {
  suite: CryptoSuite;
  /** Counter mode with HMAC-SHA1 beside it, or authenticated encryption in one. */
  mode: 'cm' | 'gcm';
  keyBytes: 16 | 32;
  saltBytes: 12 | 14;
  /** Of the tag on RTP packets. */
  rtpTagBytes: number;
  /** Of the tag on RTCP packets, which is never the short one (RFC 3711 §5.2, RFC 4568 §6.2.2). */
  rtcpTagBytes: number;
  /** Its number in the use_srtp extension of a DTLS handshake (RFC 5764 §4.1.2, RFC 7714 §14.2); null where it has none. */
  dtlsNumber: number | null;
}

const counterMode = { mode: 'cm', saltBytes: 14, rtcpTagBytes: 10 } as const;
const galoisMode = { mode: 'gcm', saltBytes: 12, rtpTagBytes: 16, rtcpTagBytes: 16 } as const;

/** By preference, the strongest first. */
export const srtpProfiles: readonly SrtpProfile[] = [
  { suite: 'AEAD_AES_256_GCM', ...galoisMode, keyBytes: 32, dtlsNumber: 0x0008 },
  { suite: 'AEAD_AES_128_GCM', ...galoisMode, keyBytes: 16, dtlsNumber: 0x0007 },
  { suite: 'AES_256_CM_HMAC_SHA1_80', ...counterMode, keyBytes: 32, rtpTagBytes: 10, dtlsNumber: null },
  { suite: 'AES_256_CM_HMAC_SHA1_32', ...counterMode, keyBytes: 32, rtpTagBytes: 4, dtlsNumber: null },
  { suite: 'AES_CM_128_HMAC_SHA1_80', ...counterMode, keyBytes: 16, rtpTagBytes: 10, dtlsNumber: 0x0001 },
  { suite: 'AES_CM_128_HMAC_SHA1_32', ...counterMode, keyBytes: 16, rtpTagBytes: 4, dtlsNumber: 0x0002 },
];

/** The profile of a suite's name in SDP; undefined for one that this phone does not speak. */
export function srtpProfileOf(suite: string): SrtpProfile | undefined {
  return srtpProfiles.find((profile) => profile.suite === suite);
}
