/** The connection to a TURN server: UDP, TCP or TLS (RFC 8656 §3.1). Whole messages in and out, whatever carries them. */
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { PhoneFailure, toPhoneError } from '../../contract/errors.ts';
import { systemClock } from '../net/clock.ts';
import { dial } from '../net/dial.ts';
import { TurnStream } from './turn-framing.ts';
import type { TurnProtocol, TurnServer } from './turn-uri.ts';

export interface TurnTransport {
  readonly protocol: TurnProtocol;
  send(message: Uint8Array): void;
  /** One listener; `lost`: nothing will come any more. */
  listen(listener: { message: (message: Buffer) => void; lost: (reason: string) => void }): void;
  close(): void;
}

/** Rejects with an Error whose message says why the server cannot be had. */
export type OpenTurnTransport = (server: TurnServer) => Promise<TurnTransport>;

const connectWithinMs = 4_000;

/** Connections of this computer. @param authorities certificates to trust beside the system's, PEM; may be empty */
export function turnTransports({ authorities }: { authorities: string }): OpenTurnTransport {
  return async (server) => {
    const address = await addressOf(server.host);
    return server.protocol === 'udp'
      ? openDatagrams(server, address)
      : openStream(server, address, authorities);
  };
}

async function addressOf(host: string): Promise<string> {
  try {
    return (await lookup(host)).address;
  } catch {
    throw new PhoneFailure('server.dns', { server: host });
  }
}

async function openDatagrams({ port }: TurnServer, address: string): Promise<TurnTransport> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.connect(port, address, () => {
      socket.off('error', reject);
      resolve();
    });
  });
  let closed = false;
  return {
    protocol: 'udp',
    send: (message) => {
      if (!closed) socket.send(message);
    },
    listen: ({ message, lost }) => {
      socket.on('message', message);
      // "Port unreachable" is told for the datagram before: nobody listens there.
      socket.on('error', ({ code }: NodeJS.ErrnoException) =>
        lost(code === 'ECONNREFUSED' ? 'nothing listens at its port' : 'it cannot be reached'),
      );
    },
    close: () => {
      if (closed) return;
      closed = true;
      socket.close();
    },
  };
}

async function openStream(
  { host, port, protocol }: TurnServer,
  address: string,
  authorities: string,
): Promise<TurnTransport> {
  const { socket } = await dial({
    server: { host, port },
    candidates: [{ address, port }],
    localAddress: undefined,
    localPort: undefined,
    withinMs: connectWithinMs,
    tls: protocol === 'tls' ? { names: [host], authorities, pins: [] } : undefined,
    clock: systemClock,
  });
  socket.setNoDelay(true);
  return {
    protocol,
    send: (message) => {
      if (socket.writable) socket.write(message);
    },
    listen: ({ message, lost }) => {
      const stream = new TurnStream();
      socket.on('data', (chunk: Buffer) => {
        const messages = stream.push(chunk);
        if (messages === undefined) socket.destroy(new Error('it speaks no TURN'));
        else for (const each of messages) message(each);
      });
      socket.on('error', (error) => lost(toPhoneError(error).message));
      socket.on('close', () => lost('the connection was closed'));
    },
    close: () => {
      socket.end();
      socket.destroySoon();
    },
  };
}
