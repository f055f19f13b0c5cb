/** What the network does to a user agent: NAT, broken streams, lost ACKs. */
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { Timers } from 'sip.js/lib/core/timers.js';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../engine/log.ts';
import type { Call } from '../../../../engine/sip/call.ts';
import { createTransport } from '../../../../engine/sip/transport/create-transport.ts';
import { peerDescription, peerRequest, sipPeer } from '../../../support/sip-peer.ts';
import { registrationIs, testAgent } from './support/test-agent.ts';

const sound = { source: { kind: 'silence' }, sink: { kind: 'none' } } as const;
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A registrar on TCP that answers every request 200. */
async function tcpRegistrar(): Promise<{
  port: number;
  sockets: Set<Socket>;
  seen: string[];
  server: Server;
}> {
  const sockets = new Set<Socket>();
  const seen: string[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      const text = bytes.toString();
      if (text.trim() === '') return;
      seen.push(text);
      const copied = text.split('\r\n').filter((line) => /^(via|from|to|call-id|cseq):/i.test(line));
      socket.write(['SIP/2.0 200 OK', ...copied, 'Content-Length: 0', '', ''].join('\r\n'));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, sockets, seen, server };
}

describe('a broken stream', () => {
  it('is connected again by itself, and registered again', async () => {
    const { port, sockets, seen } = await tcpRegistrar();
    const transport = createTransport({
      protocol: 'TCP',
      nextHop: { kind: 'server', host: '127.0.0.1', port },
      keepaliveSeconds: 0,
      log: silentLogger,
    });
    const { agent } = testAgent(port, { transport });
    ends.push(() => agent.close());
    await agent.start();
    await registrationIs(agent, 'registered');
    expect(seen[0]).toMatch(/^Contact: <sip:1000@127\.0\.0\.1:\d+;transport=tcp>;expires=120\r$/m);
    for (const socket of sockets) socket.destroy();
    const lost = await registrationIs(agent, 'failed');
    expect(lost.error?.code).toBe('server.connection-lost');
    await registrationIs(agent, 'registered');
    expect(sockets.size).toBe(1);
  });

  it('of a server that is down says so, and calls fail at once with the reason', async () => {
    const { port, server } = await tcpRegistrar();
    await new Promise((resolve) => server.close(resolve));
    const transport = createTransport({
      protocol: 'TCP',
      nextHop: { kind: 'server', host: '127.0.0.1', port },
      keepaliveSeconds: 0,
      log: silentLogger,
    });
    const { agent } = testAgent(port, { transport });
    ends.push(() => agent.close());
    await agent.start();
    expect((await registrationIs(agent, 'failed')).error?.code).toBe('server.refused');
    const call = agent.call('1001', { id: 'c', ...sound });
    await call.ended;
    expect(call.snapshot.end?.error?.code).toBe('server.refused');
    const before = Date.now();
    await agent.close();
    expect(Date.now() - before).toBeLessThan(1_000);
  });
});

describe('behind a NAT', () => {
  it('registers the address that the server sees and removes the one before', async () => {
    const peer = await sipPeer();
    ends.push(() => peer.close());
    peer.onRequest = (request) => {
      const [via = ''] = request.all('Via');
      const seen = via.replace(/;rport(?:=\d+)?/, ';rport=4711;received=203.0.113.9');
      peer.reply({ ...request, all: (name) => (name === 'Via' ? [seen] : request.all(name)) }, '200 OK');
    };
    const { agent } = testAgent(peer.port);
    ends.push(() => agent.close());
    await agent.start();
    const second = await peer.waitFor(({ header }) => header('CSeq') === '2 REGISTER');
    await registrationIs(agent, 'registered');
    const [own, old] = second.all('Contact');
    expect(own).toBe('<sip:1000@203.0.113.9:4711>;expires=120');
    expect(old).toMatch(/^<sip:1000@127\.0\.0\.1:\d+>;expires=0$/);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(peer.received).toHaveLength(2);
  });
});

describe('an ACK that never comes', () => {
  it('ends the call with BYE once the 200 has been repeated long enough', async () => {
    const { TIMER_L } = Timers;
    Timers.TIMER_L = 700;
    ends.push(() => (Timers.TIMER_L = TIMER_L));
    const peer = await sipPeer();
    ends.push(() => peer.close());
    peer.onRequest = (request) => peer.reply(request, '200 OK');
    const { agent } = testAgent(peer.port);
    ends.push(() => agent.close());
    await agent.start();
    await registrationIs(agent, 'registered');
    const uri = /<([^>]+)>/.exec(peer.received[0]?.header('Contact') ?? '')?.[1] ?? '';
    const incoming = new Promise<Call>((resolve) => agent.on('incoming', resolve));
    const lines = peerRequest({
      method: 'INVITE',
      uri,
      peerPort: peer.port,
      callId: 'x',
      cseq: 1,
      branch: 'x',
    });
    const port = Number(uri.split(':').at(-1));
    peer.send(lines, peerDescription(5_004), { address: '127.0.0.1', port });
    const call = await incoming;
    await call.answer(sound);
    await peer.waitFor(({ startLine }) => startLine.startsWith('BYE'));
    await call.ended;
    expect(call.snapshot.end?.error?.code).toBe('call.connection-lost');
    const answers = peer.received.filter(
      ({ status, header }) => status === 200 && header('CSeq') === '1 INVITE',
    );
    expect(answers.length).toBeGreaterThanOrEqual(2);
  });
});
