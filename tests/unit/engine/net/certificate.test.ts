import { describe, expect, it } from 'vitest';
import {
  faultOfCertificate,
  type CertificateDemands,
  type CertificateFacts,
} from '../../../../engine/net/certificate.ts';

const day = 86_400_000;
const now = Date.UTC(2026, 0, 15);
const fingerprint = Array.from({ length: 32 }, () => 'AB').join(':');

const facts = (change: Partial<CertificateFacts> = {}): CertificateFacts => ({
  fingerprint,
  subject: 'pbx.example.com',
  issuer: 'Example Authority',
  commonName: 'pbx.example.com',
  alternativeNames: 'DNS:pbx.example.com, IP Address:10.0.0.1, URI:sip:example.com',
  validFrom: now - day,
  validTo: now + day,
  ...change,
});
const demands = (change: Partial<CertificateDemands> = {}): CertificateDemands => ({
  names: ['pbx.example.com'],
  pins: [],
  chainFault: undefined,
  nowMs: now,
  ...change,
});

describe('the judgement of a certificate', () => {
  it.each([
    ['is signed and for the server', {}, {}, undefined],
    ['is for the address', {}, { names: ['10.0.0.1'] }, undefined],
    ['is for the SIP domain alone', {}, { names: ['sbc7.provider.net', 'example.com'] }, undefined],
    ['is for a wildcard', { alternativeNames: 'DNS:*.example.com' }, {}, undefined],
    ['names its host as common name only', { alternativeNames: '' }, {}, undefined],
    ['has expired', { validTo: now - 1 }, {}, 'it has expired'],
    [
      'has expired, and OpenSSL says so too',
      { validTo: now - 1 },
      { chainFault: 'CERT_HAS_EXPIRED' },
      'it has expired',
    ],
    ['is for next week', { validFrom: now + day }, {}, 'it is not valid yet'],
    ['is for another', {}, { names: ['evil.example.net'] }, 'it is for another name'],
    ['is for another address', {}, { names: ['10.0.0.2'] }, 'it is for another name'],
    ['signed itself', {}, { chainFault: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'nobody known signed it'],
    ['came from nowhere', {}, { chainFault: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' }, 'nobody known signed it'],
    [
      'has an authority of last year',
      {},
      { chainFault: 'CERT_HAS_EXPIRED' },
      'one of the certificates that vouch for it is out of date',
    ],
    ['was revoked', {}, { chainFault: 'CERT_REVOKED' }, 'it has been revoked'],
    ['is odd', {}, { chainFault: 'EE_KEY_TOO_SMALL' }, 'it cannot be verified (EE_KEY_TOO_SMALL)'],
    [
      'is wrong in two ways',
      {},
      { names: ['a.b'], chainFault: 'SELF_SIGNED_CERT_IN_CHAIN' },
      'it is for another name and nobody known signed it',
    ],
    [
      'is pinned, whatever else',
      { validTo: now - 1 },
      { names: ['a.b'], chainFault: 'CERT_REVOKED', pins: [fingerprint] },
      undefined,
    ],
    [
      'is pinned in small letters without colons',
      {},
      { chainFault: 'CERT_REVOKED', pins: ['ab'.repeat(32)] },
      undefined,
    ],
    ['resembles a pin', {}, { chainFault: 'CERT_REVOKED', pins: ['ab'.repeat(31)] }, 'it has been revoked'],
    [
      'meets an empty pin',
      { fingerprint: 'AB' },
      { chainFault: 'CERT_REVOKED', pins: [''] },
      'it has been revoked',
    ],
  ])('when it %s', (_when, ofCertificate, asked, fault) => {
    expect(faultOfCertificate(facts(ofCertificate), demands(asked))).toBe(fault);
  });
});
