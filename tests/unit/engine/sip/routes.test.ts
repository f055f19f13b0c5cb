/** The way of requests outside a dialog: outbound proxy and Service-Route. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sipPeer, type SipPeer } from '../../../support/sip-peer.ts';
import { registrationIs, testAgent } from './support/test-agent.ts';

let proxy: SipPeer;
beforeEach(async () => {
  proxy = await sipPeer();
});
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await proxy.close();
});

async function registeredPhone(headers: string[]) {
  proxy.onRequest = (request) => {
    if (request.method === 'REGISTER') proxy.reply(request, '200 OK', headers);
    else if (request.method !== 'ACK') proxy.reply(request, '486 Busy Here');
  };
  const { agent } = testAgent(proxy.port, {
    account: {
      ...{ id: 'account', user: '1000', displayName: '', server: '127.0.0.1', domain: 'example.com' },
      registerExpires: 120,
      route: ['<sip:127.0.0.1;lr>'],
    },
  });
  closers.push(() => agent.close());
  await agent.start();
  await registrationIs(agent, 'registered');
  agent.call('1001', { id: 'one', source: { kind: 'silence' }, sink: { kind: 'none' } });
  return proxy.waitFor(({ method }) => method === 'INVITE');
}

describe('requests outside a dialog', () => {
  it('go to the outbound proxy with a Route, addressed to the domain', async () => {
    const invite = await registeredPhone([]);
    expect(invite.startLine).toBe('INVITE sip:1001@example.com SIP/2.0');
    expect(invite.all('Route')).toEqual(['<sip:127.0.0.1;lr>']);
    expect(proxy.received[0]?.startLine).toBe('REGISTER sip:example.com SIP/2.0');
    expect(proxy.received[0]?.all('Route')).toEqual(['<sip:127.0.0.1;lr>']);
  });

  it('follow the Service-Route of the registrar, behind the outbound proxy (RFC 3608)', async () => {
    const invite = await registeredPhone([
      'Service-Route: <sip:home.example.com;lr>',
      'Service-Route: <sip:feature.example.com;lr>',
    ]);
    expect(invite.all('Route').join(', ')).toBe(
      '<sip:127.0.0.1;lr>, <sip:home.example.com;lr>, <sip:feature.example.com;lr>',
    );
  });
});
