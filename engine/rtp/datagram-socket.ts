/** UDP sockets for media: bound pairs, and a look-up that costs nothing for addresses that are numbers. */
import { createSocket, type Socket } from 'node:dgram';
import { lookup as lookUpName } from 'node:dns';
import { isIP } from 'node:net';
import { PhoneFailure } from '../../contract/errors.ts';
import type { PortPool } from './port-pool.ts';

type LookUp = (
  name: string,
  options: unknown,
  callback: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
) => void;

/** Of one socket, which nearly always sends to where it sent last. */
function addressLookUp(): LookUp {
  let [lastName, family] = ['', 0];
  return (name, _options, callback) => {
    if (name !== lastName) [lastName, family] = [name, isIP(name)];
    if (family !== 0) callback(null, name, family);
    else lookUpName(name, (error, address, itsFamily) => callback(error, address, itsFamily));
  };
}

/** Binds one socket. Rejects with the system's error (`EADDRINUSE`, `EADDRNOTAVAIL`). */
function bindSocket(address: string, port: number): Promise<Socket> {
  const socket = createSocket({ type: isIP(address) === 6 ? 'udp6' : 'udp4', lookup: addressLookUp() });
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      socket.close();
      reject(error);
    };
    socket.once('error', fail);
    socket.bind({ address, port, exclusive: true }, () => {
      socket.off('error', fail);
      resolve(socket);
    });
  });
}

export interface SocketPair {
  rtp: Socket;
  rtcp: Socket;
  address: string;
  /** The even port. */
  port: number;
}

/**
 * Binds the next free pair of the range and takes it from the pool; {@link closePair} gives it back.
 * Rejects with `media.ports-used-up`, or with the system's error when the address is not this computer's.
 */
export async function bindPair(
  pool: PortPool,
  range: { localAddress: string; portMin: number; portMax: number },
): Promise<SocketPair> {
  const { localAddress, portMin, portMax } = range;
  for (const port of pool.candidates(portMin, portMax)) {
    if (!pool.take(port)) continue;
    try {
      const rtp = await bindSocket(localAddress, port);
      try {
        return { rtp, rtcp: await bindSocket(localAddress, port + 1), address: localAddress, port };
      } catch (error) {
        rtp.close();
        throw error;
      }
    } catch (error) {
      pool.release(port);
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    }
  }
  throw new PhoneFailure('media.ports-used-up', { port_min: portMin, port_max: portMax });
}

/** Closes both sockets and gives their ports back to the pool. */
export async function closePair(pool: PortPool, { rtp, rtcp, port }: SocketPair): Promise<void> {
  await Promise.all([rtp, rtcp].map((socket) => new Promise<void>((done) => socket.close(done))));
  pool.release(port);
}
