import { afterEach, expect, it } from 'vitest';
import { silentLogger } from '../../../../engine/log.ts';
import { createTransport } from '../../../../engine/sip/transport/create-transport.ts';
import { streamPeer } from '../../../support/stream-peer.ts';
import { registrationIs, testAgent } from './support/test-agent.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

it('registers over another connection when a server that is just starting took the first and said nothing', async () => {
  const peer = await streamPeer();
  ends.push(() => peer.close());
  const asked = new Set<number>();
  peer.onRequest = (request) => {
    asked.add(request.source.port);
    if (asked.size > 1) peer.reply(request, '200 OK');
  };
  const transport = createTransport({
    protocol: 'TCP',
    nextHop: { kind: 'server', host: '127.0.0.1', port: peer.port },
    keepaliveSeconds: 0,
    log: silentLogger,
  });
  const { agent } = testAgent(peer.port, { transport });
  ends.push(() => agent.close());
  await agent.start();
  await registrationIs(agent, 'registered', 8_000);
  expect(asked.size).toBe(2);
}, 15_000);
