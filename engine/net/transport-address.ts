/** An IP address and a port, as datagrams have them. */
export interface TransportAddress {
  /** Without brackets. */
  address: string;
  port: number;
}

export function sameTransportAddress(one: TransportAddress, other: TransportAddress): boolean {
  return one.port === other.port && one.address === other.address;
}

/** False for what signalling names to say "nowhere": port 0, or the old hold of RFC 3264 §8.4. */
export function isReachable({ address, port }: TransportAddress): boolean {
  return port > 0 && port < 0x1_0000 && address !== '' && address !== '0.0.0.0' && address !== '::';
}

/** As people read it: `192.0.2.1:5004`, `[2001:db8::1]:5004`. */
export function writtenAddress({ address, port }: TransportAddress): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Address as sockets report it, IPv4 without its IPv6 dress. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
}
