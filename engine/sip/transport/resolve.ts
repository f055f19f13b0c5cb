/**
 * From a server's name to the places where it may be reached (RFC 3263 §4.1 and §4.2):
 *
 *   literal address, or a port is given ─────────────────────────────────► A, AAAA
 *   transport `auto` ── NAPTR ─ none ─► SRV for UDP, TCP, TLS ─ none ─► UDP, A, AAAA
 *   a named transport ───────────────── SRV for that transport ─ none ─► A, AAAA with its own port
 */
import { isIP } from 'node:net';
import { PhoneFailure } from '../../../contract/errors.ts';
import type { DomainNames, SrvRecord } from './domain-names.ts';
import type { TransportAddress } from '../../net/transport-address.ts';
import type { SipProtocol } from './transport.ts';

/** A server as an account names it. */
export interface ServerName {
  /** Name or address; IPv6 with or without brackets. */
  host: string;
  /** Undefined: as DNS says, else the transport's own. */
  port: number | undefined;
  protocol: SipProtocol | 'auto';
}

/** One place where the server may be: a host, its port, and that host's addresses in the order to try them. */
export interface Target {
  protocol: SipProtocol;
  host: string;
  port: number;
  endpoints: [TransportAddress, ...TransportAddress[]];
}

export const defaultPorts: Record<SipProtocol, number> = {
  UDP: 5060,
  TCP: 5060,
  TLS: 5061,
  WS: 80,
  WSS: 443,
};

/** The SRV service of each transport (RFC 3263 §4.1); WebSocket servers are named by URI and have none (RFC 7118 §5.1). */
const services: Partial<Record<SipProtocol, string>> = {
  UDP: '_sip._udp',
  TCP: '_sip._tcp',
  TLS: '_sips._tcp',
};
/** NAPTR service fields (RFC 3263 §4.1). */
const protocolOfService: Record<string, SipProtocol> = {
  'sip+d2u': 'UDP',
  'sip+d2t': 'TCP',
  'sips+d2t': 'TLS',
};
/** Without NAPTR records, the transports whose SRV records are asked for, first choice first. */
const automatic = ['UDP', 'TCP', 'TLS'] as const;
/** More than anybody has; bounds what a hostile DNS server can make us try. */
const targetsMax = 16;

interface Place {
  protocol: SipProtocol;
  host: string;
  port: number;
}

/**
 * Every place where a server may be, first choice first.
 * @param fraction from 0 to 1, for the weights of SRV records
 * @throws PhoneFailure `server.dns` when there is no address at all
 */
export async function locate(
  server: ServerName,
  names: DomainNames,
  fraction: () => number,
): Promise<[Target, ...Target[]]> {
  const places = await placesOf(server, names, fraction);
  const found = await Promise.all(
    places.slice(0, targetsMax).map(async (place): Promise<Target[]> => {
      const [first, ...others] = await endpointsOf(place, names);
      return first === undefined ? [] : [{ ...place, endpoints: [first, ...others] }];
    }),
  );
  const [first, ...others] = found.flat();
  if (first === undefined) throw new PhoneFailure('server.dns', { server: server.host });
  return [first, ...others];
}

async function endpointsOf({ host, port }: Place, names: DomainNames): Promise<TransportAddress[]> {
  const literal = host.replace(/^\[(.*)\]$/, '$1');
  if (isIP(literal) !== 0) return [{ address: literal, port }];
  const addresses = await names.addresses(host).catch(() => []);
  return addresses.map((address) => ({ address, port }));
}

async function placesOf(server: ServerName, names: DomainNames, fraction: () => number): Promise<Place[]> {
  const { host, port, protocol } = server;
  const named = protocol === 'auto' ? 'UDP' : protocol;
  const direct = [{ protocol: named, host, port: port ?? defaultPorts[named] }];
  // A name without a dot belongs to the local network, where no such records are kept.
  if (port !== undefined || isIP(host.replace(/^\[(.*)\]$/, '$1')) !== 0 || !host.includes('.'))
    return direct;
  const listed = protocol === 'auto' ? await byNaptr(host, names, fraction) : [];
  if (listed.length > 0) return listed;
  const wanted = protocol === 'auto' ? automatic : [protocol];
  const bySrv = await Promise.all(
    wanted.map((each) => srvPlaces(each, serviceName(each, host), names, fraction)),
  );
  return bySrv.some((places) => places.length > 0) ? bySrv.flat() : direct;
}

const serviceName = (protocol: SipProtocol, host: string) => {
  const service = services[protocol];
  return service === undefined ? undefined : `${service}.${host}`;
};

/** RFC 3263 §4.1: the domain says which transports it wants, in its order. */
async function byNaptr(host: string, names: DomainNames, fraction: () => number): Promise<Place[]> {
  const records = await names.naptr(host).catch(() => []);
  const usable = records
    .toSorted((one, other) => one.order - other.order || one.preference - other.preference)
    .flatMap(({ flags, service, replacement }) => {
      const protocol = protocolOfService[service.toLowerCase()];
      return flags.toLowerCase() === 's' && protocol !== undefined ? [{ protocol, replacement }] : [];
    });
  const places = usable.map(({ protocol, replacement }) => srvPlaces(protocol, replacement, names, fraction));
  return (await Promise.all(places)).flat();
}

async function srvPlaces(
  protocol: SipProtocol,
  name: string | undefined,
  names: DomainNames,
  fraction: () => number,
): Promise<Place[]> {
  if (name === undefined) return [];
  const records = await names.srv(name).catch(() => []);
  return orderSrv(records, fraction).map(({ name: host, port }) => ({ protocol, host, port }));
}

/**
 * RFC 2782: by priority, and within one priority drawn by weight, so that a record with twice the weight comes first twice as often. A
 * record whose target is the root says that the service is not there.
 */
export function orderSrv(records: readonly SrvRecord[], fraction: () => number): SrvRecord[] {
  const left = records
    .filter(({ name }) => name !== '' && name !== '.')
    // Records without weight first, so that they have a small chance (RFC 2782).
    .toSorted((one, other) => one.priority - other.priority || one.weight - other.weight);
  const ordered: SrvRecord[] = [];
  for (;;) {
    const [first] = left;
    if (first === undefined) return ordered;
    const peers = left.filter(({ priority }) => priority === first.priority);
    const total = peers.reduce((sum, { weight }) => sum + weight, 0);
    let drawn = Math.floor(fraction() * (total + 1));
    const chosen = peers.find(({ weight }) => (drawn -= weight) <= 0) ?? first;
    ordered.push(chosen);
    left.splice(left.indexOf(chosen), 1);
  }
}
