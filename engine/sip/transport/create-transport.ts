/** Makes the transport that an account or the practice PBX asks for. */
import { PhoneFailure } from '../../../contract/errors.ts';
import { systemClock, type Clock } from './clock.ts';
import type { Link, LinkHandlers } from './link.ts';
import { lookupAddresses, type Lookup } from './resolve.ts';
import { standardTimers, type TimerValues } from './retransmission.ts';
import { createSipTransport } from './sip-transport.ts';
import type { SipTransport, SipTransportOptions } from './transport.ts';
import { createUdpLink } from './udp.ts';

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

/** Nothing is opened before `connect()`. Throws a PhoneFailure for a combination that does not exist. */
export function createTransport(
  options: SipTransportOptions,
  surroundings: Partial<TransportSurroundings> = {},
): SipTransport {
  const { clock, timers, lookup } = { ...system, ...surroundings };
  const server = options.nextHop.kind === 'server' ? options.nextHop : undefined;
  const link = (handlers: LinkHandlers): Link => {
    switch (options.protocol) {
      case 'UDP':
        return createUdpLink(
          { server, localAddress: options.localAddress, localPort: options.localPort, clock, lookup },
          handlers,
        );
      default:
        throw new PhoneFailure('internal', { reason: `no transport ${options.protocol}` });
    }
  };
  return createSipTransport({
    link,
    largeLink: undefined,
    fixedServer: server !== undefined,
    keepaliveIntervalMs: options.keepaliveSeconds * 1000,
    timers,
    clock,
    log: options.log,
  });
}
