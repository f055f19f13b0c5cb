/**
 * Opens a stream to a server that may have several addresses: one after the other, a little apart and without waiting for the slow ones,
 * so that a dead address family costs a quarter of a second (RFC 8305 §5). The first that accepts wins.
 */
import { connect, type Socket } from 'node:net';
import { PhoneFailure } from '../../contract/errors.ts';
import type { Clock } from './clock.ts';
import type { TlsTrust } from './tls.ts';
import type { TransportAddress } from './transport-address.ts';

export interface DialOptions {
  /** Where to; the host is for error sentences and for TLS. */
  server: { host: string; port: number };
  candidates: readonly [TransportAddress, ...TransportAddress[]];
  localAddress: string | undefined;
  localPort: number | undefined;
  /** How long all of it may take, milliseconds. */
  withinMs: number;
  /** For a secure connection. */
  tls: TlsTrust | undefined;
  clock: Clock;
}

export interface DialledStream {
  socket: Socket;
  remote: TransportAddress;
}

/** RFC 8305's Connection Attempt Delay. */
const nextAttemptMs = 250;

/** @throws PhoneFailure `server.refused`, `server.unreachable`, `server.certificate` */
export async function dial(options: DialOptions): Promise<DialledStream> {
  const { server, tls, clock } = options;
  const unreachable = () => new PhoneFailure('server.unreachable', { server: server.host });
  const open = new Set<Socket>();
  let giveUp: () => void = () => undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    giveUp = clock.after(options.withinMs, () => reject(unreachable()));
  });
  try {
    const dialled = await Promise.race([raced(options, open), tooLate]);
    if (tls === undefined) {
      open.delete(dialled.socket);
      return dialled;
    }
    // Loaded for whoever speaks it: Node's TLS begins with a few hundred certificates of authorities.
    const handshake = import('./tls.ts').then(({ secure }) => secure(dialled.socket, server, tls));
    const secured = await Promise.race([handshake, tooLate]);
    open.delete(dialled.socket);
    return { socket: secured, remote: dialled.remote };
  } finally {
    giveUp();
    for (const socket of open) socket.destroy();
  }
}

/** @param open every socket that is under way, so that the caller can end those that were not chosen */
function raced(options: DialOptions, open: Set<Socket>): Promise<DialledStream> {
  const { server, candidates, localAddress, localPort, clock } = options;
  return new Promise((resolve, reject) => {
    const waiting = [...candidates];
    const failures: PhoneFailure[] = [];
    let decided = false;
    let cancelNext: () => void = () => undefined;
    const next = () => {
      cancelNext();
      const remote = decided ? undefined : waiting.shift();
      if (remote === undefined) return;
      cancelNext = clock.after(nextAttemptMs, next);
      const socket = connect({
        host: remote.address,
        port: remote.port,
        ...(localAddress === undefined ? {} : { localAddress }),
        ...(localPort === undefined ? {} : { localPort }),
      });
      open.add(socket);
      const failed = (error: NodeJS.ErrnoException) => {
        open.delete(socket);
        failures.push(
          error.code === 'ECONNREFUSED'
            ? new PhoneFailure('server.refused', { server: server.host, port: server.port })
            : new PhoneFailure('server.unreachable', { server: server.host }),
        );
        if (failures.length === candidates.length) reject(clearest(failures));
        else next();
      };
      socket.once('error', failed);
      socket.once('connect', () => {
        decided = true;
        cancelNext();
        socket.off('error', failed);
        // Until its user listens: a connection may break at any moment.
        socket.on('error', () => undefined);
        resolve({ socket, remote });
      });
    };
    next();
  });
}

/** A server that refuses says more than one that is not heard of. */
function clearest(failures: readonly PhoneFailure[]): PhoneFailure | undefined {
  return failures.find(({ error }) => error.code === 'server.refused') ?? failures[0];
}
