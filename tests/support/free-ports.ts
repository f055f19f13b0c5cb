/**
 * Free ports on loopback for servers that must be told their port. Chosen at random below the range from which systems take
 * ports on their own, so that a socket opened meanwhile does not take one of them.
 */
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createServer, isIPv6 } from 'node:net';

const attempts = 200;

/** A port in [min, max] of a loopback address that is free for UDP and for TCP. */
export async function freePort(min: number, max: number, host = '127.0.0.1'): Promise<number> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const port = randomInt(min, max + 1);
    if ((await udpPortIsFree(port, host)) && (await tcpPortIsFree(port, host))) return port;
  }
  throw new Error(`no free port between ${min} and ${max}`);
}

/** The first of `count` UDP ports in a row, on a multiple of `count`, of which the first and the last are free. */
export async function freePortRange(
  min: number,
  max: number,
  count: number,
  host = '127.0.0.1',
): Promise<number> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const first = randomInt(Math.ceil(min / count), Math.floor(max / count)) * count;
    if ((await udpPortIsFree(first, host)) && (await udpPortIsFree(first + count - 1, host))) return first;
  }
  throw new Error(`no ${count} free ports between ${min} and ${max}`);
}

function udpPortIsFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    socket.once('error', () => {
      socket.close();
      resolve(false);
    });
    socket.bind({ port, address: host, exclusive: true }, () => socket.close(() => resolve(true)));
  });
}

function tcpPortIsFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
