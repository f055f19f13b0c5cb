/**
 * The STUN message (RFC 8489 §5): header and attributes, read and written. Integrity and fingerprint are stun-integrity.ts's, what is
 * inside attributes stun-attributes.ts's.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |0 0|     STUN Message Type     |         Message Length        |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |                  Magic Cookie 0x2112A442                      |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |                  Transaction ID (96 bits)                     |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |  attributes: type (16), length (16), value padded to 32 bits  |
 */
import { bad, good, type Result } from '../result.ts';

export const magicCookie = 0x2112_a442;
export const stunHeaderBytes = 20;

/** Methods of RFC 8489 §18.2 and RFC 8656 §17. */
export const stunMethods = {
  binding: 0x001,
  allocate: 0x003,
  refresh: 0x004,
  send: 0x006,
  data: 0x007,
  createPermission: 0x008,
  channelBind: 0x009,
} as const;
export type StunMethod = (typeof stunMethods)[keyof typeof stunMethods];

/** Attributes of RFC 8489 §18.3, RFC 8656 §18 and RFC 8445 §16.1. */
export const stunAttributes = {
  mappedAddress: 0x0001,
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  unknownAttributes: 0x000a,
  channelNumber: 0x000c,
  lifetime: 0x000d,
  xorPeerAddress: 0x0012,
  data: 0x0013,
  realm: 0x0014,
  nonce: 0x0015,
  xorRelayedAddress: 0x0016,
  requestedAddressFamily: 0x0017,
  requestedTransport: 0x0019,
  messageIntegritySha256: 0x001c,
  passwordAlgorithm: 0x001d,
  userHash: 0x001e,
  xorMappedAddress: 0x0020,
  priority: 0x0024,
  useCandidate: 0x0025,
  passwordAlgorithms: 0x8002,
  software: 0x8022,
  alternateServer: 0x8023,
  fingerprint: 0x8028,
  iceControlled: 0x8029,
  iceControlling: 0x802a,
} as const;

export type StunClass = 'request' | 'indication' | 'success' | 'error';
const classes: readonly StunClass[] = ['request', 'indication', 'success', 'error'];

export interface StunAttribute {
  /** 16 bits; below 0x8000 the receiver must understand it. */
  type: number;
  /** Without its padding. */
  value: Uint8Array;
}

export interface StunMessage {
  class: StunClass;
  /** 12 bits. */
  method: number;
  /** 12 octets. */
  transactionId: Uint8Array;
  attributes: readonly StunAttribute[];
}

/** `short`: ends before its length. `header`: no STUN header, or a length that is none. `attribute`: one reaches past the end. */
export type StunProblem = 'short' | 'header' | 'attribute';

const padded = (length: number) => (length + 3) & ~3;

/**
 * Reads a message. What follows an integrity attribute is not covered by it and is left out (RFC 8489 §14.5), but for the second
 * integrity and the fingerprint. Values are views of the datagram, not copies.
 */
export function parseStun(datagram: Buffer): Result<StunMessage, StunProblem> {
  if (datagram.length < stunHeaderBytes) return bad('short');
  const type = datagram.readUInt16BE(0);
  const length = datagram.readUInt16BE(2);
  if (type >> 14 !== 0 || length % 4 !== 0 || datagram.readUInt32BE(4) !== magicCookie) return bad('header');
  const end = stunHeaderBytes + length;
  if (datagram.length < end) return bad('short');
  const attributes: StunAttribute[] = [];
  let sealed = false;
  for (let offset = stunHeaderBytes; offset < end;) {
    const attributeType = datagram.readUInt16BE(offset);
    const valueLength = datagram.readUInt16BE(offset + 2);
    const valueOffset = offset + 4;
    if (valueOffset + padded(valueLength) > end) return bad('attribute');
    const isSeal = sealing.has(attributeType);
    if (!sealed || isSeal) {
      const value = datagram.subarray(valueOffset, valueOffset + valueLength);
      attributes.push({ type: attributeType, value });
    }
    sealed ||= isSeal;
    offset = valueOffset + padded(valueLength);
  }
  return good({
    class: classes[((type >> 7) & 2) | ((type >> 4) & 1)] ?? 'request',
    method: (type & 0xf) | ((type >> 1) & 0x70) | ((type >> 2) & 0xf80),
    transactionId: datagram.subarray(8, stunHeaderBytes),
    attributes,
  });
}

const sealing = new Set<number>([
  stunAttributes.messageIntegrity,
  stunAttributes.messageIntegritySha256,
  stunAttributes.fingerprint,
]);

/** Writes a message without integrity or fingerprint; see {@link sealStun}. */
export function serialiseStun({ class: kind, method, transactionId, attributes }: StunMessage): Buffer {
  const length = attributes.reduce((sum, { value }) => sum + 4 + padded(value.length), 0);
  const datagram = Buffer.alloc(stunHeaderBytes + length);
  const bits = classes.indexOf(kind);
  const classBits = ((bits & 2) << 7) | ((bits & 1) << 4);
  datagram.writeUInt16BE((method & 0xf) | ((method & 0x70) << 1) | ((method & 0xf80) << 2) | classBits, 0);
  datagram.writeUInt16BE(length, 2);
  datagram.writeUInt32BE(magicCookie, 4);
  datagram.set(transactionId, 8);
  let offset = stunHeaderBytes;
  for (const { type, value } of attributes) {
    datagram.writeUInt16BE(type, offset);
    datagram.writeUInt16BE(value.length, offset + 2);
    datagram.set(value, offset + 4);
    offset += 4 + padded(value.length);
  }
  return datagram;
}

/** The first attribute of a type (RFC 8489 §14: repetitions may be ignored). */
export function attributeOf({ attributes }: StunMessage, type: number): Uint8Array | undefined {
  return attributes.find((attribute) => attribute.type === type)?.value;
}

/** A transaction's identifier as a key of maps. */
export const transactionKey = (transactionId: Uint8Array): string =>
  Buffer.from(transactionId).toString('latin1');
