/**
 * Secure RTP and RTCP (RFC 3711, RFC 7714): one master key sends, another receives. Every stream (SSRC) has an index of its own.
 *
 *   RTP    │ header │ encrypted payload │ tag │                       index: rollover counter · 2^16 + sequence number
 *   RTCP   │ header, SSRC │ encrypted │ tag (GCM) │ E, index │ tag (CM) │
 *
 * The rollover counter is on no wire: the receiver guesses it from what came before (§3.3.1), and the tag proves the guess.
 */
import { bad, good } from '../result.ts';
import type { PacketProtection, Protected } from './packet-protection.ts';
import { ReplayWindow } from './replay-window.ts';
import { packetCipher, type PacketCipher } from './srtp-cipher.ts';
import { deriveSessionKeys } from './srtp-key-derivation.ts';
import type { SrtpProfile } from './srtp-profile.ts';

/** A key of one direction: lengths as the profile says. */
export interface SrtpMaster {
  profile: SrtpProfile;
  key: Buffer;
  salt: Buffer;
}

const rtpHeaderBytes = 12;
/** Header and SSRC of the first packet of a compound one stay readable (RFC 3711 §3.4). */
const rtcpHeadBytes = 8;
const rtcpIndexBytes = 4;
const encryptedFlag = 0x8000_0000;
/** A master key protects so many packets and no more (RFC 3711 §9.2). */
const mostRtpIndex = 2 ** 48 - 1;
const mostRtcpIndex = 2 ** 31 - 1;
/** Streams of one far side that are remembered; an older one would have to begin anew. */
const mostStreams = 16;
const nothing = Buffer.alloc(0);

/** Where an RTP packet's payload begins, contributing sources and extension passed over; undefined when the packet is too short. */
function payloadStart(packet: Buffer): number | undefined {
  if (packet.length < rtpHeaderBytes) return undefined;
  const [first = 0] = packet;
  const start = rtpHeaderBytes + 4 * (first & 0x0f);
  if ((first & 0x10) === 0) return start <= packet.length ? start : undefined;
  if (start + 4 > packet.length) return undefined;
  const end = start + 4 + 4 * packet.readUInt16BE(start + 2);
  return end <= packet.length ? end : undefined;
}

/**
 * The index that a sequence number most likely means (RFC 3711 appendix A): the one nearest to the highest so far. Negative for a
 * packet from before the stream's beginning.
 */
export function guessIndex(highest: number, sequenceNumber: number): number {
  const guess = highest - (highest % 0x1_0000) + sequenceNumber;
  if (guess - highest > 0x8000) return guess - 0x1_0000;
  return highest - guess > 0x8000 ? guess + 0x1_0000 : guess;
}

interface Ciphers {
  rtp: PacketCipher;
  rtcp: PacketCipher;
}

const ciphersOf = ({ profile, key, salt }: SrtpMaster): Ciphers => ({
  rtp: packetCipher(profile, deriveSessionKeys(profile, { key, salt }, 'rtp'), 'rtp'),
  rtcp: packetCipher(profile, deriveSessionKeys(profile, { key, salt }, 'rtcp'), 'rtcp'),
});

/** What the tag of a packet covers besides its bytes: under counter mode the rollover counter (RFC 3711 §4.2). */
function boundTo(mode: SrtpProfile['mode'], index: number): Buffer {
  if (mode === 'gcm') return nothing;
  const rollover = Buffer.allocUnsafe(4);
  rollover.writeUInt32BE(Math.floor(index / 0x1_0000), 0);
  return rollover;
}

/** Protects our streams with our key. */
export class SrtpSender {
  readonly #mode: SrtpProfile['mode'];
  readonly #ciphers: Ciphers;
  /** Highest index of each of our streams. */
  readonly #highest = new Map<number, number>();
  readonly #firstRollover: number;
  #rtcpIndex: number;

  /** `from`: where the indices stand; a fresh key begins at 0. */
  constructor(
    master: SrtpMaster,
    from: { rollover: number; rtcpIndex: number } = { rollover: 0, rtcpIndex: 0 },
  ) {
    this.#mode = master.profile.mode;
    this.#ciphers = ciphersOf(master);
    this.#firstRollover = from.rollover;
    this.#rtcpIndex = from.rtcpIndex;
  }

  protectRtp(packet: Buffer): Protected {
    const headBytes = payloadStart(packet);
    if (headBytes === undefined) return bad('short');
    const sequenceNumber = packet.readUInt16BE(2);
    const ssrc = packet.readUInt32BE(8);
    const before = this.#highest.get(ssrc);
    const index =
      before === undefined
        ? this.#firstRollover * 0x1_0000 + sequenceNumber
        : guessIndex(before, sequenceNumber);
    if (index > mostRtpIndex) return bad('worn');
    if (before === undefined || index > before) this.#highest.set(ssrc, index);
    return good(this.#ciphers.rtp.seal(packet, headBytes, { ssrc, index }, boundTo(this.#mode, index)));
  }

  protectRtcp(packet: Buffer): Protected {
    if (packet.length < rtcpHeadBytes) return bad('short');
    if (this.#rtcpIndex > mostRtcpIndex) return bad('worn');
    const index = this.#rtcpIndex;
    this.#rtcpIndex += 1;
    const position = { ssrc: packet.readUInt32BE(4), index };
    const trailer = Buffer.allocUnsafe(rtcpIndexBytes);
    trailer.writeUInt32BE((encryptedFlag + index) >>> 0, 0);
    const sealed = this.#ciphers.rtcp.seal(packet, rtcpHeadBytes, position, trailer);
    if (this.#mode === 'gcm') return good(Buffer.concat([sealed, trailer]));
    return good(Buffer.concat([sealed.subarray(0, packet.length), trailer, sealed.subarray(packet.length)]));
  }
}

/** What is known of one stream of theirs. */
interface HeardStream {
  window: ReplayWindow;
}

/** Opens their streams with their key. */
export class SrtpReceiver {
  readonly #profile: SrtpProfile;
  readonly #ciphers: Ciphers;
  readonly #streams = new Map<number, HeardStream>();
  readonly #reports = new Map<number, ReplayWindow>();
  /** Rollover counters of streams under the key before this one. */
  readonly #rollovers: ReadonlyMap<number, number>;

  /**
   * `before`: the receiver whose key this one's replaces. A stream goes on counting under a new key (RFC 3711 §3.3.1), yet many a phone
   * begins at 0 again; both are tried for the first packet.
   */
  constructor(master: SrtpMaster, before?: SrtpReceiver) {
    this.#profile = master.profile;
    this.#ciphers = ciphersOf(master);
    this.#rollovers = before?.rollovers ?? new Map();
  }

  /** The rollover counter of each stream that has been heard. */
  get rollovers(): ReadonlyMap<number, number> {
    const heard = [...this.#streams].map(
      ([ssrc, { window }]) => [ssrc, Math.floor(window.highest / 0x1_0000)] as const,
    );
    return new Map(heard);
  }

  unprotectRtp(packet: Buffer): Protected {
    const headBytes = payloadStart(packet);
    if (headBytes === undefined || packet.length < headBytes + this.#ciphers.rtp.tagBytes)
      return bad('short');
    const sequenceNumber = packet.readUInt16BE(2);
    const ssrc = packet.readUInt32BE(8);
    const known = this.#streams.get(ssrc);
    if (known === undefined) return this.#openFirst(packet, headBytes, ssrc, sequenceNumber);
    const index = guessIndex(known.window.highest, sequenceNumber);
    if (index < 0 || !known.window.isNew(index)) return bad('replayed');
    return this.#open(packet, headBytes, { ssrc, index }, known.window);
  }

  #openFirst(packet: Buffer, headBytes: number, ssrc: number, sequenceNumber: number): Protected {
    const window = new ReplayWindow();
    const rollover = this.#rollovers.get(ssrc) ?? 0;
    let outcome: Protected = bad('unauthentic');
    for (const each of rollover === 0 ? [0] : [rollover, rollover + 1, 0]) {
      const index = each * 0x1_0000 + sequenceNumber;
      outcome = this.#open(packet, headBytes, { ssrc, index }, window);
      if (outcome.ok) break;
    }
    // Whoever has no key cannot fill this table.
    if (outcome.ok) remember(this.#streams, ssrc, { window });
    return outcome;
  }

  #open(
    packet: Buffer,
    headBytes: number,
    position: { ssrc: number; index: number },
    window: ReplayWindow,
  ): Protected {
    const bound = boundTo(this.#profile.mode, position.index);
    const opened = this.#ciphers.rtp.open(packet, headBytes, position, bound);
    if (opened === undefined) return bad('unauthentic');
    window.note(position.index);
    return good(opened);
  }

  unprotectRtcp(packet: Buffer): Protected {
    const { tagBytes } = this.#ciphers.rtcp;
    const bodyEnd = packet.length - tagBytes - rtcpIndexBytes;
    if (bodyEnd < rtcpHeadBytes) return bad('short');
    const isGalois = this.#profile.mode === 'gcm';
    const trailerAt = isGalois ? bodyEnd + tagBytes : bodyEnd;
    const tagAt = isGalois ? bodyEnd : bodyEnd + rtcpIndexBytes;
    const trailer = packet.subarray(trailerAt, trailerAt + rtcpIndexBytes);
    const word = trailer.readUInt32BE(0);
    const position = { ssrc: packet.readUInt32BE(4), index: word % encryptedFlag };
    const window = this.#reports.get(position.ssrc) ?? new ReplayWindow();
    if (!window.isNew(position.index)) return bad('replayed');
    const [body, tag] = [packet.subarray(0, bodyEnd), packet.subarray(tagAt, tagAt + tagBytes)];
    const opened =
      word >= encryptedFlag
        ? this.#ciphers.rtcp.open(Buffer.concat([body, tag]), rtcpHeadBytes, position, trailer)
        : this.#ciphers.rtcp.isAuthentic(body, tag, position, trailer)
          ? Buffer.from(body)
          : undefined;
    if (opened === undefined) return bad('unauthentic');
    window.note(position.index);
    remember(this.#reports, position.ssrc, window);
    return good(opened);
  }
}

function remember<Value>(table: Map<number, Value>, ssrc: number, value: Value): void {
  if (!table.has(ssrc) && table.size >= mostStreams) {
    const [oldest] = table.keys();
    if (oldest !== undefined) table.delete(oldest);
  }
  table.set(ssrc, value);
}

/** Both directions of one session. */
export function srtpProtection(sender: SrtpSender, receiver: SrtpReceiver): PacketProtection {
  return {
    protectRtp: (packet) => sender.protectRtp(packet),
    protectRtcp: (packet) => sender.protectRtcp(packet),
    unprotectRtp: (packet) => receiver.unprotectRtp(packet),
    unprotectRtcp: (packet) => receiver.unprotectRtcp(packet),
  };
}
