/** Calls whose network changes under them: in a network namespace, so that addresses can come and go for real. */
import { createSocket } from 'node:dgram';
import { afterEach, expect, it } from 'vitest';
import { NetworkNamespace } from '../support/network-namespace.ts';
import { sidetone } from '../support/sidetone.ts';
import { peerDescription, sipPeer } from '../support/sip-peer.ts';

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
