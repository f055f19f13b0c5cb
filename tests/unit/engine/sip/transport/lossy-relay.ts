/** A UDP relay between two sides that loses packets by a seeded schedule, the same for the same seed. */
import { createSocket, type Socket } from 'node:dgram';
import type { TransportAddress } from '../../../../../engine/net/transport-address.ts';

/** Mulberry32: a small generator whose sequence depends on the seed alone; values in [0, 1). */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface LossyRelay {
  /** Where the left side sends, and what it hears from. */
  left: TransportAddress;
  right: TransportAddress;
  /** Where each side listens; empty until told. */
  peers: { left?: TransportAddress; right?: TransportAddress };
  /** Share of packets lost in each direction, 0 to 1; may be changed at any time. */
  loss: number;
  /** Decides single packets; true loses this one. */
  drop: ((text: string, to: 'left' | 'right') => boolean) | undefined;
  /** Every datagram that arrived at the relay, lost or not. */
  seen: { to: 'left' | 'right'; text: string }[];
  close(): Promise<void>;
}

/** Forwards between the peers that it is told; empty lines (keepalives) stop here. */
export async function openLossyRelay(seed: number, loss: number): Promise<LossyRelay> {
  const random = mulberry32(seed);
  const leftSocket = await bound();
  const rightSocket = await bound();
  const relay: LossyRelay = {
    left: { address: '127.0.0.1', port: leftSocket.address().port },
    right: { address: '127.0.0.1', port: rightSocket.address().port },
    peers: {},
    loss,
    drop: undefined,
    seen: [],
    async close() {
      await Promise.all(
        [leftSocket, rightSocket].map((socket) => new Promise<void>((done) => socket.close(() => done()))),
      );
    },
  };
  const forward = (to: 'left' | 'right', out: Socket) => (bytes: Buffer) => {
    const text = bytes.toString('utf8');
    const peer = relay.peers[to];
    if (text.trim() === '' || peer === undefined) return;
    relay.seen.push({ to, text });
    if (random() < relay.loss || relay.drop?.(text, to) === true) return;
    out.send(bytes, peer.port, peer.address);
  };
  leftSocket.on('message', forward('right', rightSocket));
  rightSocket.on('message', forward('left', leftSocket));
  return relay;
}

function bound(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', reject);
    socket.bind(0, '127.0.0.1', () => resolve(socket));
  });
}
