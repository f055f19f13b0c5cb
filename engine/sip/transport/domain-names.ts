/** What DNS knows of a name, as the finding of servers asks for it: addresses, SRV and NAPTR records. */
import { lookup as systemLookup, Resolver } from 'node:dns/promises';
import type { NaptrRecord, SrvRecord } from 'node:dns';

export type { NaptrRecord, SrvRecord } from 'node:dns';

export interface DomainNames {
  /** IPv4 and IPv6 addresses in the order to try them. Rejects when there is none. */
  addresses: (host: string) => Promise<string[]>;
  /** RFC 2782. Rejects or resolves to nothing when there are none. */
  srv: (name: string) => Promise<SrvRecord[]>;
  /** RFC 3403. Rejects or resolves to nothing when there are none. */
  naptr: (name: string) => Promise<NaptrRecord[]>;
}

/** A DNS server that is silent may not hold up a phone that can do without its records. */
const patience = { timeout: 1500, tries: 2 };

/**
 * The system's way: the hosts file and everything else that knows addresses, IPv4 first, because many PBXs listen on IPv4 alone, and over
 * UDP nothing tells that an IPv6 address of the same name (such as localhost's) leads nowhere. Nothing is kept here: how long an answer
 * holds is between the system and its DNS server, and servers are looked up anew with each connection.
 */
export const systemNames: DomainNames = {
  addresses: async (host) => {
    const found = await systemLookup(host, { all: true, verbatim: false });
    return found.map(({ address }) => address);
  },
  // A resolver takes the system's servers when it is made: after a change of network they are others.
  srv: (name) => new Resolver(patience).resolveSrv(name),
  naptr: (name) => new Resolver(patience).resolveNaptr(name),
};

/** Asks this DNS server (`address:port`) and nobody else. */
export function namesFrom(dnsServer: string): DomainNames {
  const resolver = new Resolver(patience);
  resolver.setServers([dnsServer]);
  return {
    addresses: async (host) => {
      const found = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
      return found.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
    },
    srv: (name) => resolver.resolveSrv(name),
    naptr: (name) => resolver.resolveNaptr(name),
  };
}
