/**
 * a=fingerprint (RFC 8122), a=setup (RFC 4145, RFC 5763 §5) and a=tls-id (RFC 8842 §4): the certificate that the far side will show in
 * the handshake beside the sound, who begins that handshake, and a name for what comes of it, so that it can be begun anew.
 */
import type { Fingerprint } from '../../rtp/dtls-terms.ts';

export type DtlsRole = 'active' | 'passive';

const fingerprintPattern = /^(\S+) ((?:[0-9A-Fa-f]{2}:)+[0-9A-Fa-f]{2})\s*$/;

/** Values of a=fingerprint; unreadable ones are left out. */
export function readFingerprints(values: readonly string[]): Fingerprint[] {
  return values.flatMap((value) => {
    const [, algorithm, digits] = fingerprintPattern.exec(value) ?? [];
    if (algorithm === undefined || digits === undefined) return [];
    return [{ algorithm: algorithm.toLowerCase(), value: digits.toUpperCase() }];
  });
}

/** `tlsId`: null in the answer to an offer without one (RFC 8842 §5.3). */
export function writeFingerprint(
  { algorithm, value }: Fingerprint,
  setup: DtlsRole | 'actpass',
  tlsId: string | null,
): string[] {
  const lines = [`a=fingerprint:${algorithm} ${value}`, `a=setup:${setup}`];
  return tlsId === null ? lines : [...lines, `a=tls-id:${tlsId}`];
}

const tlsIdPattern = /^[A-Za-z0-9+/_-]{20,255}$/;

/** Values of a=tls-id; null where there is none that makes sense. */
export function readTlsId([value]: readonly string[]): string | null {
  const text = value?.trim() ?? '';
  return tlsIdPattern.test(text) ? text : null;
}

/**
 * Our role when the far side offers `setup`. Whoever may choose keeps the role that it has, else begins the handshake, because the
 * offer may not have been answered yet at the other end (RFC 5763 §5). Undefined for "holdconn": no handshake at all.
 */
export function roleInAnswer(setup: string | undefined, present: DtlsRole | undefined): DtlsRole | undefined {
  if (setup === 'actpass') return present ?? 'active';
  if (setup === 'passive') return 'active';
  // RFC 4145 §4: an offer without a=setup is active.
  return setup === 'active' || setup === undefined ? 'passive' : undefined;
}

/** Our role when the far side has answered `setup` to our "actpass". */
export function roleAfterAnswer(setup: string | undefined): DtlsRole | undefined {
  if (setup === 'active') return 'passive';
  return setup === 'passive' || setup === undefined ? 'active' : undefined;
}
