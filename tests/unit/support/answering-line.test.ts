import { createSocket } from 'node:dgram';
import { afterEach, expect, test } from 'vitest';
import { openAnsweringLine, type AnsweringLine } from '../../support/answering-line.ts';
import { pacingOf } from '../../support/packet-pacing.ts';
import { peerDescription, peerRequest, sipPeer, type SipPeer } from '../../support/sip-peer.ts';

const open: { close: () => unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function lineAndCaller(): Promise<{ line: AnsweringLine; caller: SipPeer }> {
  const line = await openAnsweringLine(Uint8Array.from({ length: 1_600 }, (_, index) => index & 0xff));
  const caller = await sipPeer();
  open.push(line, caller);
  return { line, caller };
}

async function soundSocket() {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  open.push(socket);
  return socket;
}

test('registers whoever asks', async () => {
  const { line, caller } = await lineAndCaller();
  const request = { uri: 'sip:127.0.0.1', peerPort: caller.port, callId: 'a', cseq: 1, branch: 'r' };
  caller.send(peerRequest({ ...request, method: 'REGISTER', headers: ['Expires: 60'] }), '', {
    address: '127.0.0.1',
    port: line.sipPort,
  });
  const answer = await caller.waitFor(({ status }) => status === 200);
  expect(answer.header('Expires')).toBe('60');
  expect(answer.header('Contact')).toContain(`127.0.0.1:${caller.port}`);
});

test('answers a call, sends an even stream to the offered address, and notes what comes', async () => {
  const { line, caller } = await lineAndCaller();
  const sound = await soundSocket();
  const heard: Buffer[] = [];
  sound.on('message', (bytes) => heard.push(bytes));
  const to = { address: '127.0.0.1', port: line.sipPort };
  const request = { uri: 'sip:line@127.0.0.1', peerPort: caller.port, callId: 'b', cseq: 1 };
  const offer = peerDescription(sound.address().port);
  caller.send(peerRequest({ ...request, method: 'INVITE', branch: 'i' }), offer, to);
  const answer = await caller.waitFor(({ status }) => status === 200);
  expect(answer.body).toContain(`m=audio ${line.rtp.port} RTP/AVP 0 101`);
  caller.send(peerRequest({ ...request, method: 'ACK', branch: 'k', toTag: 'peer-tag' }), '', to);
  await expect.poll(() => heard.length, { timeout: 5_000 }).toBeGreaterThanOrEqual(25);
  const packets = heard.map((bytes, index) => ({
    arrivalMs: index,
    sequenceNumber: bytes.readUInt16BE(2),
    timestamp: bytes.readUInt32BE(4),
    ssrc: bytes.readUInt32BE(8),
    payloadType: bytes.readUInt8(1) & 0x7f,
  }));
  expect(pacingOf(packets)).toMatchObject({ missing: 0, repeated: 0, timestampFaults: 0, sources: 1 });
  expect(heard[1]?.subarray(12)).toEqual(
    Buffer.from(Array.from({ length: 160 }, (_, i) => (160 + i) & 0xff)),
  );

  // M and payload type 8, number 513, timestamp 7, source 9, and one contributing source before three codes.
  const packet = Buffer.from('818802010000000700000009000000ff010203', 'hex');
  sound.send(packet, line.rtp.port, '127.0.0.1');
  sound.send(Buffer.from('not RTP'), line.rtp.port, '127.0.0.1');
  await expect.poll(async () => (await line.rtp.report()).received.length).toBe(1);
  const { received, sent, worstLagMs } = await line.rtp.report();
  expect(received[0]).toMatchObject({
    marker: true,
    payloadType: 8,
    sequenceNumber: 513,
    timestamp: 7,
    ssrc: 9,
  });
  expect(received[0]?.payload).toEqual(Uint8Array.of(1, 2, 3));
  expect(sent).toBeGreaterThanOrEqual(heard.length);
  expect(worstLagMs).toBeGreaterThanOrEqual(0);
});
