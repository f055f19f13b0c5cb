/** SIP over TCP, as a client (RFC 3261 §18): one connection to the server, which carries what comes back too. */
import { connect, type Socket } from 'node:net';
import { makeError, PhoneFailure } from '../../../contract/errors.ts';
import type { Logger } from '../../log.ts';
import type { Clock } from './clock.ts';
import { createFramer } from './framing.ts';
import { keepalivePing, keepalivePong } from './keepalive.ts';
import { messageBytesMax, plainAddress, type Link, type LinkHandlers } from './link.ts';
import { resolveServer, type Lookup } from './resolve.ts';
import type { Endpoint } from './transport.ts';

export interface TcpLinkOptions {
  server: { host: string; port: number };
  localAddress: string | undefined;
  localPort: number | undefined;
  /** How long one address may take to accept, milliseconds. */
  acceptWithinMs: number;
  clock: Clock;
  lookup: Lookup;
  log: Logger;
}

export function createTcpLink(options: TcpLinkOptions, handlers: LinkHandlers): Link {
  const { server } = options;
  let socket: Socket | undefined;
  let opening: Promise<void> | undefined;
  let local: Endpoint = { address: options.localAddress ?? '0.0.0.0', port: 0 };
  let remote: Endpoint | undefined;
  let closed = false;

  const dial = (candidate: Endpoint): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const dialled = connect({
        host: candidate.address,
        port: candidate.port,
        ...(options.localAddress === undefined ? {} : { localAddress: options.localAddress }),
        ...(options.localPort === undefined ? {} : { localPort: options.localPort }),
      });
      const fail = (refused: boolean) => {
        stopWaiting();
        dialled.destroy();
        reject(
          refused
            ? new PhoneFailure('server.refused', { server: server.host, port: server.port })
            : new PhoneFailure('server.unreachable', { server: server.host }),
        );
      };
      const stopWaiting = options.clock.after(options.acceptWithinMs, () => fail(false));
      const onError = (error: NodeJS.ErrnoException) => fail(error.code === 'ECONNREFUSED');
      dialled.once('error', onError);
      dialled.once('connect', () => {
        stopWaiting();
        dialled.off('error', onError);
        resolve(dialled);
      });
    });

  const adopt = (dialled: Socket, candidate: Endpoint) => {
    const framer = createFramer(messageBytesMax);
    const give = (chunk: Uint8Array) => {
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
    dialled.on('error', (error) => options.log.debug(`TCP: ${error.message}`));
    dialled.on('end', () => dialled.destroy());
    dialled.on('close', () => {
      if (socket !== dialled) return;
      socket = undefined;
      if (!closed) handlers.lost(makeError('server.connection-lost', { server: server.host }));
    });
    socket = dialled;
    remote = candidate;
    local = { address: plainAddress(dialled.localAddress ?? ''), port: dialled.localPort ?? 0 };
  };

  const open = async (): Promise<void> => {
    let last: unknown;
    for (const candidate of await resolveServer(server.host, server.port, options.lookup)) {
      try {
        const dialled = await dial(candidate);
        if (closed) {
          dialled.destroy();
          throw new PhoneFailure('internal', { reason: 'the transport is closed' });
        }
        return adopt(dialled, candidate);
      } catch (error) {
        last = error;
      }
    }
    throw last;
  };

  return {
    protocol: 'TCP',
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
      socket?.write(keepalivePing);
    },
    suspect: () => undefined,
    drop() {
      const dropped = socket;
      socket = undefined;
      dropped?.destroy();
    },
    async close() {
      closed = true;
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
