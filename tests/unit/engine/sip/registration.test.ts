import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../../contract/secret.ts';
import { makeChallenge, parseAuthorization, verifyAuthorization } from '../../../../engine/sip/digest.ts';
import type { PeerMessage, SipPeer } from '../../../support/sip-peer.ts';
import { sipPeer } from '../../../support/sip-peer.ts';
import type { TestAgent } from './support/test-agent.ts';
import { registrationIs, testAgent, testPassword } from './support/test-agent.ts';

let peer: SipPeer;
let agents: TestAgent[];
const begin = (...options: Parameters<typeof testAgent> extends [number, ...infer R] ? R : never) => {
  const made = testAgent(peer.port, ...options);
  agents.push(made);
  return made;
};

beforeEach(async () => {
  peer = await sipPeer();
  agents = [];
});
afterEach(async () => {
  peer.onRequest = (request) => peer.reply(request, '200 OK');
  await Promise.all(agents.map(({ agent }) => agent.close()));
  await peer.close();
});

const registers = () => peer.received.filter(({ method }) => method === 'REGISTER');

/** A registrar that challenges what carries no right answer, and lists the contact with its lifetime. */
function registrar(nonces: Set<string>, challenges: (nonce: string, stale: boolean) => string[]) {
  let count = 0;
  const challenge = (request: PeerMessage, stale: boolean) => {
    const nonce = `nonce-${(count += 1)}`;
    nonces.add(nonce);
    peer.reply(
      request,
      '401 Unauthorized',
      challenges(nonce, stale).map((value) => `WWW-Authenticate: ${value}`),
    );
  };
  return (request: PeerMessage) => {
    if (request.method !== 'REGISTER') return;
    const authorization = parseAuthorization(request.header('Authorization'));
    if (authorization === undefined) return challenge(request, false);
    if (!verifyAuthorization(authorization, { method: 'REGISTER' }, testPassword))
      return challenge(request, false);
    if (!nonces.has(authorization.nonce)) return challenge(request, true);
    const [contact = ''] = request.all('Contact');
    peer.reply(request, '200 OK', [`Contact: ${contact.replace(/;expires=\d+/, ';expires=90')}`]);
  };
}
const md5 = (nonce: string, stale: boolean) => [makeChallenge({ realm: 'pbx', nonce, stale })];

describe('registration', () => {
  it('answers a digest challenge and is registered', async () => {
    peer.onRequest = registrar(new Set(), md5);
    const { agent } = begin();
    await agent.start();
    const snapshot = await registrationIs(agent, 'registered');
    expect(snapshot).toMatchObject({ status: 200, reason: 'Ready', error: null });
    expect(registers()).toHaveLength(2);
    const [first, second] = registers();
    expect(second?.header('Call-ID')).toBe(first?.header('Call-ID'));
    expect(Number.parseInt(second?.header('CSeq') ?? '')).toBe(
      Number.parseInt(first?.header('CSeq') ?? '') + 1,
    );
    expect(second?.header('Contact')).toMatch(/^<sip:1000@127\.0\.0\.1:\d+>;expires=120$/);
  });

  it('renews soon after a sleep in which timers stood still', async () => {
    let sleptMs = 0;
    peer.onRequest = registrar(new Set(), md5);
    const { agent } = begin({ now: () => Date.now() + sleptMs });
    await agent.start();
    await registrationIs(agent, 'registered');
    const before = registers().length;
    sleptMs = 3_600_000;
    await expect.poll(() => registers().length, { timeout: 5_000 }).toBe(before + 1);
  });

  it('sends no flood when a registrar grants more than a timer can count', async () => {
    peer.onRequest = (request) =>
      peer.reply(request, '200 OK', [
        `Contact: ${request.header('Contact')?.replace(/;.*/, '')};expires=4294967295`,
      ]);
    const { agent } = begin();
    await agent.start();
    await registrationIs(agent, 'registered');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(registers()).toHaveLength(1);
  });

  it('needs no challenge for the next request: one transaction with the next nonce count', async () => {
    peer.onRequest = registrar(new Set(), md5);
    const { agent } = begin();
    await agent.start();
    await registrationIs(agent, 'registered');
    agent.unregister();
    await registrationIs(agent, 'off');
    expect(registers()).toHaveLength(3);
    const last = registers()[2];
    expect(parseAuthorization(last?.header('Authorization') ?? '')?.nonceCount).toBe(2);
    expect(last?.header('Expires')).toBe('0');
  });

  it('takes a stale nonce for what it is and registers with the new one', async () => {
    const nonces = new Set<string>();
    peer.onRequest = registrar(nonces, md5);
    const { agent } = begin();
    await agent.start();
    await registrationIs(agent, 'registered');
    nonces.clear();
    agent.register();
    await peer.waitFor(({ text }) => text.includes('nonce="nonce-2"') && text.startsWith('REGISTER'));
    expect(agent.registration.state).toBe('registered');
  });

  it('answers the strongest of several challenges', async () => {
    peer.onRequest = registrar(new Set(), (nonce) => [
      makeChallenge({ realm: 'pbx', nonce, algorithm: 'SHA-256' }),
      makeChallenge({ realm: 'pbx', nonce, algorithm: 'MD5' }),
      'Bearer realm="elsewhere"',
    ]);
    const { agent } = begin();
    await agent.start();
    await registrationIs(agent, 'registered');
    expect(parseAuthorization(registers()[1]?.header('Authorization') ?? '')?.algorithm).toBe('SHA-256');
  });

  it('says that the password is wrong after one try and does not storm the server', async () => {
    peer.onRequest = registrar(new Set(), md5);
    const { agent } = begin({ password: async () => new Secret('wrong') });
    await agent.start();
    const snapshot = await registrationIs(agent, 'failed');
    expect(snapshot.error?.code).toBe('registration.password');
    expect(snapshot.status).toBe(401);
    expect((snapshot.retryAt ?? 0) - Date.now()).toBeGreaterThan(29_000);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(registers()).toHaveLength(2);
  });

  it('says that there is no password', async () => {
    peer.onRequest = registrar(new Set(), md5);
    const { agent } = begin({ password: async () => undefined });
    await agent.start();
    expect((await registrationIs(agent, 'failed')).error?.code).toBe('registration.no-password');
  });

  it.each([
    ['404 Not Found', 'registration.unknown-user'],
    ['403 Forbidden', 'registration.refused'],
    ['503 Service Unavailable', 'registration.refused'],
  ])('a %s is %s', async (status, code) => {
    peer.onRequest = (request) => peer.reply(request, status, ['Retry-After: 120 (maintenance)']);
    const { agent } = begin();
    await agent.start();
    const snapshot = await registrationIs(agent, 'failed');
    expect(snapshot.error?.code).toBe(code);
    expect((snapshot.retryAt ?? 0) - Date.now()).toBeGreaterThan(119_000);
  });

  it('asks for the longer lifetime that the registrar wants', async () => {
    peer.onRequest = (request) => {
      if (request.header('Expires') === '120')
        return peer.reply(request, '423 Interval Too Brief', ['Min-Expires: 600']);
      peer.reply(request, '200 OK', [`Contact: ${request.header('Contact')}`]);
    };
    const { agent } = begin();
    await agent.start();
    await registrationIs(agent, 'registered');
    expect(registers()[1]?.header('Expires')).toBe('600');
  });

  it('is registered by a 200 that lists no contact', async () => {
    peer.onRequest = (request) => peer.reply(request, '200 OK');
    const { agent } = begin();
    await agent.start();
    await registrationIs(agent, 'registered');
  });

  it('fails at once, with the reason, when nobody listens at the port', async () => {
    const nobody = await sipPeer();
    await nobody.close();
    const made = testAgent(nobody.port);
    agents.push(made);
    await made.agent.start();
    const snapshot = await registrationIs(made.agent, 'failed');
    expect(['server.refused', 'server.unreachable']).toContain(snapshot.error?.code);
  });

  it('leaves neither password nor credentials in the log', async () => {
    peer.onRequest = registrar(new Set(), md5);
    const { agent, log } = begin();
    await agent.start();
    await registrationIs(agent, 'registered');
    const text = log.join('\n');
    expect(text).toContain('REGISTER sip:127.0.0.1');
    expect(text).toMatch(/^Authorization: \[redacted\]$/m);
    expect(text).not.toContain(testPassword);
    const response = parseAuthorization(registers()[1]?.header('Authorization') ?? '')?.response ?? 'none';
    expect(response).toHaveLength(32);
    expect(text).not.toContain(response);
  });
});
