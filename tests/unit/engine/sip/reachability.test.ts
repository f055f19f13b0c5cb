/** "You can be called", proven on the wire towards peers by hand. */
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../engine/log.ts';
import { Reachability } from '../../../../engine/sip/reachability.ts';
import type { RoundTripOutcome } from '../../../../engine/sip/round-trip.ts';
import { createHandClock } from '../../../support/hand-clock.ts';
import type { PeerMessage, SipPeer } from '../../../support/sip-peer.ts';
import { peerRequest, sipPeer } from '../../../support/sip-peer.ts';
import { registrationIs, testAgent } from './support/test-agent.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A registered account at a peer that answers further requests as the test says. */
async function registered(answer: (request: PeerMessage, peer: SipPeer) => void) {
  const peer = await sipPeer();
  ends.push(() => peer.close());
  peer.onRequest = (request) => {
    if (request.method === 'REGISTER') peer.reply(request, '200 OK');
    else answer(request, peer);
  };
  const { agent } = testAgent(peer.port);
  ends.push(() => agent.close());
  await agent.start();
  await registrationIs(agent, 'registered');
  return { peer, agent };
}

function notify(peer: SipPeer, subscribe: PeerMessage): void {
  const uri = /<([^>]+)>/.exec(subscribe.header('Contact'))?.[1] ?? '';
  const headers = [
    'Event: message-summary',
    'Subscription-State: active;expires=60',
    `From: ${subscribe.header('To')};tag=notifier`,
  ];
  const toTag = /;tag=([^;>\s]+)/.exec(subscribe.header('From'))?.[1] ?? '';
  const callId = subscribe.header('Call-ID');
  const request = peerRequest({
    method: 'NOTIFY',
    uri,
    peerPort: peer.port,
    callId,
    cseq: 1,
    branch: `n${callId}`,
    toTag,
    headers,
  });
  peer.send(request, '', subscribe.source);
}

describe('an account', () => {
  it('is unproven at first, and proven by the NOTIFY of a subscription that it ends at once', async () => {
    const { peer, agent } = await registered((request, there) => {
      there.reply(request, '200 OK', ['Expires: 60']);
      if (request.method === 'SUBSCRIBE') notify(there, request);
    });
    expect(agent.reachable).toEqual({ state: 'unknown', provenAt: null, sentence: 'Not known yet.' });
    const before = Date.now();
    await agent.prove();
    expect(agent.reachable.state).toBe('proven');
    expect(agent.reachable.provenAt).toBeGreaterThanOrEqual(before);
    const fetch = await peer.waitFor(({ method, status }) => method === 'SUBSCRIBE' && status === 0);
    expect(fetch.header('Event')).toBe('message-summary');
    const answer = await peer.waitFor(({ method, status }) => method === 'NOTIFY' && status > 0);
    // Which ends the subscription.
    expect(answer.status).toBe(481);
  });

  it('is proven by its own OPTIONS that the proxy brings back, where there is no mailbox', async () => {
    const { agent, peer } = await registered((request, there) => {
      if (request.method !== 'OPTIONS') return there.reply(request, '404 Not Found');
      const via = `Via: SIP/2.0/UDP 127.0.0.1:${there.port};branch=z9hG4bKforwarded`;
      const [startLine = '', ...lines] = (request.text.split('\r\n\r\n')[0] ?? '').split('\r\n');
      there.send(
        [startLine, via, ...lines.filter((line) => !/^content-length/i.test(line))],
        '',
        request.source,
      );
    });
    const proven = agent.prove();
    await peer.waitFor(({ method, status }) => method === 'OPTIONS' && status === 200);
    await proven;
    expect(agent.reachable.state).toBe('proven');
  });

  it('is proven by a check that the PBX makes by itself, without anything being asked', async () => {
    const { agent, peer } = await registered((request, there) => there.reply(request, '404 Not Found'));
    const [register] = peer.received;
    const uri = /<([^>]+)>/.exec(register?.header('Contact') ?? '')?.[1] ?? '';
    const lines = peerRequest({
      method: 'OPTIONS',
      uri,
      peerPort: peer.port,
      callId: 'q',
      cseq: 1,
      branch: 'q',
    });
    peer.send(lines, '', register?.source ?? { address: '', port: 0 });
    await expect.poll(() => agent.reachable.state).toBe('proven');
    expect(peer.received.filter(({ method, status }) => method === 'SUBSCRIBE' && status === 0)).toEqual([]);
  });

  it('cannot be proven where the PBX answers everything itself', async () => {
    const { agent } = await registered((request, there) =>
      there.reply(request, request.method === 'OPTIONS' ? '200 OK' : '489 Bad Event'),
    );
    await agent.prove();
    expect(agent.reachable.sentence).toBe('This PBX offers no way to prove it before somebody calls.');
  });
});

describe('a proof', () => {
  it('is sought again after five minutes, and what fails twice is failed', async () => {
    const clock = createHandClock();
    const outcomes: RoundTripOutcome[] = ['returned', 'lost', 'lost', 'returned'];
    const often: boolean[] = [];
    const reachability = new Reachability({
      roundTrip: { ask: async () => outcomes.shift() ?? 'inconclusive', close: () => undefined },
      keepOpen: (wanted) => often.push(wanted),
      onChanged: () => undefined,
      clock,
      now: () => 1_000 + clock.nowMs(),
      log: silentLogger,
    });
    const pass = async (byMs: number) => {
      clock.advance(byMs);
      await new Promise<void>((resolve) => setImmediate(resolve));
      return reachability.snapshot.state;
    };
    const registration = { status: 200, reason: 'Ready', error: null, retryAt: null };
    reachability.follow({ ...registration, state: 'registered', since: 1 });
    expect(await pass(2_000)).toBe('proven');
    expect(reachability.snapshot.provenAt).toBe(3_000);
    expect(await pass(300_000)).toBe('proven');
    expect(await pass(10_000)).toBe('failed');
    expect(await pass(60_000)).toBe('proven');
    expect(often).toEqual([true, false]);
    reachability.follow({ ...registration, state: 'failed', since: 1 });
    expect(reachability.snapshot.sentence).toBe('');
    expect(clock.pending).toBe(0);
  });
});
