import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  answerChallenge,
  digestResponse,
  makeChallenge,
  parseAuthorization,
  parseChallenges,
  strongestChallenge,
  verifyAuthorization,
} from '../../../../engine/sip/digest.ts';
import type { QualityOfProtection } from '../../../../engine/sip/digest.ts';

const request = { method: 'GET', uri: '/dir/index.html' };

describe('the digest vectors of the RFCs', () => {
  it('RFC 2617 §3.5: MD5 with qop auth', () => {
    const response = digestResponse({
      algorithm: 'MD5',
      user: 'Mufasa',
      realm: 'testrealm@host.com',
      password: 'Circle Of Life',
      nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
      request,
      protection: { qop: 'auth', nonceCount: '00000001', cnonce: '0a4f113b' },
    });
    expect(response).toBe('6629fae49393a05397450978507c4ef1');
  });

  it.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ] as const)('RFC 7616 §3.9.1: %s', (algorithm, expected) => {
    const response = digestResponse({
      algorithm,
      user: 'Mufasa',
      realm: 'http-auth@example.org',
      password: 'Circle of Life',
      nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
      request,
      protection: {
        qop: 'auth',
        nonceCount: '00000001',
        cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
      },
    });
    expect(response).toBe(expected);
  });

  it('RFC 2069 §2.4, as corrected: no qop', () => {
    const response = digestResponse({
      algorithm: 'MD5',
      user: 'Mufasa',
      realm: 'testrealm@host.com',
      password: 'CircleOfLife',
      nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
      request,
    });
    expect(response).toBe('1949323746fe6a43ef61f9606e7febea');
  });
});

describe('challenges', () => {
  it('are read from several headers and from one header that holds several', () => {
    const challenges = parseChallenges([
      'Digest realm="a, \\"b\\"", nonce="n1", algorithm=SHA-256, qop="auth,auth-int", opaque="", stale=true',
      'Basic realm="x", Digest realm="c", nonce=n2, Digest realm="d", nonce="n3", algorithm=ROT13',
    ]);
    expect(challenges).toEqual([
      {
        realm: 'a, "b"',
        nonce: 'n1',
        algorithm: 'SHA-256',
        qop: ['auth', 'auth-int'],
        opaque: '',
        stale: true,
      },
      { realm: 'c', nonce: 'n2', algorithm: 'MD5', qop: [], opaque: undefined, stale: false },
    ]);
  });

  it('are answered by the strongest algorithm whatever their order', () => {
    const challenges = parseChallenges([
      'Digest realm="r", nonce="n", algorithm=MD5',
      'Digest realm="r", nonce="n", algorithm=SHA-512-256',
      'Digest realm="r", nonce="n", algorithm=SHA-256',
    ]);
    expect(strongestChallenge(challenges)?.algorithm).toBe('SHA-512-256');
    expect(strongestChallenge([])).toBeUndefined();
  });

  it('never throw, whatever a server writes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(Array.isArray(parseChallenges([text, `Digest ${text}`]))).toBe(true);
        parseAuthorization(`Digest ${text}`);
      }),
    );
  });
});

describe('an answer', () => {
  const algorithms = ['MD5', 'MD5-sess', 'SHA-256', 'SHA-256-sess', 'SHA-512-256'] as const;
  it.each(
    algorithms.flatMap((algorithm) =>
      ([[], ['auth'], ['auth-int']] as QualityOfProtection[][]).map((qop) => [algorithm, qop] as const),
    ),
  )('by %s with qop %s is verified with the password, and only with it', (algorithm, qop) => {
    const challenge = makeChallenge({ realm: 'pbx "1"', nonce: 'n', opaque: 'o', algorithm, qop });
    const [read] = parseChallenges([challenge]);
    if (read === undefined) throw new Error('unreadable');
    const answer = answerChallenge({
      challenge: read,
      user: 'a"nna',
      password: 'sécret',
      request: { method: 'INVITE', uri: 'sip:1@pbx', body: 'v=0' },
      nonceCount: 17,
      cnonce: 'c',
    });
    const authorization = parseAuthorization(answer);
    if (authorization === undefined) throw new Error('unreadable');
    expect(authorization).toMatchObject({ user: 'a"nna', realm: 'pbx "1"', nonce: 'n' });
    expect(authorization.nonceCount).toBe(qop.length === 0 ? 0 : 17);
    const invite = { method: 'INVITE', body: 'v=0' };
    expect(verifyAuthorization(authorization, invite, 'sécret')).toBe(true);
    expect(verifyAuthorization(authorization, invite, 'secret')).toBe(false);
    expect(verifyAuthorization(authorization, { ...invite, method: 'BYE' }, 'sécret')).toBe(false);
    const otherBody = verifyAuthorization(authorization, { ...invite, body: 'v=1' }, 'sécret');
    expect(otherBody).toBe(qop[0] !== 'auth-int');
  });
});
