/** A form tried out against real servers of every temper. */
import { createSocket } from 'node:dgram';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../contract/secret.ts';
import { accountSettings, type AccountSettings } from '../../../contract/settings.ts';
import { checkAccountForm } from '../../../engine/account-check.ts';
import { silentLogger } from '../../../engine/log.ts';
import { makeChallenge, parseAuthorization, verifyAuthorization } from '../../../engine/sip/digest.ts';
import { TestAuthority } from '../../support/certificates.ts';
import { sipPeer, type SipPeer } from '../../support/sip-peer.ts';
import { streamPeer } from '../../support/stream-peer.ts';

let server: SipPeer;
const closers: (() => unknown)[] = [];
beforeEach(async () => {
  server = await sipPeer();
  closers.push(() => server.close());
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const form = (change: Partial<AccountSettings> = {}) =>
  accountSettings.parse({
    ...{ id: 'check', label: '', kind: 'sip', user: '1000', server: '127.0.0.1', port: server.port },
    ...change,
  });
const check = (change: Partial<AccountSettings> = {}, password?: string) =>
  checkAccountForm(form(change), password === undefined ? undefined : new Secret(password), silentLogger);

/** Knows 1000 with the password "right". */
function answerLikeARegistrar(): void {
  server.onRequest = (request) => {
    if (!request.header('To').includes('1000@')) return server.reply(request, '404 Not Found');
    const authorization = parseAuthorization(request.header('Authorization'));
    const proven =
      authorization !== undefined &&
      authorization.user === '1000' &&
      verifyAuthorization(authorization, { method: 'REGISTER' }, 'right');
    if (proven) return server.reply(request, '200 OK');
    const challenge = makeChallenge({ realm: 'test', nonce: 'abc', algorithm: 'SHA-256' });
    server.reply(request, '401 Unauthorized', [`WWW-Authenticate: ${challenge}`]);
  };
}

describe('the live check of an account', () => {
  it('finds every field good, and has registered nothing', async () => {
    answerLikeARegistrar();
    expect(await check({}, 'right')).toEqual({
      server: { state: 'good', sentence: '127.0.0.1 answers.' },
      transport: { state: 'good', sentence: 'UDP.' },
      user: { state: 'good', sentence: '127.0.0.1 knows 1000.' },
      password: { state: 'good', sentence: 'The password is right.' },
      certificate: null,
    });
    expect(server.received.flatMap((request) => request.all('Contact'))).toEqual([]);
  });

  it.each([
    ['a wrong password', {}, 'wrong', { password: 'bad', user: 'unknown', server: 'good' }],
    ['no password where one is wanted', {}, undefined, { password: 'bad', user: 'unknown', server: 'good' }],
    ['an extension that is not there', { user: '1999' }, 'right', { user: 'bad', password: 'unknown' }],
    ['an authentication user that is wrong', { auth_user: 'other' }, 'right', { password: 'bad' }],
    [
      'a name that cannot be found',
      { server: 'pbx.invalid' },
      'right',
      { server: 'bad', transport: 'unknown' },
    ],
    ['a user that makes no address', { user: '50%' }, 'right', { server: 'bad' }],
  ] as const)('finds %s', async (_what, change, password, states) => {
    answerLikeARegistrar();
    const found = await check(change, password);
    for (const [field, state] of Object.entries(states))
      expect([field, found[field as keyof typeof states]]).toEqual([
        field,
        expect.objectContaining({ state }),
      ]);
  });

  it('finds that nobody listens there, over UDP and over TCP', async () => {
    const free = createSocket('udp4');
    await new Promise<void>((resolve) => free.bind(0, '127.0.0.1', resolve));
    const { port } = free.address();
    await new Promise<void>((resolve) => free.close(() => resolve()));
    for (const transport of ['udp', 'tcp'] as const)
      expect(await check({ port, transport }, 'right')).toMatchObject({
        server: { state: 'good' },
        transport: { state: 'bad', sentence: `127.0.0.1 refuses connections on port ${port}.` },
      });
  });

  it('gives up on a server that is silent', async () => {
    expect(await check({}, 'right')).toMatchObject({
      transport: { state: 'bad', sentence: '127.0.0.1 does not answer over UDP.' },
      user: { state: 'unknown' },
    });
  });

  it('asks about a certificate', async () => {
    const authority = await TestAuthority.create();
    const secure = await streamPeer({ tls: await authority.issue({ hosts: ['127.0.0.1'] }) });
    closers.push(
      () => secure.close(),
      () => authority.close(),
    );
    secure.onRequest = (request) => secure.reply(request, '200 OK');
    const change = { transport: 'tls', port: secure.port } as const;
    expect(await check(change)).toMatchObject({
      server: { state: 'good' },
      transport: { state: 'bad' },
      certificate: { reason: 'nobody known signed it' },
    });
    expect(await check({ ...change, tls_ca: authority.certificate })).toMatchObject({
      transport: { state: 'good', sentence: 'TLS, encrypted.' },
      password: { sentence: 'No password is needed.' },
      certificate: null,
    });
  });
});
