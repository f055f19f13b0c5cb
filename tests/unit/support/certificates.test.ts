import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestAuthority } from '../../support/certificates.ts';

let authority: TestAuthority;
beforeAll(async () => {
  authority = await TestAuthority.create();
});
afterAll(() => authority.close());

describe('an authority of the tests', () => {
  it('signs a certificate for the names and addresses that were asked for, and for no others', async () => {
    const issued = await authority.issue({ hosts: ['pbx.test', '127.0.0.1', '::1'] });
    const certificate = new X509Certificate(issued.certificate);
    expect(certificate.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
    expect(certificate.checkHost('pbx.test')).toBe('pbx.test');
    expect(certificate.checkHost('other.test')).toBeUndefined();
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(certificate.checkIP('::1')).toBe('::1');
    expect(Date.parse(certificate.validTo)).toBeGreaterThan(Date.now());
  });

  it('makes an expired one as well', async () => {
    const issued = await authority.issue({ hosts: ['pbx.test'], expired: true });
    expect(Date.parse(new X509Certificate(issued.certificate).validTo)).toBeLessThan(Date.now());
  });
});
