/** A server in two places (RFC 3263 §4.3): a real DNS server, real registrars that stop and come back. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../engine/log.ts';
import { createTransport } from '../../../../engine/sip/transport/create-transport.ts';
import { namesFrom } from '../../../../engine/sip/transport/domain-names.ts';
import { systemClock } from '../../../../engine/net/clock.ts';
import type { SipTransport } from '../../../../engine/sip/transport/transport.ts';
import { dnsServer, type DnsServer } from '../../../support/dns-server.ts';
import { sipPeer, type SipPeer } from '../../../support/sip-peer.ts';
import { streamPeer, type StreamPeer } from '../../../support/stream-peer.ts';
import { registrationIs, testAgent } from './support/test-agent.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
let dns: DnsServer;
/** Added to the clock, to make pauses end. */
let aheadMs = 0;
beforeEach(async () => {
  aheadMs = 0;
  dns = await dnsServer({ 'host.test': [{ type: 'A', address: '127.0.0.1' }] });
  closers.push(() => dns.close());
});

function announce(service: string, ports: number[]): void {
  const records = ports.map((port, index) => ({
    ...{ type: 'SRV' as const, priority: index, weight: 0, port, target: 'host.test' },
  }));
  dns.records.set(`${service}.example.test`, records);
}

function transportTo(protocol: 'UDP' | 'TCP' | 'auto'): SipTransport {
  const clock = { ...systemClock, nowMs: () => systemClock.nowMs() + aheadMs };
  const transport = createTransport(
    {
      protocol,
      nextHop: { kind: 'server', host: 'example.test', port: undefined },
      keepaliveSeconds: 0,
      log: silentLogger,
    },
    { names: namesFrom(dns.address), clock },
  );
  closers.push(() => transport.close());
  return transport;
}

async function registeredPhone(protocol: 'UDP' | 'TCP') {
  const transport = transportTo(protocol);
  const account = {
    ...{ id: 'account', user: '1000', displayName: '', server: 'example.test', domain: 'example.test' },
    registerExpires: 120,
  };
  const { agent } = testAgent(0, { account, transport });
  closers.push(() => agent.close());
  await agent.start();
  await registrationIs(agent, 'registered');
  return { agent, transport };
}

async function datagramServer(): Promise<SipPeer> {
  const peer = await sipPeer();
  peer.onRequest = (request) => peer.reply(request, '200 OK');
  return peer;
}
async function streamServer(port = 0): Promise<StreamPeer> {
  const peer = await streamPeer({ port });
  peer.onRequest = (request) => peer.reply(request, '200 OK');
  closers.push(() => peer.close());
  return peer;
}

describe('a server in two places', () => {
  it('is used where DNS prefers it', async () => {
    const [first, second] = [await datagramServer(), await datagramServer()];
    closers.push(
      () => first.close(),
      () => second.close(),
    );
    announce('_sip._udp', [first.port, second.port]);
    await registeredPhone('UDP');
    expect(first.received.map(({ method }) => method)).toEqual(['REGISTER']);
    expect(second.received).toEqual([]);
  });

  it('is used in its second place when nobody listens in the first (UDP)', async () => {
    const [first, second] = [await datagramServer(), await datagramServer()];
    closers.push(() => second.close());
    await first.close();
    announce('_sip._udp', [first.port, second.port]);
    const { transport } = await registeredPhone('UDP');
    expect(transport.remote?.port).toBe(second.port);
  });

  it('is used in its second place when the first cannot serve (503), and in the first again once that is back', async () => {
    const [first, second] = [await datagramServer(), await datagramServer()];
    closers.push(
      () => first.close(),
      () => second.close(),
    );
    announce('_sip._udp', [first.port, second.port]);
    first.onRequest = (request) => first.reply(request, '503 Service Unavailable', ['Retry-After: 60']);
    const { agent, transport } = await registeredPhone('UDP');
    expect(transport.remote?.port).toBe(second.port);

    first.onRequest = (request) => first.reply(request, '200 OK');
    agent.register();
    await second.waitFor(() => second.received.length === 2);
    expect(first.received.filter(({ method }) => method === 'OPTIONS')).toEqual([]);

    aheadMs = 61_000;
    agent.register();
    await first.waitFor(({ method }) => method === 'OPTIONS');
    await first.waitFor(() => first.received.filter(({ method }) => method === 'REGISTER').length === 2);
    expect(transport.remote?.port).toBe(first.port);
  });

  it('is used in its second place when the first breaks the connection and takes no other (TCP)', async () => {
    const [first, second] = [await streamServer(), await streamServer()];
    announce('_sip._tcp', [first.port, second.port]);
    const { agent, transport } = await registeredPhone('TCP');
    expect(transport.remote?.port).toBe(first.port);
    await first.close();
    await registrationIs(agent, 'failed');
    await registrationIs(agent, 'registered');
    expect(transport.remote?.port).toBe(second.port);

    await streamServer(first.port);
    aheadMs = 31_000;
    agent.register();
    await expect.poll(() => transport.remote?.port, { timeout: 5000 }).toBe(first.port);
    await registrationIs(agent, 'registered');
    await expect.poll(() => second.connections.length).toBe(0);
  });

  it('is used in its first place again after a time without any network', async () => {
    const [first, second] = [await streamServer(), await streamServer()];
    announce('_sip._tcp', [first.port, second.port]);
    const { agent, transport } = await registeredPhone('TCP');
    await Promise.all([first.close(), second.close()]);
    await registrationIs(agent, 'failed');
    await expect(transport.connect()).rejects.toMatchObject({ error: { code: 'server.refused' } });
    await streamServer(first.port);
    await streamServer(second.port);
    agent.register();
    await registrationIs(agent, 'registered', 10_000);
    expect(transport.remote?.port).toBe(first.port);
  });

  it('tells which transport DNS has chosen', async () => {
    const server = await streamServer();
    announce('_sip._tcp', [server.port]);
    const transport = transportTo('auto');
    await transport.connect();
    expect(transport.protocol).toBe('TCP');
  });
});
