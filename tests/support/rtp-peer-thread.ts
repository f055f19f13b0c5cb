/**
 * The thread of an RTP peer (rtp-peer.ts): nothing else runs here, so that arrivals are timed and packets are sent undisturbed
 * by the test around it. Shares no code with the phone.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import {
  peerClockMs,
  type FromRtpPeerThread,
  type ReceivedPacket,
  type RtpPeerOptions,
  type ToRtpPeerThread,
} from './rtp-peer-messages.ts';

const headerBytes = 12;
const frameTicks = 160;
const { clockPpm = 0, keptPackets = Infinity } = workerData as RtpPeerOptions;
/** A frame's time by the peer's own clock. */
const frameMs = 20 / (1 + clockPpm / 1e6);

if (parentPort === null) throw new Error('the peer runs as a worker');
const port = parentPort;
try {
  setPriority(constants.priority.PRIORITY_HIGH);
} catch {
  // An ordinary user may not; the figures then tell of a busy machine as well.
}

const tell = (message: FromRtpPeerThread) => port.postMessage(message);
const received: ReceivedPacket[] = [];
let worstLagMs = 0;
let sent = 0;
let timer: NodeJS.Timeout | undefined;

/** RFC 3550 §5.1: fixed header, contributing sources, header extension. Null for what is no RTP. */
function readPacket(bytes: Buffer, arrivalMs: number): ReceivedPacket | null {
  if (bytes.length < headerBytes || bytes.readUInt8(0) >> 6 !== 2) return null;
  const contributors = bytes.readUInt8(0) & 0x0f;
  const hasExtension = (bytes.readUInt8(0) & 0x10) !== 0;
  let payloadAt = headerBytes + 4 * contributors;
  if (hasExtension && bytes.length >= payloadAt + 4) payloadAt += 4 + 4 * bytes.readUInt16BE(payloadAt + 2);
  return {
    arrivalMs,
    marker: (bytes.readUInt8(1) & 0x80) !== 0,
    payloadType: bytes.readUInt8(1) & 0x7f,
    sequenceNumber: bytes.readUInt16BE(2),
    timestamp: bytes.readUInt32BE(4),
    ssrc: bytes.readUInt32BE(8),
    payload: Uint8Array.from(bytes.subarray(payloadAt)),
  };
}

function bound(): Promise<Socket> {
  const socket = createSocket('udp4');
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, '127.0.0.1', () => resolve(socket));
  });
}

/** A packet for each frame since the start, none left out however late this thread wakes. */
function startStream(socket: Socket, { to, payloadType, codes }: ToRtpPeerThread & { type: 'send' }): void {
  clearTimeout(timer);
  const firstSequence = randomInt(0x1_0000);
  const firstTimestamp = randomInt(0x1_0000_0000);
  const ssrc = randomBytes(4);
  const startMs = peerClockMs();
  let count = 0;
  const send = () => {
    const packet = Buffer.alloc(headerBytes + frameTicks);
    packet.writeUInt8(0x80, 0);
    packet.writeUInt8(payloadType | (count === 0 ? 0x80 : 0), 1);
    packet.writeUInt16BE((firstSequence + count) & 0xffff, 2);
    packet.writeUInt32BE((firstTimestamp + count * frameTicks) >>> 0, 4);
    ssrc.copy(packet, 8);
    const from = (count * frameTicks) % codes.length;
    packet.set(codes.subarray(from, from + frameTicks), headerBytes);
    socket.send(packet, to.port, to.address);
    count += 1;
    sent += 1;
  };
  const wake = () => {
    const dueMs = startMs + count * frameMs;
    worstLagMs = Math.max(worstLagMs, peerClockMs() - dueMs);
    while (peerClockMs() >= startMs + count * frameMs) send();
    timer = setTimeout(wake, Math.max(1, startMs + count * frameMs - peerClockMs()));
  };
  wake();
}

const rtp = await bound();
const rtcp = await bound();
rtp.on('message', (bytes) => {
  const packet = readPacket(bytes, peerClockMs());
  if (packet === null) return;
  received.push(packet);
  if (received.length > keptPackets) received.shift();
});

port.on('message', (message: ToRtpPeerThread) => {
  switch (message.type) {
    case 'send':
      startStream(rtp, message);
      return;
    case 'report': {
      tell({ type: 'report', report: { received, sent, worstLagMs } });
      worstLagMs = 0;
      return;
    }
    case 'close':
      clearTimeout(timer);
      rtp.close();
      rtcp.close();
      port.close();
      return;
  }
});
tell({ type: 'ready', port: rtp.address().port, rtcpPort: rtcp.address().port });
