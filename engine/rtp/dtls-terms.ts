/** What SDP settles before a handshake: who begins it, whom it must prove, and which one it is (RFC 5763 §5, RFC 8842). */

/** Fingerprint of a certificate as in a=fingerprint (RFC 8122). */
export interface Fingerprint {
  algorithm: string;
  /** `AB:CD:…` */
  value: string;
}

export interface DtlsTerms {
  /** `active` sends the ClientHello. */
  role: 'active' | 'passive';
  /** Of the far side's certificate. */
  fingerprints: readonly Fingerprint[];
  /** a=tls-id of both sides; null where the far side has none. */
  tlsIds: { local: string; remote: string | null };
}

/** True where what is agreed goes on: another handshake is due for another role, certificate or a=tls-id, and for nothing else (RFC 8842 §3.1). */
export function isSameAssociation(one: DtlsTerms, other: DtlsTerms): boolean {
  const [before, now] = [one.tlsIds, other.tlsIds];
  // Whoever answers an offer without a=tls-id leaves it out as well, and names it in an offer of its own.
  const isSameName = before.remote === null || now.remote === null || before.remote === now.remote;
  return (
    one.role === other.role &&
    before.local === now.local &&
    isSameName &&
    isAlike(one.fingerprints, other.fingerprints)
  );
}

/** Their order means nothing. */
const isAlike = (one: readonly Fingerprint[], other: readonly Fingerprint[]) =>
  one.length === other.length &&
  one.every(({ algorithm, value }) =>
    other.some((each) => each.algorithm === algorithm && each.value === value),
  );
