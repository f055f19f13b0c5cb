/** Makes the transport that an account or the practice PBX asks for. */
import { PhoneFailure } from '../../../contract/errors.ts';
import { randomFraction } from '../random-token.ts';
import { answers } from './answers.ts';
import { systemClock, type Clock } from '../../net/clock.ts';
import { systemNames, type DomainNames } from './domain-names.ts';
import type { Link, LinkHandlers } from './link.ts';
import { locate, type ServerName, type Target } from './resolve.ts';
import { standardTimers, type TimerValues } from './retransmission.ts';
import { createServerLink } from './server-link.ts';
import { createSipTransport } from './sip-transport.ts';
import { createTcpLink } from './tcp.ts';
import type { TlsTrust } from '../../net/tls.ts';
import type { TransportAddress } from '../../net/transport-address.ts';
import type { SipProtocol, SipTransport, SipTransportOptions } from './transport.ts';
import { createUdpLink } from './udp.ts';
import { createWebSocketLink } from './websocket.ts';

/** What the transport takes from its surroundings. */
export interface TransportSurroundings {
  clock: Clock;
  timers: TimerValues;
  names: DomainNames;
}

const system: TransportSurroundings = {
  clock: systemClock,
  timers: standardTimers,
  names: systemNames,
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
  const { clock, timers, names } = { ...system, ...surroundings };
  const { log, localAddress, localPort } = options;
  const common = { localAddress, clock, log };
  return createSipTransport({
    link: options.nextHop.kind === 'server' ? serverLink(options.nextHop) : servingLink(),
    largeLink,
    fixedServer: options.nextHop.kind === 'server',
    keepaliveIntervalMs: options.keepaliveSeconds * 1000,
    timers,
    clock,
    log,
  });

  function servingLink(): (handlers: LinkHandlers) => Link {
    if (options.protocol !== 'UDP') throw impossible(`${options.protocol} cannot route by Request-URI`);
    return (handlers) => createUdpLink({ target: undefined, localAddress, localPort, clock }, handlers);
  }

  function serverLink(nextHop: { host: string; port: number | undefined }): (handlers: LinkHandlers) => Link {
    const { protocol } = options;
    const uri =
      protocol === 'WS' || protocol === 'WSS' ? webSocketUri(protocol, options.webSocketUri) : undefined;
    const server: ServerName = uri === undefined ? { ...nextHop, protocol } : serverOf(uri, protocol);
    const trust: TlsTrust = { names: [server.host], authorities: '', pins: [], ...options.tls };
    // RFC 7118 §6: the certificate of a WebSocket is the web's affair, and has to be for the URI's host.
    const tls = uri === undefined ? trust : { ...trust, names: [server.host] };
    const trustFor = (target: Target) => (isSecure(target.protocol) ? tls : undefined);
    const linkTo = (target: Target, handlers: LinkHandlers): Link => {
      const stream = { ...common, target, acceptWithinMs, tls: trustFor(target) };
      if (target.protocol === 'UDP')
        return createUdpLink({ target, localAddress, localPort, clock }, handlers);
      return uri === undefined
        ? createTcpLink({ ...stream, localPort }, handlers)
        : createWebSocketLink({ ...stream, uri: uri.href }, handlers);
    };
    return (handlers) =>
      createServerLink(
        {
          protocol: protocol === 'auto' ? 'UDP' : protocol,
          localAddress,
          locate: () => locate(server, names, randomFraction),
          linkTo,
          answers: (target) => answers(target, { localAddress, clock, tls: trustFor(target) }),
          clock,
          log,
        },
        handlers,
      );
  }

  function largeLink(handlers: LinkHandlers, remote: TransportAddress): Link {
    const { address: host, port } = remote;
    const target: Target = { protocol: 'TCP', host, port, endpoints: [remote] };
    return createTcpLink(
      { ...common, target, localPort: undefined, acceptWithinMs: attemptWithinMs, tls: undefined },
      handlers,
    );
  }
}

const impossible = (reason: string) => new PhoneFailure('internal', { reason });
const isSecure = (protocol: SipProtocol) => protocol === 'TLS' || protocol === 'WSS';

function webSocketUri(protocol: 'WS' | 'WSS', text = ''): URL {
  const scheme = `${protocol.toLowerCase()}:`;
  try {
    const uri = new URL(text);
    if (uri.protocol === scheme && uri.hostname !== '') return uri;
  } catch {
    // Not a URI at all: told below.
  }
  throw impossible(`${protocol} needs a WebSocket URI`);
}

/** The URI's host may differ from everything that SIP calls the server. */
function serverOf({ hostname, port }: URL, protocol: SipTransportOptions['protocol']): ServerName {
  return { host: hostname, port: port === '' ? undefined : Number(port), protocol };
}
