/** Flows and instances (RFC 5626) and globally routable addresses (RFC 5627), with a registrar on a real TCP connection. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultSettings, type Settings } from '../../../../contract/settings.ts';
import { silentLogger } from '../../../../engine/log.ts';
import { createTransport } from '../../../../engine/sip/transport/create-transport.ts';
import type { PeerMessage } from '../../../support/sip-peer.ts';
import { streamPeer, type StreamPeer } from '../../../support/stream-peer.ts';
import { registrationIs, testAgent } from './support/test-agent.ts';

const instance = 'urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6';
const settings: Settings = { ...defaultSettings, instance_id: instance };

let registrar: StreamPeer;
const closers: (() => unknown)[] = [];
beforeEach(async () => {
  registrar = await streamPeer();
  closers.push(() => registrar.close());
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function registeredPhone(accept: (request: PeerMessage) => string[], used = settings) {
  registrar.onRequest = (request) => {
    if (request.method === 'REGISTER') registrar.reply(request, '200 OK', accept(request));
    else if (request.method !== 'ACK') registrar.reply(request, '486 Busy Here');
  };
  const transport = createTransport({
    protocol: 'TCP',
    nextHop: { kind: 'server', host: '127.0.0.1', port: registrar.port },
    keepaliveSeconds: 30,
    log: silentLogger,
  });
  const { agent } = testAgent(registrar.port, { transport, settings: () => used });
  closers.push(() => agent.close());
  await agent.start();
  await registrationIs(agent, 'registered');
  return agent;
}
const withoutOffer = (request: PeerMessage) => [`Contact: ${request.header('Contact')}`];
const sent = (method: string) => registrar.received.filter((request) => request.method === method);

describe('a registration', () => {
  it('names the instance and the flow, and what the phone can do with them', async () => {
    await registeredPhone(withoutOffer);
    const [request] = sent('REGISTER');
    expect(request?.header('Contact')).toMatch(
      new RegExp(
        `^<sip:1000@127\\.0\\.0\\.1:\\d+;transport=tcp>;\\+sip\\.instance="<${instance}>";reg-id=1;expires=120$`,
      ),
    );
    expect(request?.header('Supported')).toBe('path, outbound, gruu');
  });

  it('names none while the phone has none', async () => {
    await registeredPhone(withoutOffer, defaultSettings);
    expect(sent('REGISTER')[0]?.header('Contact')).toMatch(/transport=tcp>;expires=120$/);
  });
});

describe('a registrar that keeps flows', () => {
  it('is asked for a sign of life within its Flow-Timer', async () => {
    const agent = await registeredPhone((request) => [
      ...withoutOffer(request),
      'Require: outbound',
      'Flow-Timer: 1',
    ]);
    registrar.pongs = true;
    await expect.poll(() => registrar.pings, { timeout: 5_000 }).toBeGreaterThan(1);
    expect(agent.registration.state).toBe('registered');
  });

  it('sends along the flow of a dialog', async () => {
    const agent = await registeredPhone((request) => [...withoutOffer(request), 'Require: outbound']);
    agent.call('1001', { id: 'one', source: { kind: 'silence' }, sink: { kind: 'none' } });
    await expect.poll(() => sent('INVITE')[0]?.header('Contact')).toMatch(/;transport=tcp;ob>$/);
  });
});

describe('a globally routable address', () => {
  it('is our Contact in calls once the registrar has given one, and never in a REGISTER', async () => {
    const gruu = 'sip:1000@example.com;gr=urn:uuid:f81d4fae';
    const agent = await registeredPhone((request) => [
      `Contact: ${request.header('Contact')};pub-gruu="${gruu}";temp-gruu="sip:x7@example.com;gr"`,
    ]);
    agent.call('1001', { id: 'one', source: { kind: 'silence' }, sink: { kind: 'none' } });
    await expect.poll(() => sent('INVITE')[0]?.header('Contact')).toBe(`<${gruu}>`);
    agent.register();
    await expect.poll(() => sent('REGISTER').length).toBe(2);
    expect(sent('REGISTER')[1]?.header('Contact')).not.toContain('gr=');
  });
});
