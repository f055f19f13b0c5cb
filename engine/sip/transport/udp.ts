/**
 * SIP over UDP (RFC 3261 §18). One socket carries the messages, bound to the address that faces the server, and takes datagrams
 * from anyone. A second one, connected to the server, exists to hear ICMP's "port unreachable": only connected sockets are told.
 */
import { createSocket, type Socket } from 'node:dgram';
import { isIP } from 'node:net';
import { makeError, PhoneFailure } from '../../../contract/errors.ts';
import type { Clock } from '../../net/clock.ts';
import { keepalivePing } from './keepalive.ts';
import { plainAddress } from '../../net/transport-address.ts';
import { type Link, type LinkHandlers } from './link.ts';
import type { Target } from './resolve.ts';
import type { TransportAddress } from '../../net/transport-address.ts';

export interface UdpLinkOptions {
  /** Undefined for a link that serves: it only listens, and probes nobody. */
  target: Target | undefined;
  localAddress: string | undefined;
  localPort: number | undefined;
  clock: Clock;
}

/** The server is asked at most this often whether it refuses us. */
const probeIntervalMs = 1000;
/**
 * The system has dropped one datagram (a rule of the packet filter, full buffers): no different from one lost further on, and no
 * word about the next. Retransmission and the transaction's own time limit deal with it.
 */
const lostOnTheWay = new Set(['EPERM', 'ENOBUFS', 'ENOMEM', 'EAGAIN', 'EWOULDBLOCK']);

export function createUdpLink(options: UdpLinkOptions, handlers: LinkHandlers): Link {
  let socket: Socket | undefined;
  let probe: Socket | undefined;
  let local: TransportAddress = { address: options.localAddress ?? '0.0.0.0', port: 0 };
  let remote: TransportAddress | undefined;
  let failing = false;
  let lastProbeMs = -Infinity;
  let closed = false;
  let opening: Promise<void> | undefined;
  /** Addresses of the server that refused; the next `open()` tries its others first. */
  const refusing = new Set<string>();

  const lose = (error: ReturnType<typeof makeError>) => {
    if (failing || closed) return;
    failing = true;
    handlers.lost(error);
  };
  const serverName = () => options.target?.host ?? remote?.address ?? local.address;

  const ask = () => {
    lastProbeMs = options.clock.nowMs();
    probe?.send(keepalivePing, hear);
  };

  /** ICMP's answer comes with whichever call on the connected socket is next, sending or receiving. */
  const hear = (error: NodeJS.ErrnoException | null) => {
    if (error?.code !== 'ECONNREFUSED' && error?.code !== 'ECONNRESET') return;
    if (remote !== undefined) refusing.add(remote.address);
    const { host, port } = options.target ?? { host: serverName(), port: remote?.port ?? 0 };
    lose(makeError('server.refused', { server: host, port }));
  };

  /** Finds the first candidate that the system has a route to, and our address towards it. */
  const faceServer = async ({ host, endpoints: candidates }: Target): Promise<string> => {
    if (candidates.every(({ address }) => refusing.has(address))) refusing.clear();
    const inOrder = [
      ...candidates.filter(({ address }) => !refusing.has(address)),
      ...candidates.filter(({ address }) => refusing.has(address)),
    ];
    for (const candidate of inOrder) {
      const attempt = await connectProbe(candidate, options.localAddress);
      if (attempt === undefined) continue;
      attempt.on('error', hear);
      probe?.close();
      probe = attempt;
      remote = candidate;
      return attempt.address().address;
    }
    throw new PhoneFailure('server.unreachable', { server: host });
  };

  const listen = async (address: string): Promise<void> => {
    const opened = await bind(address, options.localPort ?? 0);
    opened.on('message', (bytes, from) => {
      const source = { address: plainAddress(from.address), port: from.port };
      if (source.address === remote?.address && source.port === remote.port) {
        failing = false;
        refusing.delete(remote.address);
      }
      handlers.bytes(bytes, source);
    });
    opened.on('error', () => lose(makeError('server.unreachable', { server: serverName() })));
    socket = opened;
    local = { address: plainAddress(opened.address().address), port: opened.address().port };
  };

  const open = async (): Promise<void> => {
    const address =
      options.target === undefined ? (options.localAddress ?? '0.0.0.0') : await faceServer(options.target);
    if (socket !== undefined && local.address !== plainAddress(address)) {
      socket.close();
      socket = undefined;
    }
    if (socket === undefined) await listen(address);
    if (closed) return release();
    failing = false;
    ask();
  };

  const release = async (): Promise<void> => {
    probe?.close();
    probe = undefined;
    const closing = socket;
    socket = undefined;
    if (closing !== undefined) await new Promise<void>((resolve) => closing.close(() => resolve()));
  };

  return {
    protocol: 'UDP',
    reliable: false,
    get connected() {
      return socket !== undefined && !failing;
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
      opening ??= open().finally(() => {
        opening = undefined;
      });
      await opening;
    },
    write(text, destination) {
      return new Promise((resolve, reject) => {
        const failed = () => reject(new PhoneFailure('server.unreachable', { server: serverName() }));
        if (socket === undefined || isIP(destination.address) === 0) return failed();
        socket.send(text, destination.port, destination.address, (error: NodeJS.ErrnoException | null) => {
          if (!error || lostOnTheWay.has(error.code ?? '')) return resolve();
          if (destination.address === remote?.address)
            lose(makeError('server.unreachable', { server: serverName() }));
          failed();
        });
      });
    },
    ping() {
      if (socket === undefined || remote === undefined) return;
      socket.send(keepalivePing, remote.port, remote.address, () => undefined);
    },
    suspect() {
      if (options.clock.nowMs() - lastProbeMs >= probeIntervalMs) ask();
    },
    drop() {
      failing = false;
      void release();
    },
    async close() {
      closed = true;
      await release();
    },
  };
}

/** A socket connected to the peer, undefined when the system has no route to it. */
function connectProbe(peer: TransportAddress, localAddress: string | undefined): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const probe = createSocket(isIP(peer.address) === 6 ? 'udp6' : 'udp4');
    const failed = () => {
      probe.close();
      resolve(undefined);
    };
    probe.once('error', failed);
    const connect = () =>
      probe.connect(peer.port, peer.address, (error?: Error) => {
        if (error !== undefined) return failed();
        probe.off('error', failed);
        resolve(probe);
      });
    if (localAddress === undefined) connect();
    else probe.bind(0, localAddress, connect);
  });
}

function bind(address: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4');
    const failed = (error: NodeJS.ErrnoException) => {
      socket.close();
      const why = error.code === 'EADDRINUSE' ? 'is in use' : `cannot be opened (${error.code ?? 'unknown'})`;
      reject(new PhoneFailure('internal', { reason: `UDP port ${String(port)} at ${address} ${why}` }));
    };
    socket.once('error', failed);
    socket.bind(port, address, () => {
      socket.off('error', failed);
      resolve(socket);
    });
  });
}
