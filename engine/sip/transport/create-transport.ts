/** Makes the transport that an account or the practice PBX asks for. */
import { PhoneFailure } from '../../../contract/errors.ts';
import { systemClock, type Clock } from './clock.ts';
import type { Link, LinkHandlers } from './link.ts';
import { lookupAddresses, type Lookup } from './resolve.ts';
import { standardTimers, type TimerValues } from './retransmission.ts';
import { createSipTransport } from './sip-transport.ts';
import { createTcpLink } from './tcp.ts';
import type { Endpoint, SipTransport, SipTransportOptions } from './transport.ts';
import { createUdpLink } from './udp.ts';
import { createWebSocketLink } from './websocket.ts';

/** What the transport takes from its surroundings. */
export interface TransportSurroundings {
  clock: Clock;
  timers: TimerValues;
  lookup: Lookup;
}

const system: TransportSurroundings = {
  clock: systemClock,
  timers: standardTimers,
  lookup: lookupAddresses,
};

/** How long a server may take to accept a connection, milliseconds. */
const acceptWithinMs = 8000;
/** The same where it is only an attempt, and UDP works as well. */
const attemptWithinMs = 2000;

/**
 * Nothing is opened before `connect()`.
 * @throws PhoneFailure `internal` for a combination that does not exist: a stream that routes by Request-URI, WebSocket
 *   without a valid URI.
 */
export function createTransport(
  options: SipTransportOptions,
  surroundings: Partial<TransportSurroundings> = {},
): SipTransport {
  const { clock, timers, lookup } = { ...system, ...surroundings };
  const { log, localAddress, localPort } = options;
  const server = options.nextHop.kind === 'server' ? options.nextHop : undefined;
  const link = linkMaker();
  const largeLink = (handlers: LinkHandlers, remote: Endpoint) =>
    createTcpLink(
      {
        server: { host: remote.address, port: remote.port },
        localAddress,
        localPort: undefined,
        acceptWithinMs: attemptWithinMs,
        tls: undefined,
        clock,
        lookup,
        log,
      },
      handlers,
    );
  return createSipTransport({
    link,
    largeLink: options.protocol === 'UDP' && server !== undefined ? largeLink : undefined,
    fixedServer: server !== undefined,
    keepaliveIntervalMs: options.keepaliveSeconds * 1000,
    timers,
    clock,
    log,
  });

  function linkMaker(): (handlers: LinkHandlers) => Link {
    const impossible = (reason: string) => new PhoneFailure('internal', { reason });
    if (options.protocol === 'UDP')
      return (handlers) => createUdpLink({ server, localAddress, localPort, clock, lookup }, handlers);
    if (server === undefined) throw impossible(`${options.protocol} cannot route by Request-URI`);
    const common = { localAddress, acceptWithinMs, clock, lookup, log };
    const trust = { names: [server.host], authorities: '', pins: [], ...options.tls };
    if (options.protocol === 'TCP' || options.protocol === 'TLS') {
      const tls = options.protocol === 'TLS' ? trust : undefined;
      return (handlers) => createTcpLink({ ...common, server, localPort, tls }, handlers);
    }
    const uri = options.webSocketUri ?? '';
    if (!uri.startsWith(options.protocol === 'WS' ? 'ws://' : 'wss://') || !isUrl(uri))
      throw impossible(`${options.protocol} needs a WebSocket URI`);
    const tls =
      options.protocol === 'WSS' ? { ...trust, names: [new URL(uri).hostname, ...trust.names] } : undefined;
    return (handlers) => createWebSocketLink({ ...common, uri, tls }, handlers);
  }
}

function isUrl(text: string): boolean {
  try {
    return new URL(text).hostname !== '';
  } catch {
    return false;
  }
}
