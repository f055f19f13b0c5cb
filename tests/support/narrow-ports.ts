/** A home whose settings allow one pair of RTP ports, and somebody who holds it. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePortRange } from './free-ports.ts';

/** Writes the settings and takes the ports. Resolves to the pair and to what gives it back (idempotent). */
export async function holdOnlyPorts(
  home: string,
): Promise<{ min: number; max: number; release: () => void }> {
  const min = await freePortRange(32_000, 33_000, 2);
  const max = min + 1;
  mkdirSync(join(home, 'config'), { recursive: true });
  writeFileSync(
    join(home, 'config', 'settings.json'),
    JSON.stringify({ rtp: { port_min: min, port_max: max }, interface: { first_run_done: true } }),
  );
  const sockets = await Promise.all(
    [min, max].map(async (port) => {
      const socket = createSocket('udp4').bind(port, '127.0.0.1');
      await once(socket, 'listening');
      return socket;
    }),
  );
  const release = () => {
    for (const socket of sockets.splice(0)) socket.close();
  };
  return { min, max, release };
}
