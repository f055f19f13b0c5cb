/**
 * SIP over WebSocket and secure WebSocket, as a client (RFC 7118): one message a frame, subprotocol `sip`. Keepalives are
 * WebSocket's own pings, whose pongs RFC 6455 makes mandatory, so that a dead connection shows within two of them.
 */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import { makeError, PhoneFailure } from '../../../contract/errors.ts';
import type { Logger } from '../../log.ts';
import type { Clock } from '../../net/clock.ts';
import { dial } from '../../net/dial.ts';
import { messageBytesMax, type Link, type LinkHandlers } from './link.ts';
import { plainAddress } from '../../net/transport-address.ts';
import type { Target } from './resolve.ts';
import type { TlsTrust } from '../../net/tls.ts';
import type { TransportAddress } from '../../net/transport-address.ts';

export interface WebSocketLinkOptions {
  /** `ws:` or `wss:`. */
  uri: string;
  /** Where the URI's host is. */
  target: Target;
  localAddress: string | undefined;
  /** How long the connection, and after it the handshake, may take, milliseconds. */
  acceptWithinMs: number;
  /** For `wss:`; undefined for `ws:`. */
  tls: TlsTrust | undefined;
  clock: Clock;
  log: Logger;
}

export function createWebSocketLink(options: WebSocketLinkOptions, handlers: LinkHandlers): Link {
  const url = new URL(options.uri);
  const { host: server, port } = options.target;
  /** RFC 7118 §5.2: nobody can connect to us, so the sent-by is a name that cannot exist. */
  const sentBy = { host: `${randomBytes(6).toString('hex')}.invalid`, port: undefined };
  let socket: WebSocket | undefined;
  let opening: Promise<void> | undefined;
  let local: TransportAddress = { address: options.localAddress ?? '0.0.0.0', port: 0 };
  let remote: TransportAddress | undefined;
  let awaitingPong = false;
  let closed = false;

  const open = async (): Promise<void> => {
    // Loaded here, for most phones speak SIP over UDP, TCP or TLS; and before there is a connection that could break meanwhile.
    const { WebSocket } = await import('ws');
    const { clock, tls, localAddress, acceptWithinMs: withinMs } = options;
    const reached = { server: { host: server, port }, candidates: options.target.endpoints, localAddress };
    const dialled = await dial({ ...reached, localPort: undefined, withinMs, tls, clock });
    local = {
      address: plainAddress(dialled.socket.localAddress ?? ''),
      port: dialled.socket.localPort ?? 0,
    };
    remote = dialled.remote;
    const upgraded = await upgrade(dialled.socket, WebSocket);
    if (closed) {
      upgraded.terminate();
      throw new PhoneFailure('internal', { reason: 'the transport is closed' });
    }
    adopt(upgraded);
  };

  /** RFC 6455's handshake over a connection that stands. */
  const upgrade = (under: Socket, Client: typeof WebSocket): Promise<WebSocket> =>
    new Promise((resolve, reject) => {
      const asked = new Client(url, 'sip', {
        handshakeTimeout: options.acceptWithinMs,
        maxPayload: messageBytesMax,
        perMessageDeflate: false,
        createConnection: () => under,
      });
      const onError = (error: Error) => {
        options.log.info(`${options.uri}: ${error.message}`);
        under.destroy();
        reject(upgradeFailure(error, server, port));
      };
      asked.once('error', onError);
      asked.once('open', () => {
        asked.off('error', onError);
        resolve(asked);
      });
    });

  const adopt = (dialled: WebSocket) => {
    const source = remote ?? { address: server, port };
    awaitingPong = false;
    dialled.on('message', (data: RawData) => handlers.bytes(asBytes(data), source));
    dialled.on('pong', () => {
      awaitingPong = false;
    });
    dialled.on('error', (error) => options.log.debug(`WebSocket: ${error.message}`));
    dialled.on('close', () => {
      if (socket !== dialled) return;
      socket = undefined;
      if (!closed) handlers.lost(makeError('server.connection-lost', { server }));
    });
    socket = dialled;
  };

  return {
    protocol: options.tls === undefined ? 'WS' : 'WSS',
    reliable: true,
    get connected() {
      return isOpen(socket);
    },
    get local() {
      return local;
    },
    get remote() {
      return remote;
    },
    sentBy,
    async open() {
      if (closed) throw new PhoneFailure('internal', { reason: 'the transport is closed' });
      if (isOpen(socket)) return;
      opening ??= open().finally(() => {
        opening = undefined;
      });
      await opening;
    },
    write(text) {
      return new Promise((resolve, reject) => {
        const lost = () => reject(new PhoneFailure('server.connection-lost', { server }));
        if (!isOpen(socket)) return lost();
        socket.send(text, (error) => {
          if (error) lost();
          else resolve();
        });
      });
    },
    ping() {
      if (socket === undefined) return;
      if (awaitingPong) return socket.terminate();
      awaitingPong = true;
      socket.ping(undefined, undefined, () => undefined);
    },
    suspect: () => undefined,
    drop() {
      const dropped = socket;
      socket = undefined;
      dropped?.terminate();
    },
    async close() {
      closed = true;
      const closing = socket;
      socket = undefined;
      if (closing === undefined) return;
      await new Promise<void>((resolve) => {
        const giveUp = options.clock.after(1000, () => closing.terminate());
        closing.once('close', () => {
          giveUp();
          resolve();
        });
        closing.close(1000);
      });
    },
  };
}

const isOpen = (socket: WebSocket | undefined): socket is WebSocket =>
  socket !== undefined && socket.readyState === socket.OPEN;

/** An HTTP answer that is no upgrade comes from a server that is there and does not speak SIP at this path. */
function upgradeFailure(error: Error, server: string, port: number): PhoneFailure {
  return /unexpected server response|subprotocol/i.test(error.message)
    ? new PhoneFailure('server.refused', { server, port })
    : new PhoneFailure('server.unreachable', { server });
}

function asBytes(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}
