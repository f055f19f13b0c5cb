import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fitsFingerprint, makeDtlsCertificate } from '../../../../engine/rtp/dtls-certificate.ts';

const now = Date.UTC(2026, 10, 21, 12);

describe('the certificate for DTLS-SRTP', () => {
  const { certificate, privateKey, fingerprint } = makeDtlsCertificate(now);
  const parsed = new X509Certificate(certificate);

  it('is one that others can read: self-signed, on P-256, valid from yesterday on for a year', () => {
    expect(parsed.subject).toBe('CN=sidetone');
    expect(parsed.issuer).toBe('CN=sidetone');
    expect(parsed.verify(parsed.publicKey)).toBe(true);
    expect(parsed.checkPrivateKey(privateKey)).toBe(true);
    expect(parsed.publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: 'prime256v1' });
    expect(Date.parse(parsed.validFrom)).toBe(now - 86_400_000);
    expect(Date.parse(parsed.validTo)).toBe(now + 366 * 86_400_000);
  });

  it('lasts into the years that need another form of date', () => {
    const late = new X509Certificate(makeDtlsCertificate(Date.UTC(2049, 11, 1)).certificate);
    expect(late.validFrom).toBe('Nov 30 00:00:00 2049 GMT');
    expect(late.validTo).toBe('Dec  2 00:00:00 2050 GMT');
  });

  it('is told by its fingerprint, among others, and by no hash that can be forged', () => {
    expect(fingerprint).toEqual({ algorithm: 'sha-256', value: parsed.fingerprint256 });
    const other = { algorithm: 'sha-256', value: fingerprint.value.replace(/^../, '00') };
    expect(fitsFingerprint(certificate, [other, fingerprint])).toBe(true);
    expect(fitsFingerprint(certificate, [other])).toBe(false);
    expect(fitsFingerprint(certificate, [{ algorithm: 'sha-1', value: parsed.fingerprint }])).toBe(false);
    expect(fitsFingerprint(certificate, [])).toBe(false);
  });

  it('is another one each time', () => {
    expect(makeDtlsCertificate(now).fingerprint).not.toEqual(fingerprint);
  });
});
