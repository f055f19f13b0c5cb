/** A DNS server by hand on a real UDP socket (RFC 1035): it knows what the test tells it, and nothing else exists. */
import { createSocket } from 'node:dgram';

export type DnsRecord =
  | { type: 'A' | 'AAAA'; address: string }
  | { type: 'SRV'; priority: number; weight: number; port: number; target: string }
  | { type: 'NAPTR'; order: number; preference: number; flags: string; service: string; replacement: string };

export interface DnsServer {
  /** `address:port`, as resolvers want it. */
  readonly address: string;
  /** By name, in small letters; may be changed at any time. */
  readonly records: Map<string, DnsRecord[]>;
  /** `SRV _sip._udp.example.com`, in the order in which they were asked. */
  readonly asked: string[];
  close(): Promise<void>;
}

const typeCodes = { A: 1, AAAA: 28, SRV: 33, NAPTR: 35 } as const;
const ttlSeconds = 1;

const u16 = (value: number) => Buffer.from([value >> 8, value & 0xff]);
const text = (value: string) => Buffer.concat([Buffer.from([value.length]), Buffer.from(value, 'latin1')]);
const name = (value: string) =>
  Buffer.concat([
    ...value
      .split('.')
      .filter((label) => label !== '')
      .map(text),
    Buffer.from([0]),
  ]);

function ipv6(address: string): Buffer {
  const [head = '', tail] = address
    .split('::')
    .map((half) => half.split(':').filter((group) => group !== ''));
  const front = [...head];
  const back = [...(tail ?? [])];
  const zeros = Array.from({ length: 8 - front.length - back.length }, () => '0');
  return Buffer.concat([...front, ...zeros, ...back].map((group) => u16(Number.parseInt(group, 16))));
}

function data(record: DnsRecord): Buffer {
  switch (record.type) {
    case 'A':
      return Buffer.from(record.address.split('.').map(Number));
    case 'AAAA':
      return ipv6(record.address);
    case 'SRV':
      return Buffer.concat([...[record.priority, record.weight, record.port].map(u16), name(record.target)]);
    case 'NAPTR':
      return Buffer.concat([
        ...[record.order, record.preference].map(u16),
        ...[record.flags, record.service, ''].map(text),
        name(record.replacement),
      ]);
  }
}

/** The question's name, its type's code, and where the question ends. */
function question(query: Buffer): { asked: string; code: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { asked: labels.join('.').toLowerCase(), code: query.readUInt16BE(at + 1), end: at + 5 };
}

export async function dnsServer(records: Record<string, DnsRecord[]> = {}): Promise<DnsServer> {
  const socket = createSocket('udp4');
  const known = new Map(Object.entries(records));
  const log: string[] = [];
  socket.on('message', (query, from) => {
    const { asked, code, end } = question(query);
    const type = Object.entries(typeCodes).find(([, each]) => each === code)?.[0] ?? String(code);
    log.push(`${type} ${asked}`);
    const all = known.get(asked);
    const found = (all ?? []).filter((record) => record.type === type);
    const answers = found.map((record) => {
      const rdata = data(record);
      return Buffer.concat([
        u16(0xc00c),
        u16(code),
        u16(1),
        u16(0),
        u16(ttlSeconds),
        u16(rdata.length),
        rdata,
      ]);
    });
    // Authoritative answer, recursion available; NXDOMAIN for a name that nobody has told us.
    const flags = 0x8580 | (all === undefined ? 3 : 0);
    const header = [query.readUInt16BE(0), flags, 1, answers.length, 0, 0].map(u16);
    socket.send(Buffer.concat([...header, query.subarray(12, end), ...answers]), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${socket.address().port}`,
    records: known,
    asked: log,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}
