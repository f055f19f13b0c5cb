import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LossyLink } from '../../support/lossy-link.ts';

const packetCount = 400;

interface Peer {
  socket: Socket;
  port: number;
  got: { text: string; fromPort: number }[];
}

async function peer(): Promise<Peer> {
  const socket = createSocket('udp4');
  const got: Peer['got'] = [];
  socket.on('message', (data, from) => got.push({ text: data.toString('latin1'), fromPort: from.port }));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { socket, port: socket.address().port, got };
}

async function settled(wanted: () => boolean): Promise<void> {
  for (let waited = 0; waited < 3000 && !wanted(); waited += 10) await delay(10);
}

/** Sends numbered packets and yields now and then, so that no socket buffer overflows. */
async function sendRow(from: Peer, port: number, count = packetCount): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    from.socket.send(String(index), port, '127.0.0.1');
    if (index % 20 === 19) await delay(2);
  }
}

describe('LossyLink', () => {
  let server: Peer;
  let client: Peer;
  const links: LossyLink[] = [];

  beforeEach(async () => {
    server = await peer();
    client = await peer();
  });

  afterEach(async () => {
    await Promise.all(links.splice(0).map((link) => link.close()));
    server.socket.close();
    client.socket.close();
  });

  async function link(loss: {
    lossToTarget: number;
    lossToClient: number;
    seed?: number;
  }): Promise<LossyLink> {
    const made = await LossyLink.start({
      target: { address: '127.0.0.1', port: server.port },
      seed: 7,
      ...loss,
    });
    links.push(made);
    return made;
  }

  test('carries everything both ways, in order, when nothing is to be lost', async () => {
    const relay = await link({ lossToTarget: 0, lossToClient: 0 });
    server.socket.on('message', (data, from) => server.socket.send(data, from.port, from.address));
    await sendRow(client, relay.port);
    await settled(() => client.got.length === packetCount);
    const row = Array.from({ length: packetCount }, (_, index) => String(index));
    expect(server.got.map(({ text }) => text)).toEqual(row);
    expect(client.got.map(({ text }) => text)).toEqual(row);
    expect(client.got.every(({ fromPort }) => fromPort === relay.port)).toBe(true);
    expect(relay.counts).toEqual({
      toTarget: { forwarded: packetCount, lost: 0 },
      toClient: { forwarded: packetCount, lost: 0 },
    });
  });

  test('loses the same packets again under the same seed, and others under another seed', async () => {
    const rows: string[][] = [];
    for (const seed of [7, 7, 8]) {
      const relay = await link({ lossToTarget: 0.3, lossToClient: 0, seed });
      server.got.length = 0;
      await sendRow(client, relay.port);
      await settled(() => server.got.length === relay.counts.toTarget.forwarded);
      rows.push(server.got.map(({ text }) => text));
    }
    expect(rows[1]).toEqual(rows[0]);
    expect(rows[2]).not.toEqual(rows[0]);
    const share = (rows[0]?.length ?? 0) / packetCount;
    expect(share).toBeGreaterThan(0.6);
    expect(share).toBeLessThan(0.8);
  });

  test('loses each direction at its own rate', async () => {
    const relay = await link({ lossToTarget: 0, lossToClient: 0.5 });
    server.socket.on('message', (data, from) => server.socket.send(data, from.port, from.address));
    await sendRow(client, relay.port);
    await settled(() => client.got.length === relay.counts.toClient.forwarded);
    expect(server.got).toHaveLength(packetCount);
    expect(client.got.length).toBe(relay.counts.toClient.forwarded);
    expect(relay.counts.toClient.forwarded + relay.counts.toClient.lost).toBe(packetCount);
    expect(Math.abs(client.got.length / packetCount - 0.5)).toBeLessThan(0.1);
  });

  test('shows each client to the target at an address of its own, and the target can speak to it first', async () => {
    const relay = await link({ lossToTarget: 0, lossToClient: 0 });
    const other = await peer();
    try {
      await sendRow(client, relay.port, 1);
      await sendRow(other, relay.port, 1);
      await settled(() => server.got.length === 2);
      const [first, second] = server.got.map(({ fromPort }) => fromPort);
      expect(first).not.toBe(second);
      server.socket.send('for the second', second ?? 0, '127.0.0.1');
      await settled(() => other.got.length === 1);
      expect(other.got.map(({ text }) => text)).toEqual(['for the second']);
      expect(client.got).toEqual([]);
    } finally {
      other.socket.close();
    }
  });

  test('changes its loss while running', async () => {
    const relay = await link({ lossToTarget: 1, lossToClient: 0 });
    await sendRow(client, relay.port, 20);
    await settled(() => relay.counts.toTarget.lost === 20);
    expect(server.got).toEqual([]);
    relay.setLoss({ toTarget: 0, toClient: 0 });
    await sendRow(client, relay.port, 20);
    await settled(() => server.got.length === 20);
    expect(server.got).toHaveLength(20);
  });

  test('closes twice without complaint', async () => {
    const relay = await link({ lossToTarget: 0, lossToClient: 0 });
    await sendRow(client, relay.port, 1);
    await Promise.all([relay.close(), relay.close()]);
  });
});
