/** What is inside STUN attributes (RFC 8489 §14, RFC 8656 §18): written from values and read into them; undefined when unreadable. */
import { isIP } from 'node:net';
import type { TransportAddress } from '../net/transport-address.ts';
import { magicCookie, stunAttributes, type StunAttribute } from './stun-message.ts';

const families = { 1: 4, 2: 16 } as const;

/** The octets of an IP address in numbers; undefined when it is none. */
export function octetsOf(address: string): Buffer | undefined {
  const family = isIP(address);
  if (family === 4) return Buffer.from(address.split('.').map(Number));
  if (family !== 6) return undefined;
  const [plain = ''] = address.split('%');
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(plain);
  const hexadecimal =
    dotted === null
      ? plain
      : `${dotted[1]}${((Number(dotted[2]) << 8) | Number(dotted[3])).toString(16)}:${((Number(dotted[4]) << 8) | Number(dotted[5])).toString(16)}`;
  const [head = '', tail] = hexadecimal.split('::');
  const words = (text: string) => (text === '' ? [] : text.split(':').map((word) => parseInt(word, 16)));
  const [first, last] = [words(head), words(tail ?? '')];
  const all =
    tail === undefined
      ? first
      : [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
  const octets = Buffer.alloc(16);
  for (const [index, word] of all.entries()) octets.writeUInt16BE(word, 2 * index);
  return octets;
}

/** An address as people and sockets write it (RFC 5952 for IPv6). */
export function addressOf(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join('.');
  const view = Buffer.from(octets);
  const words = Array.from({ length: 8 }, (_, index) => view.readUInt16BE(2 * index).toString(16)).join(':');
  // The URL parser writes IPv6 addresses in their one canonical form.
  return new URL(`http://[${words}]`).hostname.slice(1, -1);
}

/** What XOR-MAPPED-ADDRESS and its sisters are masked with: the cookie, then the transaction (§14.2). */
function masked(octets: Uint8Array, transactionId: Uint8Array): Buffer {
  const mask = Buffer.alloc(16);
  mask.writeUInt32BE(magicCookie);
  mask.set(transactionId, 4);
  return Buffer.from(octets.map((octet, index) => octet ^ (mask[index] ?? 0)));
}

/** XOR-MAPPED-ADDRESS, XOR-PEER-ADDRESS, XOR-RELAYED-ADDRESS. */
export function xorAddressAttribute(
  type: number,
  { address, port }: TransportAddress,
  transactionId: Uint8Array,
): StunAttribute {
  const octets = octetsOf(address) ?? Buffer.alloc(4);
  const head = Buffer.alloc(4);
  head.writeUInt8(octets.length === 4 ? 1 : 2, 1);
  head.writeUInt16BE(port ^ (magicCookie >>> 16), 2);
  return { type, value: Buffer.concat([head, masked(octets, transactionId)]) };
}

function readAddress(
  value: Uint8Array | undefined,
  unmask: (octets: Uint8Array) => Uint8Array,
  portMask: number,
) {
  if (value === undefined || value.length < 8) return undefined;
  const view = Buffer.from(value);
  const family = view.readUInt8(1);
  if (family !== 1 && family !== 2) return undefined;
  if (view.length !== 4 + families[family]) return undefined;
  return { address: addressOf(unmask(view.subarray(4))), port: view.readUInt16BE(2) ^ portMask };
}

export function readXorAddress(
  value: Uint8Array | undefined,
  transactionId: Uint8Array,
): TransportAddress | undefined {
  return readAddress(value, (octets) => masked(octets, transactionId), magicCookie >>> 16);
}

/** MAPPED-ADDRESS and ALTERNATE-SERVER, which are not masked. */
export function readPlainAddress(value: Uint8Array | undefined): TransportAddress | undefined {
  return readAddress(value, (octets) => octets, 0);
}

export function textAttribute(type: number, text: string): StunAttribute {
  return { type, value: Buffer.from(text, 'utf8') };
}

export function readText(value: Uint8Array | undefined): string | undefined {
  return value === undefined ? undefined : Buffer.from(value).toString('utf8');
}

/** A 32-bit number: LIFETIME, PRIORITY. */
export function numberAttribute(type: number, value: number): StunAttribute {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(value);
  return { type, value: octets };
}

export function readNumber(value: Uint8Array | undefined): number | undefined {
  return value?.length === 4 ? Buffer.from(value).readUInt32BE() : undefined;
}

/** A 64-bit number: ICE-CONTROLLING, ICE-CONTROLLED. */
export function bigNumberAttribute(type: number, value: bigint): StunAttribute {
  const octets = Buffer.alloc(8);
  octets.writeBigUInt64BE(value);
  return { type, value: octets };
}

export function readBigNumber(value: Uint8Array | undefined): bigint | undefined {
  return value?.length === 8 ? Buffer.from(value).readBigUInt64BE() : undefined;
}

export function flagAttribute(type: number): StunAttribute {
  return { type, value: new Uint8Array(0) };
}

/** CHANNEL-NUMBER: 16 bits and two octets of nothing (RFC 8656 §18.1). */
export function channelAttribute(channel: number): StunAttribute {
  const value = Buffer.alloc(4);
  value.writeUInt16BE(channel);
  return { type: stunAttributes.channelNumber, value };
}

/** REQUESTED-TRANSPORT: UDP (RFC 8656 §18.7). */
export const requestedUdp: StunAttribute = {
  type: stunAttributes.requestedTransport,
  value: Uint8Array.of(17, 0, 0, 0),
};

export function errorAttribute(code: number, reason: string): StunAttribute {
  const head = Buffer.from([0, 0, Math.floor(code / 100), code % 100]);
  return { type: stunAttributes.errorCode, value: Buffer.concat([head, Buffer.from(reason, 'utf8')]) };
}

/** ERROR-CODE (§14.8): 300 to 699 and words; undefined when it is none. */
export function readError(value: Uint8Array | undefined): { code: number; reason: string } | undefined {
  if (value === undefined || value.length < 4) return undefined;
  const view = Buffer.from(value);
  const [kind, number] = [view.readUInt8(2) & 7, view.readUInt8(3)];
  if (kind < 3 || kind > 6 || number > 99) return undefined;
  return { code: 100 * kind + number, reason: view.subarray(4).toString('utf8') };
}
