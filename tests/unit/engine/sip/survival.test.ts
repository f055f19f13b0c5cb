/** Calls that outlive a change of the network, or the loss of their connection. */
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../engine/log.ts';
import { createTransport } from '../../../../engine/sip/transport/create-transport.ts';
import type { PeerMessage } from '../../../support/sip-peer.ts';
import { peerDescription, peerTag } from '../../../support/sip-peer.ts';
import { streamPeer } from '../../../support/stream-peer.ts';
import { standingCall } from './support/standing-call.ts';
import type { StandingCall } from './support/standing-call.ts';
import { registrationIs, testAgent } from './support/test-agent.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function standing(): Promise<StandingCall> {
  const made = await standingCall();
  ends.push(() => made.close());
  return made;
}
const connectionIn = ({ body }: PeerMessage) => /^c=IN IP4 (\S+)\r$/m.exec(body)?.[1];
const portIn = ({ body }: PeerMessage) => Number(/^m=audio (\d+) /m.exec(body)?.[1]);
const contactPort = (message: PeerMessage) => Number(/:(\d+)[;>]/.exec(message.header('Contact'))?.[1]);

describe('a call whose local address changes', () => {
  it('moves its sound and tells the far side the new address', async () => {
    const { call, phone, reinvite } = await standing();
    const oldPort = phone.media.sessions[0]?.local.port;
    call.pathChanged('127.0.0.2');
    expect(call.snapshot.recovering).toBe(true);
    const offer = await reinvite(1);
    expect(connectionIn(offer)).toBe('127.0.0.2');
    expect(portIn(offer)).toBe(phone.media.sessions[0]?.local.port);
    expect(portIn(offer)).not.toBe(oldPort);
    await expect.poll(() => call.snapshot.recovering).toBe(false);
    expect(call.snapshot.state).toBe('connected');
  });

  it('tells it again when the far side does not take it at first', async () => {
    const { call, peer, contact, reinvite } = await standing();
    let refusals = 0;
    const answer = peer.onRequest;
    peer.onRequest = (request) => {
      if (request.method !== 'INVITE' || refusals > 0) return answer(request);
      refusals += 1;
      peer.reply(request, '488 Not Acceptable Here', [contact]);
    };
    call.pathChanged('127.0.0.2');
    await reinvite(2);
    await expect.poll(() => call.snapshot.recovering).toBe(false);
  });

  it('ends with a sentence when the PBX knows it no more', async () => {
    const { call, peer, contact } = await standing();
    peer.onRequest = (request) => {
      if (request.method !== 'ACK') peer.reply(request, '481 Call Does Not Exist', [contact]);
    };
    call.pathChanged('127.0.0.2');
    await call.ended;
    expect(call.snapshot.end).toMatchObject({
      by: 'network',
      error: { code: 'call.connection-lost' },
    });
    expect(call.snapshot.recovering).toBe(false);
  });

  it('that nobody has answered yet is over', async () => {
    const { phone, peer, invites } = await standing();
    peer.onRequest = (request) => {
      if (request.method === 'INVITE') return peer.reply(request, '180 Ringing');
      if (request.method !== 'ACK') peer.reply(request, '200 OK');
      const ringing = invites()[1];
      if (request.method === 'CANCEL' && ringing !== undefined) peer.reply(ringing, '487 Request Terminated');
    };
    const second = phone.agent.call('1002', { id: 'b', source: { kind: 'silence' }, sink: { kind: 'none' } });
    await expect.poll(() => second.snapshot.state).toBe('ringing');
    second.pathChanged('127.0.0.2');
    await second.ended;
    expect(second.snapshot.end?.error?.code).toBe('call.connection-lost');
    await second.released;
  });
});

describe('an account whose network changes', () => {
  it('registers from a new socket, removes its old contact, and says when it is back', async () => {
    const { call, phone, peer, reinvite, invites } = await standing();
    const { agent } = phone;
    agent.register();
    await registrationIs(agent, 'registered');
    const registers = () => peer.received.filter(({ startLine }) => startLine.startsWith('REGISTER'));
    const before = registers().at(-1);
    agent.network.follow();
    expect(agent.network.restored).toBe(false);
    expect(call.snapshot.recovering).toBe(true);
    await expect.poll(() => agent.network.restored).toBe(true);
    const after = registers().at(-1);
    expect(after?.source.port).not.toBe(before?.source.port);
    const [own, old] = after?.all('Contact') ?? [];
    expect(own).toContain(`:${after?.source.port}`);
    expect(old).toContain(`:${before?.source.port}>;expires=0`);
    const offer = await reinvite(1);
    expect(offer.source.port).toBe(after?.source.port);
    expect(contactPort(offer)).toBe(after?.source.port);
    expect(contactPort(offer)).not.toBe(contactPort(invites()[0] ?? offer));
  });

  it('hangs up over the new socket', async () => {
    const { call, phone, peer, invites } = await standing();
    phone.agent.network.follow();
    call.hangup();
    const bye = await peer.waitFor(({ startLine }) => startLine.startsWith('BYE'));
    expect(bye.source.port).not.toBe(invites()[0]?.source.port);
    await call.released;
  });

  it('that was never registered is not waited for', async () => {
    const { phone } = await standing();
    const { agent } = phone;
    agent.network.follow();
    await expect.poll(() => agent.network.restored).toBe(true);
  });

  it('tries a connection that waits for its next attempt at once', async () => {
    const gone = await streamPeer();
    const { port } = gone;
    await gone.close();
    const { agent } = testAgent(port, { transport: tcpTowards(port) });
    ends.push(() => agent.close());
    await agent.start();
    await registrationIs(agent, 'failed');
    const peer = await streamPeer({ port });
    ends.push(() => peer.close());
    peer.onRequest = (request) => peer.reply(request, '200 OK');
    agent.network.tryNow();
    await expect.poll(() => peer.connections.length, { timeout: 400 }).toBe(1);
  });
});

const tcpTowards = (port: number) =>
  createTransport({
    protocol: 'TCP',
    nextHop: { kind: 'server', host: '127.0.0.1', port },
    keepaliveSeconds: 0,
    log: silentLogger,
  });

/** A call over TCP that stands. */
async function callOverTcp() {
  const peer = await streamPeer();
  ends.push(() => peer.close());
  const contact = `Contact: <sip:1001@127.0.0.1:${peer.port};transport=tcp>`;
  peer.onRequest = (request) => {
    if (request.method === 'ACK') return;
    peer.reply(request, '200 OK', [contact], request.method === 'INVITE' ? peerDescription(5_004) : '');
  };
  const phone = testAgent(peer.port, { transport: tcpTowards(peer.port) });
  ends.push(() => phone.agent.close());
  await phone.agent.start();
  await registrationIs(phone.agent, 'registered');
  const call = phone.agent.call('1001', { id: 'c', source: { kind: 'silence' }, sink: { kind: 'none' } });
  await expect.poll(() => peer.received.some(({ method }) => method === 'ACK')).toBe(true);
  const cut = () => {
    for (const socket of [...peer.connections]) socket.destroy();
  };
  const of = (method: string) => peer.received.filter(({ startLine }) => startLine.startsWith(method));
  return { peer, phone, call, cut, of };
}

describe('a call whose TCP connection breaks', () => {
  it('lives on; the far side learns over the next connection where we are now', async () => {
    const { phone, call, cut, of } = await callOverTcp();
    const session = phone.media.sessions[0];
    const port = session?.local.port;
    cut();
    await expect.poll(() => of('INVITE').length, { timeout: 5_000 }).toBe(2);
    const [first, second] = of('INVITE');
    expect(contactPort(second as PeerMessage)).not.toBe(contactPort(first as PeerMessage));
    expect(contactPort(second as PeerMessage)).toBe(second?.source.port);
    expect(session?.local.port).toBe(port);
    expect(call.snapshot.state).toBe('connected');
    await expect.poll(() => call.snapshot.recovering).toBe(false);
    await registrationIs(phone.agent, 'registered');
  });

  it('is ended there too when the person hangs up while it is away', async () => {
    const { call, cut, of } = await callOverTcp();
    cut();
    call.hangup();
    await call.ended;
    await call.released;
    const [bye] = of('BYE');
    expect(bye?.header('To')).toContain(`tag=${peerTag}`);
  });

  it('has its BYE sent again when the connection broke before the answer', async () => {
    const { peer, call, cut, of } = await callOverTcp();
    const answer = peer.onRequest;
    peer.onRequest = (request) => {
      if (request.method === 'BYE' && of('BYE').length === 1) cut();
      else answer(request);
    };
    call.hangup();
    await call.released;
    expect(of('BYE')).toHaveLength(2);
  });

  it('can be ended by the far side over the next connection', async () => {
    const { peer, call, cut, of } = await callOverTcp();
    cut();
    await expect.poll(() => of('INVITE').length, { timeout: 5_000 }).toBe(2);
    await expect.poll(() => call.snapshot.recovering).toBe(false);
    const [, second] = of('INVITE');
    if (second === undefined) throw new Error('no re-INVITE');
    const uri = /<([^>]+)>/.exec(second.header('Contact'))?.[1];
    const socket = peer.connections.find(({ remotePort }) => remotePort === second.source.port);
    const bye = [
      `BYE ${uri} SIP/2.0`,
      `Via: SIP/2.0/TCP 127.0.0.1:${peer.port};branch=z9hG4bKtheirs`,
      'Max-Forwards: 70',
      `From: ${second.header('To')}`,
      `To: ${second.header('From')}`,
      `Call-ID: ${second.header('Call-ID')}`,
      'CSeq: 7 BYE',
      'Content-Length: 0',
      '',
      '',
    ];
    socket?.write(bye.join('\r\n'));
    await call.ended;
    expect(call.snapshot.end).toMatchObject({ by: 'there', error: null });
  });
});
