/** Finding servers, asked of a real DNS server. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { namesFrom, type SrvRecord } from '../../../../../engine/sip/transport/domain-names.ts';
import { locate, orderSrv, type ServerName } from '../../../../../engine/sip/transport/resolve.ts';
import { dnsServer, type DnsRecord, type DnsServer } from '../../../../support/dns-server.ts';

const srv = (target: string, port: number, priority = 10, weight = 0): DnsRecord => ({
  type: 'SRV',
  priority,
  weight,
  port,
  target,
});
const naptr = (
  order: number,
  preference: number,
  service: string,
  replacement: string,
  flags = 's',
): DnsRecord => ({
  type: 'NAPTR',
  order,
  preference,
  flags,
  service,
  replacement,
});

let dns: DnsServer;
beforeAll(async () => {
  dns = await dnsServer();
});
afterAll(() => dns.close());
beforeEach(() => {
  dns.asked.length = 0;
  dns.records.clear();
  for (const [host, address] of [
    ['pbx.example.com', '10.0.0.1'],
    ['one.example.com', '10.0.0.2'],
    ['two.example.com', '10.0.0.3'],
  ] as const)
    dns.records.set(host, [{ type: 'A', address }]);
});

async function found(host: string, change: Partial<ServerName> = {}): Promise<string[]> {
  const server: ServerName = { host, port: undefined, protocol: 'UDP', ...change };
  const targets = await locate(server, namesFrom(dns.address), () => 0);
  return targets.map(
    ({ protocol, endpoints }) =>
      `${protocol} ${endpoints.map(({ address, port }) => `${address} ${port}`).join(', ')}`,
  );
}

describe('a server’s place', () => {
  it.each([
    ['10.0.0.9', {}, 'UDP 10.0.0.9 5060'],
    ['10.0.0.9', { protocol: 'TLS' }, 'TLS 10.0.0.9 5061'],
    ['10.0.0.9', { port: 5080, protocol: 'auto' }, 'UDP 10.0.0.9 5080'],
    ['[2001:db8::1]', { protocol: 'TCP' }, 'TCP 2001:db8::1 5060'],
    ['2001:db8::1', { port: 5070 }, 'UDP 2001:db8::1 5070'],
  ] as const)('is its literal address %s, without a word to DNS', async (host, change, place) => {
    expect(await found(host, change)).toEqual([place]);
    expect(dns.asked).toEqual([]);
  });

  it('is asked for by address alone when a port is given', async () => {
    dns.records.set('_sip._udp.pbx.example.com', [srv('one.example.com', 5070)]);
    expect(await found('pbx.example.com', { port: 5060 })).toEqual(['UDP 10.0.0.1 5060']);
    expect(dns.asked.filter((question) => question.startsWith('SRV'))).toEqual([]);
  });

  it('has IPv4 and IPv6 addresses, IPv4 first', async () => {
    dns.records.set('both.example.com', [
      { type: 'AAAA', address: '2001:db8::5' },
      { type: 'A', address: '10.0.0.5' },
    ]);
    expect(await found('both.example.com', { port: 5060, protocol: 'TCP' })).toEqual([
      'TCP 10.0.0.5 5060, 2001:db8::5 5060',
    ]);
  });

  it('comes from the SRV records of the transport that was chosen, by priority', async () => {
    dns.records.set('_sips._tcp.example.com', [
      srv('two.example.com', 5071, 20),
      srv('one.example.com', 5061, 10),
    ]);
    dns.records.set('_sip._udp.example.com', [srv('pbx.example.com', 5060)]);
    expect(await found('example.com', { protocol: 'TLS' })).toEqual([
      'TLS 10.0.0.2 5061',
      'TLS 10.0.0.3 5071',
    ]);
  });

  it('is the name itself when there are no SRV records, and when the service is said not to be there', async () => {
    expect(await found('pbx.example.com')).toEqual(['UDP 10.0.0.1 5060']);
    dns.records.set('_sip._udp.pbx.example.com', [srv('.', 0)]);
    expect(await found('pbx.example.com')).toEqual(['UDP 10.0.0.1 5060']);
  });

  it('follows NAPTR by order and preference, and passes over services that it does not know', async () => {
    dns.records.set('example.com', [
      naptr(20, 10, 'SIP+D2U', '_sip._udp.example.com'),
      naptr(10, 20, 'SIP+D2T', '_sip._tcp.example.com'),
      naptr(10, 10, 'SIPS+D2T', '_sips._tcp.example.com'),
      naptr(1, 1, 'SIP+D2S', '_sip._sctp.example.com'),
      naptr(1, 1, 'E2U+sip', '', 'u'),
    ]);
    dns.records.set('_sips._tcp.example.com', [srv('one.example.com', 5061)]);
    dns.records.set('_sip._tcp.example.com', [srv('two.example.com', 5060)]);
    dns.records.set('_sip._udp.example.com', [srv('pbx.example.com', 5062)]);
    expect(await found('example.com', { protocol: 'auto' })).toEqual([
      'TLS 10.0.0.2 5061',
      'TCP 10.0.0.3 5060',
      'UDP 10.0.0.1 5062',
    ]);
  });

  it('without NAPTR is whatever has SRV records, UDP first, and UDP when nothing has', async () => {
    dns.records.set('_sips._tcp.example.com', [srv('one.example.com', 5061)]);
    dns.records.set('_sip._udp.example.com', [srv('two.example.com', 5060)]);
    expect(await found('example.com', { protocol: 'auto' })).toEqual([
      'UDP 10.0.0.3 5060',
      'TLS 10.0.0.2 5061',
    ]);
    expect(await found('pbx.example.com', { protocol: 'auto' })).toEqual(['UDP 10.0.0.1 5060']);
  });

  it('leaves out a record whose host has no address, and says when none is left', async () => {
    dns.records.set('_sip._udp.example.com', [
      srv('gone.example.com', 5060, 1),
      srv('one.example.com', 5060, 2),
    ]);
    expect(await found('example.com')).toEqual(['UDP 10.0.0.2 5060']);
    await expect(found('nowhere.example.com')).rejects.toMatchObject({
      error: { code: 'server.dns', parameters: { server: 'nowhere.example.com' } },
    });
  });
});

describe('the order of SRV records', () => {
  const record = (name: string, priority: number, weight: number): SrvRecord => ({
    name,
    priority,
    weight,
    port: 1,
  });
  const names = (fractions: number[], records: SrvRecord[]) =>
    orderSrv(records, () => fractions.shift() ?? 0).map(({ name }) => name);

  it('is that of their priorities, whatever their weights', () => {
    expect(names([0.9, 0.9], [record('b', 2, 100), record('a', 1, 0)])).toEqual(['a', 'b']);
  });
  it('is drawn by weight within one priority', () => {
    const three = [record('heavy', 1, 60), record('light', 1, 20), record('none', 1, 0)];
    expect(names([0], three)[0]).toBe('none');
    expect(names([0.1], three)[0]).toBe('light');
    expect(names([0.5], three)[0]).toBe('heavy');
    expect(names([0.999], three)[0]).toBe('heavy');
  });
  it('holds every record once, whatever is drawn', () => {
    const many = Array.from({ length: 20 }, (_each, index) => record(`h${index}`, index % 3, index));
    for (const fraction of [0, 0.3, 0.7, 0.9999])
      expect(orderSrv(many, () => fraction).toSorted((a, b) => a.weight - b.weight)).toEqual(many);
  });
});
