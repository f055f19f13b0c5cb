/**
 * The sound of an impaired peer, in a thread of its own so that its times are kept: sends a recording as G.711 packets, each at the
 * time that a bad network would have delivered it or not at all, and notes what comes back. Shares no code with the phone.
 */
import { createSocket } from 'node:dgram';
import { constants, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { peerClockMs } from '../support/rtp-peer-messages.ts';
import type { FromImpairedSource, ReturnedPacket, ToImpairedSource } from './impairment.ts';

if (parentPort === null) throw new Error('the source runs as a worker');
const port = parentPort;
try {
  setPriority(constants.priority.PRIORITY_HIGH);
} catch {
  // An ordinary user may not; a busy machine then shows in the figures.
}

const headerBytes = 12;
const frameTicks = 160;
const ssrc = 0x1234_abcd;
/** The answer is on its way to the phone while the first packets wait. */
const leadMs = 300;
const socketBufferBytes = 1 << 20;

const socket = createSocket({ type: 'udp4', recvBufferSize: socketBufferBytes });
const returned: ReturnedPacket[] = [];
const tell = (message: FromImpairedSource) => port.postMessage(message);
let timer: NodeJS.Timeout | undefined;
let startedAtMs = NaN;

function packetOf(codes: Uint8Array, frame: number): Buffer {
  const packet = Buffer.alloc(headerBytes + frameTicks);
  packet.writeUInt8(0x80, 0);
  packet.writeUInt8(frame === 0 ? 0x80 : 0, 1);
  packet.writeUInt16BE(frame & 0xffff, 2);
  packet.writeUInt32BE(frame * frameTicks, 4);
  packet.writeUInt32BE(ssrc, 8);
  packet.set(codes.subarray(frame * frameTicks, (frame + 1) * frameTicks), headerBytes);
  return packet;
}

function play({ to, codes, schedule }: ToImpairedSource & { type: 'play' }): void {
  const deliveries = schedule
    .filter(({ lost }) => !lost)
    .sort((one, other) => one.deliveredMs - other.deliveredMs);
  startedAtMs = peerClockMs() + leadMs;
  let next = 0;
  const wake = () => {
    for (;;) {
      const delivery = deliveries[next];
      if (delivery === undefined) {
        tell({ type: 'done' });
        return;
      }
      const waitMs = startedAtMs + delivery.deliveredMs - peerClockMs();
      if (waitMs > 0) {
        timer = setTimeout(wake, Math.max(1, Math.floor(waitMs)));
        return;
      }
      socket.send(packetOf(codes, delivery.frame), to.port, to.address);
      next += 1;
    }
  };
  wake();
}

socket.on('message', (bytes) => {
  if (bytes.length < headerBytes || bytes.readUInt8(0) >> 6 !== 2) return;
  returned.push({
    arrivalMs: peerClockMs(),
    payloadType: bytes.readUInt8(1) & 0x7f,
    timestamp: bytes.readUInt32BE(4),
    payload: Uint8Array.from(bytes.subarray(headerBytes)),
  });
});

port.on('message', (message: ToImpairedSource) => {
  switch (message.type) {
    case 'bind':
      socket.bind(0, message.address, () => tell({ type: 'bound', port: socket.address().port }));
      return;
    case 'play':
      play(message);
      return;
    case 'report':
      tell({ type: 'report', startedAtMs, returned });
      return;
    case 'close':
      clearTimeout(timer);
      socket.close();
      port.close();
      return;
  }
});
