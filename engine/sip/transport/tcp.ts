/** SIP over TCP and TLS, as a client (RFC 3261 §18): one connection to the server, which carries what comes back too. */
import type { Socket } from 'node:net';
import { makeError, PhoneFailure } from '../../../contract/errors.ts';
import type { Logger } from '../../log.ts';
import type { Clock } from '../../net/clock.ts';
import { dial } from '../../net/dial.ts';
import { createFramer } from './framing.ts';
import { keepalivePing, keepalivePong, pongWithinMs } from './keepalive.ts';
import { messageBytesMax, type Link, type LinkHandlers } from './link.ts';
import { plainAddress } from '../../net/transport-address.ts';
import type { Target } from './resolve.ts';
import type { TlsTrust } from '../../net/tls.ts';
import type { TransportAddress } from '../../net/transport-address.ts';

export interface TcpLinkOptions {
  target: Target;
  localAddress: string | undefined;
  localPort: number | undefined;
  /** How long the server may take to accept, milliseconds. */
  acceptWithinMs: number;
  /** For TLS; undefined for TCP. */
  tls: TlsTrust | undefined;
  clock: Clock;
  log: Logger;
}

export function createTcpLink(options: TcpLinkOptions, handlers: LinkHandlers): Link {
  const { target: server } = options;
  let socket: Socket | undefined;
  let opening: Promise<void> | undefined;
  let local: TransportAddress = { address: options.localAddress ?? '0.0.0.0', port: 0 };
  let remote: TransportAddress | undefined;
  /** The server answers pings, as it has agreed to or has done before. */
  let pongs = false;
  /** A ping is under way. */
  let pinged = false;
  /** Ends the wait for its answer. */
  let heard: (() => void) | undefined;
  let closed = false;

  const stopWaiting = () => {
    heard?.();
    heard = undefined;
  };

  const adopt = (dialled: Socket, candidate: TransportAddress) => {
    const framer = createFramer(messageBytesMax);
    const give = (chunk: Buffer) => {
      stopWaiting();
      if (pinged && chunk.toString('latin1') === keepalivePong) {
        pinged = false;
        pongs = true;
        return;
      }
      for (const frame of framer.push(chunk)) {
        if (frame.kind === 'message') handlers.bytes(frame.bytes, candidate);
        else if (frame.kind === 'ping') dialled.write(keepalivePong);
        else {
          options.log.warn(`closing the connection: ${frame.fault}`);
          dialled.destroy();
        }
      }
    };
    dialled.setNoDelay(true);
    dialled.setKeepAlive(true, 30_000);
    dialled.on('data', give);
    dialled.on('error', (error) => options.log.debug(`connection: ${error.message}`));
    dialled.on('end', () => dialled.destroy());
    dialled.on('close', () => {
      if (socket !== dialled) return;
      stopWaiting();
      socket = undefined;
      if (!closed) handlers.lost(makeError('server.connection-lost', { server: server.host }));
    });
    pongs = false;
    pinged = false;
    socket = dialled;
    remote = candidate;
    local = { address: plainAddress(dialled.localAddress ?? ''), port: dialled.localPort ?? 0 };
  };

  const open = async (): Promise<void> => {
    const { clock, tls, localAddress, localPort, acceptWithinMs: withinMs } = options;
    const candidates = server.endpoints;
    const dialled = await dial({ server, candidates, localAddress, localPort, withinMs, tls, clock });
    if (closed) {
      dialled.socket.destroy();
      throw new PhoneFailure('internal', { reason: 'the transport is closed' });
    }
    adopt(dialled.socket, dialled.remote);
  };

  return {
    protocol: options.tls === undefined ? 'TCP' : 'TLS',
    reliable: true,
    get connected() {
      return socket !== undefined;
    },
    get local() {
      return local;
    },
    get remote() {
      return remote;
    },
    get sentBy() {
      return { host: local.address, port: local.port };
    },
    async open() {
      if (closed) throw new PhoneFailure('internal', { reason: 'the transport is closed' });
      if (socket !== undefined) return;
      opening ??= open().finally(() => {
        opening = undefined;
      });
      await opening;
    },
    write(text) {
      return new Promise((resolve, reject) => {
        const lost = () => reject(new PhoneFailure('server.connection-lost', { server: server.host }));
        if (socket === undefined) return lost();
        socket.write(text, (error) => {
          if (error) lost();
          else resolve();
        });
      });
    },
    ping() {
      const asked = socket;
      if (asked === undefined) return;
      asked.write(keepalivePing);
      pinged = true;
      if (pongs) heard ??= options.clock.after(pongWithinMs, () => asked.destroy());
    },
    expectPongs() {
      pongs = true;
    },
    suspect: () => undefined,
    drop() {
      stopWaiting();
      const dropped = socket;
      socket = undefined;
      dropped?.destroy();
    },
    async close() {
      closed = true;
      stopWaiting();
      const closing = socket;
      socket = undefined;
      if (closing === undefined) return;
      await new Promise<void>((resolve) => {
        closing.once('close', () => resolve());
        closing.end(() => closing.destroy());
      });
    },
  };
}
