/**
 * One RTP session (RFC 3550): a pair of sockets, our stream and theirs, and the reports about both. It knows packets,
 * not sound; `engine/media/audio-session.ts` gives it payloads and takes theirs.
 */
import { randomBytes, randomInt } from 'node:crypto';
import type { RemoteInfo } from 'node:dgram';
import { PhoneFailure } from '../../contract/errors.ts';
import type { Logger } from '../log.ts';
import { bindPair, closePair, type SocketPair } from './datagram-socket.ts';
import { parseRtp, serialiseRtp, type RtpPacket } from './packet.ts';
import { plain, type PacketProtection, type Protected } from './packet-protection.ts';
import type { PortPool } from './port-pool.ts';
import {
  ntpMiddle,
  ntpTime,
  parseRtcp,
  reportIntervalMs,
  roundTripMs,
  serialiseRtcp,
  type ReportBlock,
  type RtcpPacket,
} from './rtcp.ts';
import { SourceLock, type Address } from './source-lock.ts';

export interface RtpSessionOptions {
  localAddress: string;
  /** Inclusive range of the RTP/RTCP pair. */
  portMin: number;
  portMax: number;
  ports: PortPool;
  /** Ticks a second of the stream's timestamps. */
  clockRate: number;
  /** Milliseconds, monotonic. */
  now: () => number;
  /** Milliseconds since 1970, for NTP times in reports. */
  wallClock: () => number;
  log: Logger;
}

export interface RtpRemote {
  address: string;
  port: number;
  rtcpPort: number;
  /** Payload types that may come. */
  payloadTypes: readonly number[];
}

export interface OutgoingPayload {
  payloadType: number;
  marker: boolean;
  timestamp: number;
  payload: Uint8Array;
}

export interface RtpCounters {
  sent: number;
  received: number;
  lost: number;
  jitterMs: number;
  rttMs: number | null;
  /** Packets that came and were not what they should be under the session's protection. */
  refused: number;
}

export interface RtpListener {
  /** A packet of the stream that we listen to. `changed`: it is the first one of another stream. */
  packet(packet: RtpPacket, arrivalMs: number, changed: boolean): void;
  /** The first packet of all came, or the stream moved. */
  source(source: Address): void;
}

/** No packet of 200 ms or less of telephone sound is longer; one of random bytes usually is not shorter. */
const maxPayloadBytes = 1600;
/** 5% of a G.711 stream with its headers (RFC 3550 §6.2). */
const rtcpOctetsPerSecond = 500;

/** After a move the far side learns of the new address within a round trip or two; so long the old one is still heard. */
const handoverMs = 5_000;

export class RtpSession {
  readonly ssrc: number = randomBytes(4).readUInt32BE();
  /** Where our timestamps begin (RFC 3550 §5.1: random). */
  readonly firstTimestamp: number = randomBytes(4).readUInt32BE();
  readonly #options: RtpSessionOptions;
  #sockets: SocketPair;
  /** Pairs that were moved away from and are still heard. */
  readonly #leaving = new Map<SocketPair, NodeJS.Timeout>();
  #moves: Promise<void> = Promise.resolve();
  readonly #listener: RtpListener;
  readonly #cname = randomBytes(12).toString('base64url');
  #remote: RtpRemote | null = null;
  #lock: SourceLock | null = null;
  #rtcpSource: Address | null = null;
  #protection: PacketProtection = plain;
  #refused = 0;
  #sequence = randomInt(0x1_0000);
  #sent = 0;
  #sentOctets = 0;
  #sentAtLastReport = 0;
  #lastSent: { timestamp: number; atMs: number } | null = null;
  #lastSenderReport: { middle: number; atMs: number } | null = null;
  #rttMs: number | null = null;
  #averageRtcpOctets = 120;
  /** Of streams before the current one. */
  #earlier = { received: 0, lost: 0 };
  #reportTimer: NodeJS.Timeout | null = null;
  #closed: Promise<void> | null = null;

  private constructor(options: RtpSessionOptions, sockets: SocketPair, listener: RtpListener) {
    this.#options = options;
    this.#sockets = sockets;
    this.#listener = listener;
    this.#listen(sockets);
  }

  /** Binds the ports. Rejects with `media.ports-used-up` or the system's error. */
  static async open(options: RtpSessionOptions, listener: RtpListener): Promise<RtpSession> {
    return new RtpSession(options, await bindPair(options.ports, options), listener);
  }

  /** Where our packets leave from and theirs are expected; {@link move} changes it. */
  get localAddress(): string {
    return this.#sockets.address;
  }

  get localPort(): number {
    return this.#sockets.port;
  }

  /**
   * Moves to another address of this computer, with a pair of ports of its own there. Our stream goes on as it is (SSRC, sequence
   * numbers, timestamps), so that the far side hears no new one; what it still sends to the old place is taken for a while. Rejects
   * as {@link open} does, or with `internal` once it is closed; the session then stays where it is.
   */
  move(localAddress: string): Promise<void> {
    const moved = this.#moves.then(() => this.#rebind(localAddress));
    this.#moves = moved.catch(() => undefined);
    return moved;
  }

  async #rebind(localAddress: string): Promise<void> {
    if (this.#closed) throw new PhoneFailure('internal', { reason: 'the sound of this call has ended' });
    const { ports, portMin, portMax, log } = this.#options;
    const sockets = await bindPair(ports, { localAddress, portMin, portMax });
    const old = this.#sockets;
    this.#sockets = sockets;
    this.#listen(sockets);
    const leave = () => {
      this.#leaving.delete(old);
      void closePair(ports, old);
    };
    this.#leaving.set(old, setTimeout(leave, handoverMs));
    log.debug(`media moves to ${localAddress}:${sockets.port}`);
  }

  #listen({ rtp, rtcp }: SocketPair): void {
    rtp.on('message', (datagram, from) => this.#onRtp(datagram, from));
    rtcp.on('message', (datagram, from) => this.#onRtcp(datagram, from));
    for (const socket of [rtp, rtcp]) {
      socket.on('error', (error) => this.#options.log.debug(`media socket: ${error.message}`));
    }
  }

  /** Names the far side; before the first call nothing is sent and what arrives is dropped. Call again after a change. */
  setRemote(remote: RtpRemote): void {
    const moved = this.#remote?.address !== remote.address || this.#remote.port !== remote.port;
    this.#remote = remote;
    if (this.#lock) this.#lock.rename(remote);
    else this.#lock = new SourceLock(this.#options.clockRate, remote);
    if (moved) this.#rtcpSource = null;
    if (!this.#reportTimer) this.#scheduleReport(true);
  }

  /** How packets look on the wire from now on, in both directions. */
  setProtection(protection: PacketProtection): void {
    this.#protection = protection;
  }

  /** Sends one packet with the next sequence number, to where their packets come from, else to where signalling says. */
  send({ payloadType, marker, timestamp, payload }: OutgoingPayload): void {
    const remote = this.#remote;
    if (!remote || this.#closed) return;
    const to = this.#lock?.source ?? remote;
    if (!isReachable(to)) return;
    const packet = serialiseRtp({
      payloadType,
      marker,
      sequenceNumber: this.#sequence,
      timestamp,
      ssrc: this.ssrc,
      csrcs: [],
      extension: null,
      payload,
    });
    const datagram = this.#protection.protectRtp(packet);
    if (!datagram.ok) return;
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#sent += 1;
    this.#sentOctets += payload.length;
    this.#lastSent = { timestamp, atMs: this.#options.now() };
    this.#sockets.rtp.send(datagram.value, to.port, to.address);
  }

  get counters(): RtpCounters {
    const reception = this.#lock?.reception;
    const counts = reception?.counts;
    return {
      sent: this.#sent,
      received: (counts?.received ?? 0) + this.#earlier.received,
      lost: (counts?.lost ?? 0) + this.#earlier.lost,
      jitterMs: reception?.jitterMs ?? 0,
      rttMs: this.#rttMs,
      refused: this.#refused,
    };
  }

  #onRtp(datagram: Buffer, from: RemoteInfo): void {
    const lock = this.#lock;
    if (!lock || !this.#remote || this.#closed) return;
    const opened = this.#opened(this.#protection.unprotectRtp(datagram));
    if (opened === undefined) return;
    const parsed = parseRtp(opened);
    if (!parsed.ok) return;
    const packet = parsed.value;
    if (!this.#remote.payloadTypes.includes(packet.payloadType)) return;
    if (packet.payload.length === 0 || packet.payload.length > maxPayloadBytes) return;
    const nowMs = this.#options.now();
    const before = lock.reception;
    const judgement = lock.judge(packet, from, nowMs);
    if (judgement.kind === 'drop') return;
    if (judgement.changed) this.#adopt(before?.counts ?? null, { address: from.address, port: from.port });
    const changed = judgement.changed || judgement.restarted;
    if (judgement.held) this.#listener.packet(judgement.held, nowMs, changed);
    this.#listener.packet(packet, nowMs, changed && !judgement.held);
  }

  #opened(outcome: Protected): Buffer | undefined {
    if (outcome.ok) return outcome.value;
    this.#refused += 1;
    return undefined;
  }

  #adopt(before: { received: number; lost: number } | null, source: Address): void {
    if (before) {
      this.#earlier = {
        received: this.#earlier.received + before.received,
        lost: this.#earlier.lost + before.lost,
      };
    }
    this.#lastSenderReport = null;
    this.#options.log.debug(`media comes from ${source.address}:${source.port}`);
    this.#listener.source(source);
  }

  /** Takes a packet's times into the jitter estimate; the caller knows which payloads carry their sampling time. */
  noteArrival(timestamp: number, arrivalMs: number): void {
    this.#lock?.reception?.noteArrival(timestamp, arrivalMs);
  }

  #onRtcp(datagram: Buffer, from: RemoteInfo): void {
    if (!this.#remote || this.#closed) return;
    const opened = this.#opened(this.#protection.unprotectRtcp(datagram));
    if (opened === undefined) return;
    const parsed = parseRtcp(opened);
    if (!parsed.ok) return;
    const nowMs = this.#options.now();
    const arrival = ntpMiddle(ntpTime(this.#options.wallClock()));
    for (const packet of parsed.value) {
      if (packet.type !== 'sender-report' && packet.type !== 'receiver-report') continue;
      const known = packet.ssrc === this.#lock?.reception?.ssrc;
      const report = packet.reports.find(({ ssrc }) => ssrc === this.ssrc);
      // Our SSRC or theirs is what a stranger cannot guess.
      if (!known && !report) continue;
      this.#rtcpSource = { address: from.address, port: from.port };
      if (known && packet.type === 'sender-report') {
        const middle = ntpMiddle({ seconds: packet.ntpSeconds, fraction: packet.ntpFraction });
        this.#lastSenderReport = { middle, atMs: nowMs };
      }
      if (report) this.#rttMs = roundTripMs(report, arrival) ?? this.#rttMs;
    }
    this.#averageRtcpOctets += (datagram.length + 28 - this.#averageRtcpOctets) / 16;
  }

  #scheduleReport(initial: boolean): void {
    const delayMs = reportIntervalMs(
      {
        members: 2,
        averageOctets: this.#averageRtcpOctets,
        bandwidthOctetsPerSecond: rtcpOctetsPerSecond,
        initial,
      },
      randomInt(2 ** 32) / 2 ** 32,
    );
    this.#reportTimer = setTimeout(() => {
      this.#sendRtcp(this.#reports());
      this.#scheduleReport(false);
    }, delayMs);
  }

  #reports(): RtcpPacket[] {
    const reports = this.#reportBlocks();
    const description: RtcpPacket = {
      type: 'source-description',
      chunks: [{ ssrc: this.ssrc, cname: this.#cname }],
    };
    const last = this.#lastSent;
    // An SR only when something was sent since the last report but one (RFC 3550 §6.4).
    const spoke = this.#sent > this.#sentAtLastReport;
    this.#sentAtLastReport = this.#sent;
    if (!last || !spoke) return [{ type: 'receiver-report', ssrc: this.ssrc, reports }, description];
    const { now, wallClock, clockRate } = this.#options;
    const ntp = ntpTime(wallClock());
    const sinceTicks = Math.round(((now() - last.atMs) * clockRate) / 1000);
    const report: RtcpPacket = {
      type: 'sender-report',
      ssrc: this.ssrc,
      ntpSeconds: ntp.seconds,
      ntpFraction: ntp.fraction,
      rtpTimestamp: (last.timestamp + sinceTicks) >>> 0,
      packetCount: this.#sent >>> 0,
      octetCount: this.#sentOctets >>> 0,
      reports,
    };
    return [report, description];
  }

  #reportBlocks(): ReportBlock[] {
    const reception = this.#lock?.reception;
    if (!reception) return [];
    const sr = this.#lastSenderReport;
    return [
      {
        ssrc: reception.ssrc,
        ...reception.takeLosses(),
        extendedHighestSequence: reception.extendedHighestSequence,
        jitter: reception.jitterTicks,
        lastSenderReport: sr?.middle ?? 0,
        delaySinceLastSenderReport: sr ? Math.round((this.#options.now() - sr.atMs) * 65.536) : 0,
      },
    ];
  }

  #sendRtcp(packets: RtcpPacket[]): Promise<void> {
    const remote = this.#remote;
    if (!remote) return Promise.resolve();
    const to = this.#rtcpSource ?? { address: remote.address, port: remote.rtcpPort };
    if (!isReachable(to)) return Promise.resolve();
    const outcome = this.#protection.protectRtcp(serialiseRtcp(packets));
    if (!outcome.ok) return Promise.resolve();
    const datagram = outcome.value;
    this.#averageRtcpOctets += (datagram.length + 28 - this.#averageRtcpOctets) / 16;
    return new Promise((resolve) => this.#sockets.rtcp.send(datagram, to.port, to.address, () => resolve()));
  }

  /** Says goodbye and frees the ports. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#shutDown();
    return this.#closed;
  }

  async #shutDown(): Promise<void> {
    if (this.#reportTimer) clearTimeout(this.#reportTimer);
    await this.#moves;
    // A BYE from one who never sent is not sent either (RFC 3550 §6.3.7).
    if (this.#sent > 0)
      await this.#sendRtcp([...this.#reports(), { type: 'bye', ssrcs: [this.ssrc], reason: '' }]);
    for (const timer of this.#leaving.values()) clearTimeout(timer);
    const pairs = [this.#sockets, ...this.#leaving.keys()];
    await Promise.all(pairs.map((pair) => closePair(this.#options.ports, pair)));
  }
}

/** False for what signalling names to say "nowhere": port 0, or the old hold of RFC 3264 §8.4. */
function isReachable({ address, port }: Address): boolean {
  return port > 0 && port < 0x1_0000 && address !== '' && address !== '0.0.0.0' && address !== '::';
}
