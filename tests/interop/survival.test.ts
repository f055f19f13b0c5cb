/** Calls whose network changes under them: in a network namespace, so that addresses can come and go for real. */
import { createSocket } from 'node:dgram';
import { afterEach, expect, it } from 'vitest';
import type { AccountLine } from '../../engine/account-line.ts';
import type { Call } from '../../engine/sip/call.ts';
import { AsteriskPbx } from '../support/asterisk.ts';
import { NetworkNamespace } from '../support/network-namespace.ts';
import { sidetone } from '../support/sidetone.ts';
import { peerDescription, sipPeer } from '../support/sip-peer.ts';
import { tcpRelay } from '../support/tcp-relay.ts';
import { registeredWithin, testLine, testMediaThread } from '../support/test-line.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Sound shall be back within so long of a change. */
const backWithinMs = 2_000;

/** A peer beside a namespace in which the tool has called it; RTP is noted by where it comes from. */
async function standingCall() {
  const network = await NetworkNamespace.create();
  ends.push(() => network.close());
  const peer = await sipPeer(network.hostAddress);
  ends.push(() => peer.close());
  const rtp = createSocket('udp4');
  await new Promise<void>((resolve) => rtp.bind(0, network.hostAddress, resolve));
  ends.push(() => rtp.close());
  const heard: { from: string; atMs: number; sequence: number }[] = [];
  rtp.on('message', (datagram, { address }) =>
    heard.push({ from: address, atMs: performance.now(), sequence: datagram.readUInt16BE(2) }),
  );
  const description = peerDescription(rtp.address().port).replaceAll('127.0.0.1', network.hostAddress);
  const contact = `Contact: <sip:1001@${network.hostAddress}:${peer.port}>`;
  peer.onRequest = (request) => {
    if (request.method === 'ACK') return;
    peer.reply(request, '200 OK', [contact], request.method === 'INVITE' ? description : '');
  };
  const server = `${network.hostAddress}:${peer.port}`;
  const run = sidetone(['call', '1001', '--user', '1000', '--server', server, '--for', '60'], {
    password: 'x',
    network,
  });
  ends.push(async () => {
    run.signal('SIGINT');
    await run.exited;
  });
  await run.waitForCall('connected');
  await expect.poll(() => heard.length, { timeout: 10_000 }).toBeGreaterThan(25);
  const requests = (method: string) => peer.received.filter(({ startLine }) => startLine.startsWith(method));
  return { network, peer, run, heard, requests };
}

it('has its sound back within two seconds of another address, without a new stream, and is ended there too', async ({
  skip,
}) => {
  const missing = await NetworkNamespace.missing();
  if (missing !== undefined) return skip(missing);
  const { network, run, heard, requests, peer } = await standingCall();
  const changedAt = performance.now();
  const address = await network.changeAddress();
  await expect.poll(() => heard.some(({ from }) => from === address), { timeout: 10_000 }).toBe(true);
  const first = heard.findIndex(({ from }) => from === address);
  expect((heard[first]?.atMs ?? Infinity) - changedAt).toBeLessThan(backWithinMs);
  // One stream: at 50 packets a second the sequence numbers go on from where they were.
  const gap = ((heard[first]?.sequence ?? 0) - (heard[first - 1]?.sequence ?? 0)) & 0xffff;
  expect(gap).toBeGreaterThan(0);
  expect(gap).toBeLessThan((50 * backWithinMs) / 1000);
  const told = await peer.waitFor(
    ({ startLine, body }) => startLine.startsWith('INVITE') && body.includes(`c=IN IP4 ${address}`),
  );
  expect(told.header('Contact')).toContain(address);
  await expect.poll(() => requests('REGISTER').at(-1)?.source.address).toBe(address);
  const back = await run.waitFor(({ event, state }) => event === 'network' && state === 'online');
  expect(back['backAfterMs']).toBeLessThan(backWithinMs);
  run.signal('SIGINT');
  const bye = await peer.waitFor(({ startLine }) => startLine.startsWith('BYE'));
  expect(bye.source.address).toBe(address);
  expect(await run.exited).toBe(130);
});

it('outlives a cable that is pulled for a while', async ({ skip }) => {
  const missing = await NetworkNamespace.missing();
  if (missing !== undefined) return skip(missing);
  const { network, run, heard, peer } = await standingCall();
  await network.setPlugged(false);
  await run.waitFor(({ event, state }) => event === 'network' && state === 'offline');
  const before = heard.length;
  const pluggedAt = performance.now();
  await network.setPlugged(true);
  await expect.poll(() => heard.length, { timeout: 10_000 }).toBeGreaterThan(before);
  expect((heard[before]?.atMs ?? Infinity) - pluggedAt).toBeLessThan(backWithinMs);
  await peer.waitFor(
    ({ startLine, header }) => startLine.startsWith('INVITE') && header('CSeq') !== '1 INVITE',
  );
  await run.waitFor(({ event, state }) => event === 'network' && state === 'online');
});

/** A line at a real Asterisk, registered, in a call with its echo. `onAnswered` runs in the turn in which the ACK is written. */
async function echoCall(
  pbx: AsteriskPbx,
  reach: { port: number; transport: 'udp' | 'tcp' },
  onAnswered: () => void = () => undefined,
): Promise<{ line: AccountLine; call: Call }> {
  const media = testMediaThread();
  ends.push(() => media.close());
  const { password } = pbx.line('101');
  const line = testLine({ host: pbx.host, ...reach, user: '101', password, media });
  ends.push(() => line.close());
  expect(await registeredWithin(line, 3)).toBe(true);
  const sound = { source: { kind: 'silence' }, sink: { kind: 'none' } } as const;
  const call = line.userAgent.call('600', { id: 'echo', ...sound });
  const stop = call.on(() => {
    if (call.snapshot.state !== 'connected') return;
    stop();
    onAnswered();
  });
  await expect.poll(() => call.snapshot.state, { timeout: 10_000 }).toBe('connected');
  return { line, call };
}

/** A call with Asterisk's echo over a TCP connection that is cut: at leisure, or in the turn in which the ACK is written. */
async function cutCall(when: 'later' | 'before the ACK has arrived') {
  const pbx = await AsteriskPbx.start({ extensions: ['101'] });
  ends.push(() => pbx.close());
  const relay = await tcpRelay({ host: pbx.host, port: pbx.sipPort });
  ends.push(() => relay.close());
  const reach = { port: relay.port, transport: 'tcp' } as const;
  const { line, call } = await echoCall(pbx, reach, when === 'later' ? undefined : relay.cut);
  if (when === 'later') relay.cut();
  await expect.poll(() => line.userAgent.registration.state).toBe('failed');
  await expect.poll(() => line.userAgent.registration.state, { timeout: 10_000 }).toBe('registered');
  return { pbx, relay, call };
}

it.for(['later', 'before the ACK has arrived'] as const)(
  'keeps a call with Asterisk whose TCP connection is cut %s, and Asterisk learns of its end',
  async (when, { skip }) => {
    const missing = await AsteriskPbx.missing();
    if (missing !== undefined) return skip(missing);
    const { pbx, relay, call } = await cutCall(when);
    expect(relay.accepted).toBe(2);
    await expect.poll(() => call.snapshot.recovering, { timeout: 10_000 }).toBe(false);
    expect(call.snapshot.state).toBe('connected');
    expect(await pbx.channelCount('101')).toBe(1);
    call.hangup();
    await call.released;
    await pbx.until('the channel to be gone', async () => (await pbx.channelCount('101')) === 0);
  },
);

it('comes back to an Asterisk that was restarted, and ends the call that it forgot with a sentence', async ({
  skip,
}) => {
  const missing = await AsteriskPbx.missing();
  if (missing !== undefined) return skip(missing);
  const pbx = await AsteriskPbx.start({ extensions: ['101'] });
  ends.push(() => pbx.close());
  const { line, call } = await echoCall(pbx, { port: pbx.sipPort, transport: 'tcp' });
  await pbx.restart();
  await expect.poll(() => line.userAgent.registration.state, { timeout: 30_000 }).toBe('registered');
  await call.ended;
  expect(call.snapshot.end).toMatchObject({
    by: 'network',
    error: { code: 'call.connection-lost', message: 'The connection was lost during the call.' },
  });
  await expect.poll(() => pbx.contacts('101')).toHaveLength(1);
});

it('is told that a call over UDP has no sound any more, and ends it when Asterisk has forgotten it', async ({
  skip,
}) => {
  const missing = await AsteriskPbx.missing();
  if (missing !== undefined) return skip(missing);
  const pbx = await AsteriskPbx.start({ extensions: ['101'] });
  ends.push(() => pbx.close());
  const { call } = await echoCall(pbx, { port: pbx.sipPort, transport: 'udp' });
  const notices: string[] = [];
  call.on((event) => {
    if (event.type === 'notice') notices.push(event.error.code);
  });
  await pbx.restart({ forget: true });
  await expect.poll(() => notices, { timeout: 20_000 }).toEqual(['call.media-lost']);
  await expect.poll(() => call.snapshot.end?.error?.code, { timeout: 30_000 }).toBe('call.connection-lost');
});

it('proves to an account of Asterisk that it can be called', async ({ skip }) => {
  const missing = await AsteriskPbx.missing();
  if (missing !== undefined) return skip(missing);
  const pbx = await AsteriskPbx.start({ extensions: ['101'] });
  ends.push(() => pbx.close());
  const { line } = await echoCall(pbx, { port: pbx.sipPort, transport: 'udp' });
  await line.userAgent.prove();
  expect(line.userAgent.reachable).toMatchObject({ state: 'proven', sentence: 'You can be called.' });
});
