/**
 * From a server's name to addresses (RFC 3263 §4.2, the A and AAAA step). The NAPTR and SRV steps belong in `resolveServer`
 * too: they come before this one and yield further candidates.
 */
import { lookup as systemLookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { PhoneFailure } from '../../../contract/errors.ts';
import type { Endpoint } from './transport.ts';

/** Addresses of a name in the order to try them. */
export type Lookup = (host: string) => Promise<string[]>;

/**
 * The system's resolver, IPv4 first: many PBXs listen on IPv4 alone, and over UDP nothing tells that an IPv6 address
 * of the same name (such as localhost's) leads nowhere.
 */
export const lookupAddresses: Lookup = async (host) => {
  const found = await systemLookup(host, { all: true, verbatim: false });
  return found.map(({ address }) => address);
};

/**
 * Candidates for a server, first choice first; a literal address (IPv6 with or without brackets) is its own.
 * @throws PhoneFailure `server.dns` when the name has no address.
 */
export async function resolveServer(
  host: string,
  port: number,
  lookup: Lookup,
): Promise<[Endpoint, ...Endpoint[]]> {
  const literal = host.replace(/^\[(.*)\]$/, '$1');
  if (isIP(literal) !== 0) return [{ address: literal, port }];
  const addresses = await lookup(host).catch(() => []);
  const [first, ...others] = addresses.map((address) => ({ address, port }));
  if (first === undefined) throw new PhoneFailure('server.dns', { server: host });
  return [first, ...others];
}
