import { createSocket } from 'node:dgram';
import { expect, it } from 'vitest';
import { isRefused } from '../../../../engine/rtp/port-probe.ts';

it('knows a port where nobody listens from one where somebody is silent, and sends that one nothing to take for sound', async () => {
  const socket = createSocket('udp4');
  const came: number[] = [];
  socket.on('message', ({ length }) => came.push(length));
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const there = { address: '127.0.0.1', port: socket.address().port };
  expect(await isRefused(there)).toBe(false);
  expect(came).toEqual([0]);
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  expect(await isRefused(there)).toBe(true);
});

it.skipIf(process.platform !== 'linux')(
  'takes an address that this computer will not send to for one that refuses',
  async () => {
    expect(await isRefused({ address: '255.255.255.255', port: 4000 })).toBe(true);
  },
);
