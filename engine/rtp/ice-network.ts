/** What this computer lends to ICE: its addresses, UDP sockets from the range for sound, names of servers, connections to TURN servers. */
import type { Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
import type { DatagramPort, PortPair } from '../nat/ice-gathering.ts';
import { turnTransports } from '../nat/turn-transport.ts';
import { bindPair, closePair } from './datagram-socket.ts';
import type { IceNetwork } from './ice-path.ts';
import type { PortPool } from './port-pool.ts';

/** Every address costs sockets and checks; nobody has more that matter. */
const mostAddresses = 6;
const isLoopback = (address: string) => address === '::1' || address.startsWith('127.');

/**
 * Addresses worth a candidate, the preferred one first: neither loopback, which leads nowhere else, nor link-local ones, which need a
 * zone. Whoever prefers loopback talks to this computer and stays on it.
 */
export function usableAddresses(
  preferred: string,
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces(),
): readonly string[] {
  if (isLoopback(preferred)) return [preferred];
  const others = Object.values(interfaces)
    .flatMap((each) => each ?? [])
    .filter(({ internal, address }) => !internal && !/^(fe80:|169\.254\.)/i.test(address))
    .map(({ address }) => address);
  return [...new Set([preferred, ...others])].slice(0, mostAddresses);
}

function datagramPort(socket: Socket, onError: (error: Error) => void): DatagramPort {
  const { address, port } = socket.address();
  let closed = false;
  socket.on('error', onError);
  socket.on('close', () => (closed = true));
  return {
    local: { address, port },
    send: (datagram, to) =>
      new Promise((resolve) => {
        if (closed) resolve();
        else socket.send(datagram, to.port, to.address, () => resolve());
      }),
    listen: (listener) => {
      socket.on('message', (datagram, from) =>
        listener(datagram, { address: from.address, port: from.port }),
      );
    },
  };
}

export interface ComputerNetworkOptions {
  /** Inclusive range of RTP/RTCP pairs. */
  portMin: number;
  portMax: number;
  ports: PortPool;
  /** Authorities for TURN over TLS beside the system's, PEM; may be empty. */
  authorities: string;
  onError: (error: Error) => void;
}

export function computerNetwork(options: ComputerNetworkOptions): IceNetwork {
  const { portMin, portMax, ports, authorities, onError } = options;
  return {
    addresses: (preferred) => usableAddresses(preferred),
    openPair: async (localAddress): Promise<PortPair> => {
      const pair = await bindPair(ports, { localAddress, portMin, portMax });
      return {
        rtp: datagramPort(pair.rtp, onError),
        rtcp: datagramPort(pair.rtcp, onError),
        close: () => closePair(ports, pair),
      };
    },
    resolve: async (host, family) => {
      if (isIP(host) !== 0) return isIP(host) === family ? host : undefined;
      try {
        return (await lookup(host, { family })).address;
      } catch {
        return undefined;
      }
    },
    connectTurn: turnTransports({ authorities }),
  };
}
