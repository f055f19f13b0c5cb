/**
 * a=fingerprint (RFC 8122) and a=setup (RFC 4145, RFC 5763 §5): the certificate that the far side will show in the handshake beside the
 * sound, and who begins that handshake.
 */
import type { Fingerprint } from '../../media/media-engine.ts';

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

export function writeFingerprint({ algorithm, value }: Fingerprint, setup: DtlsRole | 'actpass'): string[] {
  return [`a=fingerprint:${algorithm} ${value}`, `a=setup:${setup}`];
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
