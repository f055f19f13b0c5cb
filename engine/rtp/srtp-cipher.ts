/**
 * Encryption and authentication of single packets under one session's keys: counter mode with HMAC-SHA1 (RFC 3711 §4.1.1, §4.2.1) and
 * AES-GCM (RFC 7714 §8, §9). Both read a packet as a head that stays readable and a body that does not.
 */
import { createCipheriv, createDecipheriv, createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import type { CipherGCMTypes, Cipheriv, KeyObject } from 'node:crypto';
import type { SessionKeys } from './srtp-key-derivation.ts';
import type { SrtpProfile } from './srtp-profile.ts';

export interface PacketPosition {
  ssrc: number;
  /** 48 bits for RTP (rollover counter and sequence number), 31 for RTCP. */
  index: number;
}

export interface PacketCipher {
  /** Bytes that sealing adds. */
  readonly tagBytes: number;
  /** Head as it is, encrypted body, tag. `bound`: bytes that are authenticated and not in the result. */
  seal(packet: Buffer, headBytes: number, position: PacketPosition, bound: Buffer): Buffer;
  /** The reverse; undefined when the tag does not fit. */
  open(sealed: Buffer, headBytes: number, position: PacketPosition, bound: Buffer): Buffer | undefined;
  /** Authentication without encryption, as SRTCP allows it: `packet` is whole and has no tag. */
  isAuthentic(packet: Buffer, tag: Buffer, position: PacketPosition, bound: Buffer): boolean;
}

const low32 = 2 ** 32;
const blockBytes = 16;

/**
 * One cipher object for all packets of a key: block encryption of the counters gives the keystream. An object of its own for each
 * packet, with its counter as IV, would cost ten times as much.
 */
class Keystream {
  readonly #cipher: Cipheriv;
  #counters = Buffer.alloc(0);

  constructor(key: Buffer) {
    this.#cipher = createCipheriv(`aes-${8 * key.length}-ecb`, key, null).setAutoPadding(false);
  }

  /** The keystream that begins with counter 0 after the 14 bytes of `prefix`, at least `bytes` long. */
  from(prefix: Buffer, bytes: number): Buffer {
    const blocks = Math.ceil(bytes / blockBytes);
    if (this.#counters.length < blocks * blockBytes) this.#counters = Buffer.alloc(blocks * blockBytes);
    const counters = this.#counters.subarray(0, blocks * blockBytes);
    for (let block = 0; block < blocks; block += 1) {
      prefix.copy(counters, block * blockBytes);
      counters.writeUInt16BE(block, block * blockBytes + prefix.length);
    }
    return this.#cipher.update(counters);
  }
}

class CounterModeCipher implements PacketCipher {
  readonly tagBytes: number;
  readonly #keystream: Keystream;
  readonly #auth: KeyObject;
  /** The salt as numbers: it is mixed into the counter of each packet. */
  readonly #salt: { ssrc: number; high: number; low: number };
  readonly #prefix = Buffer.alloc(14);

  constructor({ key, salt, auth }: SessionKeys, tagBytes: number) {
    this.tagBytes = tagBytes;
    this.#keystream = new Keystream(key);
    this.#auth = createSecretKey(auth);
    salt.copy(this.#prefix);
    this.#salt = { ssrc: salt.readUInt32BE(4), high: salt.readUInt32BE(8), low: salt.readUInt16BE(12) };
  }

  seal(packet: Buffer, headBytes: number, position: PacketPosition, bound: Buffer): Buffer {
    const sealed = Buffer.allocUnsafe(packet.length + this.tagBytes);
    packet.copy(sealed);
    this.#crypt(sealed, headBytes, packet.length, position);
    this.#tag(sealed.subarray(0, packet.length), bound).copy(sealed, packet.length, 0, this.tagBytes);
    return sealed;
  }

  open(sealed: Buffer, headBytes: number, position: PacketPosition, bound: Buffer): Buffer | undefined {
    const end = sealed.length - this.tagBytes;
    if (!this.isAuthentic(sealed.subarray(0, end), sealed.subarray(end), position, bound)) return undefined;
    const packet = Buffer.from(sealed.subarray(0, end));
    this.#crypt(packet, headBytes, end, position);
    return packet;
  }

  isAuthentic(packet: Buffer, tag: Buffer, _position: PacketPosition, bound: Buffer): boolean {
    return timingSafeEqual(this.#tag(packet, bound).subarray(0, this.tagBytes), tag);
  }

  #tag(packet: Buffer, bound: Buffer): Buffer {
    return createHmac('sha1', this.#auth).update(packet).update(bound).digest();
  }

  /** In place. IV = (salt · 2^16) XOR (SSRC · 2^64) XOR (index · 2^16), RFC 3711 §4.1.1. */
  #crypt(packet: Buffer, from: number, to: number, { ssrc, index }: PacketPosition): void {
    const high = Math.floor(index / 0x1_0000) % low32;
    this.#prefix.writeUInt32BE((this.#salt.ssrc ^ ssrc) >>> 0, 4);
    this.#prefix.writeUInt32BE((this.#salt.high ^ high) >>> 0, 8);
    this.#prefix.writeUInt16BE(this.#salt.low ^ (index & 0xffff), 12);
    const stream = this.#keystream.from(this.#prefix, to - from);
    for (let at = from; at < to; at += 1) packet[at] = (packet[at] ?? 0) ^ (stream[at - from] ?? 0);
  }
}

class GaloisModeCipher implements PacketCipher {
  readonly tagBytes = 16;
  readonly #algorithm: CipherGCMTypes;
  /** Keys as objects cost a fifth of keys as bytes, with each packet. */
  readonly #key: KeyObject;
  readonly #salt: Buffer;
  readonly #initial = Buffer.alloc(12);

  constructor({ key, salt }: SessionKeys) {
    this.#algorithm = key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm';
    this.#key = createSecretKey(key);
    this.#salt = salt;
  }

  seal(packet: Buffer, headBytes: number, position: PacketPosition, bound: Buffer): Buffer {
    const cipher = createCipheriv(this.#algorithm, this.#key, this.#initialVector(position));
    cipher.setAAD(associated(packet.subarray(0, headBytes), bound));
    const body = cipher.update(packet.subarray(headBytes));
    cipher.final();
    return Buffer.concat([packet.subarray(0, headBytes), body, cipher.getAuthTag()]);
  }

  open(sealed: Buffer, headBytes: number, position: PacketPosition, bound: Buffer): Buffer | undefined {
    const end = sealed.length - this.tagBytes;
    const head = sealed.subarray(0, headBytes);
    const body = this.#decrypt(
      sealed.subarray(headBytes, end),
      associated(head, bound),
      position,
      sealed,
      end,
    );
    return body && Buffer.concat([head, body]);
  }

  isAuthentic(packet: Buffer, tag: Buffer, position: PacketPosition, bound: Buffer): boolean {
    return this.#decrypt(Buffer.alloc(0), associated(packet, bound), position, tag, 0) !== undefined;
  }

  #decrypt(
    body: Buffer,
    authenticated: Buffer,
    position: PacketPosition,
    tagged: Buffer,
    tagAt: number,
  ): Buffer | undefined {
    const decipher = createDecipheriv(this.#algorithm, this.#key, this.#initialVector(position), {
      authTagLength: this.tagBytes,
    });
    decipher.setAAD(authenticated);
    decipher.setAuthTag(tagged.subarray(tagAt, tagAt + this.tagBytes));
    const text = decipher.update(body);
    try {
      decipher.final();
      return text;
    } catch {
      return undefined;
    }
  }

  /** 00 00, SSRC, 48 bits of index, XOR the salt (RFC 7714 §8.1, §9.1). */
  #initialVector({ ssrc, index }: PacketPosition): Buffer {
    const vector = this.#initial;
    vector.writeUInt16BE(0, 0);
    vector.writeUInt32BE(ssrc, 2);
    vector.writeUIntBE(index, 6, 6);
    for (let at = 0; at < vector.length; at += 1) vector[at] = (vector[at] ?? 0) ^ (this.#salt[at] ?? 0);
    return vector;
  }
}

const associated = (head: Buffer, bound: Buffer) =>
  bound.length === 0 ? head : Buffer.concat([head, bound]);

/** The cipher of a profile for RTP or RTCP packets. */
export function packetCipher(profile: SrtpProfile, keys: SessionKeys, kind: 'rtp' | 'rtcp'): PacketCipher {
  if (profile.mode === 'gcm') return new GaloisModeCipher(keys);
  return new CounterModeCipher(keys, kind === 'rtp' ? profile.rtpTagBytes : profile.rtcpTagBytes);
}
