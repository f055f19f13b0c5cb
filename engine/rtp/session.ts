/**
 * One RTP session (RFC 3550): our stream and theirs, and the reports about both. It knows packets, not sound and not sockets:
 * `engine/media/audio-session.ts` gives it payloads and takes theirs, a path (media-path.ts) carries them.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { PhoneFailure } from '../../contract/errors.ts';
import type { Logger } from '../log.ts';
import type { IceOptions } from '../nat/ice-description.ts';
import { systemClock } from '../net/clock.ts';
import { DirectPath } from './direct-path.ts';
import { ImpairedPath } from './impaired-path.ts';
import type { Impairment } from './impairment.ts';
import type { MediaPath, PathRemote } from './media-path.ts';
import { parseRtp, serialiseRtp, type RtpPacket } from './packet.ts';
import { plain, type PacketProtection, type Protected } from './packet-protection.ts';
import type { PortPool } from './port-pool.ts';
import { parseRtcp, serialiseRtcp, type RtcpPacket } from './rtcp.ts';
import {
  RtcpReports,
  type ExtendedReports,
  type RemoteReception,
  type SoundMetrics,
} from './rtcp-reports.ts';
import { SourceLock } from './source-lock.ts';
import { sameTransportAddress, type TransportAddress } from '../net/transport-address.ts';

export interface RtpSessionOptions {
  localAddress: string;
  /** Inclusive range of the RTP/RTCP pair. */
  portMin: number;
  portMax: number;
  ports: PortPool;
  /** Absent: packets go straight. */
  ice?: IceOptions;
  /** Ticks a second of the streams' timestamps until {@link RtpRemote} says otherwise. */
  clockRate: number;
  /** Milliseconds, monotonic. */
  now: () => number;
  /** Milliseconds since 1970, for NTP times in reports. */
  wallClock: () => number;
  log: Logger;
  /** A bad network between the session and its path, for trying. */
  impairment?: Impairment;
}

export interface RtpRemote extends PathRemote {
  /** Payload types that may come. */
  payloadTypes: readonly number[];
  /** Ticks a second of the streams' timestamps; as before when absent. */
  clockRate?: number;
  /** What it takes of RFC 3611; nothing when absent. */
  extendedReports?: ExtendedReports;
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
  /** Packets of payload types that were not negotiated, and the last of those types. */
  foreign: { packets: number; payloadType: number | null };
  /** How the far side gets our stream; null before it has told. */
  remote: RemoteReception | null;
}

export interface RtpListener {
  /** A packet of the stream that we listen to. `changed`: it is the first one of another stream. */
  packet(packet: RtpPacket, arrivalMs: number, changed: boolean): void;
  /** The first packet of all came, or the stream moved. */
  source(source: TransportAddress): void;
  /** What is known of how their stream sounds, for reports to them; null while nothing is. */
  metrics?(): SoundMetrics | null;
}

/** No packet of 200 ms or less of telephone sound is longer; one of random bytes usually is not shorter. */
const maxPayloadBytes = 1600;

export class RtpSession {
  /** Where our timestamps begin (RFC 3550 §5.1: random). */
  readonly firstTimestamp: number = randomBytes(4).readUInt32BE();
  readonly #options: RtpSessionOptions;
  #ssrc = randomBytes(4).readUInt32BE();
  #clockRate: number;
  /** The way of the packets. */
  readonly path: MediaPath;
  readonly #listener: RtpListener;
  readonly #reports: RtcpReports;
  #remote: RtpRemote | null = null;
  #lock: SourceLock | null = null;
  #rtcpSource: TransportAddress | null = null;
  #protection: PacketProtection = plain;
  #refused = 0;
  /** Begins in the lower half: a receiver who misses the first packets still counts the wraps right (RFC 3711 §3.3.1). */
  #sequence = randomInt(0x8000);
  #foreign: RtpCounters['foreign'] = { packets: 0, payloadType: null };
  /** Of streams before the current one. */
  #earlier = { received: 0, lost: 0 };
  #reportTimer: NodeJS.Timeout | null = null;
  #closed: Promise<void> | null = null;

  private constructor(options: RtpSessionOptions, path: MediaPath, listener: RtpListener) {
    this.#options = options;
    this.#clockRate = options.clockRate;
    this.path = path;
    this.#listener = listener;
    this.#reports = new RtcpReports(
      { ssrc: this.#ssrc, clockRate: this.#clockRate },
      {
        cname: randomBytes(12).toString('base64url'),
        now: options.now,
        wallClock: options.wallClock,
        metrics: () => listener.metrics?.() ?? null,
      },
    );
    path.listen({
      rtp: (datagram, from) => this.#onRtp(datagram, from),
      rtcp: (datagram, from) => this.#onRtcp(datagram, from),
    });
  }

  /** Binds the ports. Rejects with `media.ports-used-up` or the system's error. */
  static async open(options: RtpSessionOptions, listener: RtpListener): Promise<RtpSession> {
    const path = await openPath(options);
    const { impairment, now } = options;
    return new RtpSession(options, impairment ? new ImpairedPath(path, impairment, now) : path, listener);
  }

  /** Of our stream. It changes with the clock rate: each has an SSRC of its own (RFC 7160 §4.1). */
  get ssrc(): number {
    return this.#ssrc;
  }

  /** Where our packets leave from and theirs are expected; {@link move} changes it. */
  get localAddress(): string {
    return this.path.localAddress;
  }

  get localPort(): number {
    return this.path.localPort;
  }

  /**
   * Moves to another address of this computer, with a pair of ports of its own there. Our stream goes on as it is (SSRC, sequence
   * numbers, timestamps), so that the far side hears no new one; what it still sends to the old place is taken for a while. Rejects
   * as {@link open} does, or with `internal` once it is closed; the session then stays where it is.
   */
  async move(localAddress: string): Promise<void> {
    if (this.#closed) throw new PhoneFailure('internal', { reason: 'the sound of this call has ended' });
    await this.path.move(localAddress);
  }

  /** Names the far side; before the first call nothing is sent and what arrives is dropped. Call again after a change. */
  setRemote(remote: RtpRemote): void {
    const moved = this.#remote === null || !sameTransportAddress(this.#remote, remote);
    this.#remote = remote;
    this.path.setRemote(remote);
    this.#setClockRate(remote.clockRate ?? this.#clockRate);
    if (this.#lock) this.#lock.rename(remote);
    else this.#lock = new SourceLock(this.#clockRate, remote);
    this.#reports.setExtended(remote.extendedReports ?? { voipMetrics: false, roundTrip: false });
    if (moved) this.#rtcpSource = null;
    if (!this.#reportTimer) this.#scheduleReport(true);
  }

  /** How packets look on the wire from now on, in both directions. */
  setProtection(protection: PacketProtection): void {
    this.#protection = protection;
  }

  #setClockRate(clockRate: number): void {
    if (clockRate === this.#clockRate) return;
    this.#clockRate = clockRate;
    this.#lock?.setClockRate(clockRate);
    if (this.#reports.sent > 0) this.#ssrc = randomBytes(4).readUInt32BE();
    this.#reports.streamChanged({ ssrc: this.#ssrc, clockRate });
  }

  /** Sends one packet with the next sequence number, to where their packets come from, else to where signalling says. */
  send({ payloadType, marker, timestamp, payload }: OutgoingPayload): void {
    const source = this.#lock?.source ?? null;
    if (!this.#remote || this.#closed || !this.path.leads(source)) return;
    const packet = serialiseRtp({
      payloadType,
      marker,
      sequenceNumber: this.#sequence,
      timestamp,
      ssrc: this.#ssrc,
      csrcs: [],
      extension: null,
      payload,
    });
    const datagram = this.#protection.protectRtp(packet);
    if (!datagram.ok) return;
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#reports.noteSent(timestamp, payload.length);
    this.path.sendRtp(datagram.value, source);
  }

  get counters(): RtpCounters {
    const reception = this.#lock?.reception;
    const counts = reception?.counts;
    return {
      sent: this.#reports.sent,
      received: (counts?.received ?? 0) + this.#earlier.received,
      lost: (counts?.lost ?? 0) + this.#earlier.lost,
      jitterMs: reception?.jitterMs ?? 0,
      rttMs: this.#reports.rttMs,
      refused: this.#refused,
      foreign: this.#foreign,
      remote: this.#reports.remote,
    };
  }

  #onRtp(datagram: Buffer, from: TransportAddress): void {
    const lock = this.#lock;
    if (!lock || !this.#remote || this.#closed) return;
    const opened = this.#opened(this.#protection.unprotectRtp(datagram));
    if (opened === undefined) return;
    const parsed = parseRtp(opened);
    if (!parsed.ok) return;
    const packet = parsed.value;
    if (!this.#remote.payloadTypes.includes(packet.payloadType)) {
      this.#foreign = { packets: this.#foreign.packets + 1, payloadType: packet.payloadType };
      return;
    }
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

  #adopt(before: { received: number; lost: number } | null, source: TransportAddress): void {
    if (before) {
      this.#earlier = {
        received: this.#earlier.received + before.received,
        lost: this.#earlier.lost + before.lost,
      };
    }
    this.#reports.sourceChanged();
    this.#options.log.debug(`media comes from ${source.address}:${source.port}`);
    this.#listener.source(source);
  }

  /** Takes a packet's times into the jitter estimate; the caller knows which payloads carry their sampling time. */
  noteArrival(timestamp: number, arrivalMs: number): void {
    this.#lock?.reception?.noteArrival(timestamp, arrivalMs);
  }

  #onRtcp(datagram: Buffer, from: TransportAddress): void {
    if (!this.#remote || this.#closed) return;
    const opened = this.#opened(this.#protection.unprotectRtcp(datagram));
    if (opened === undefined) return;
    const parsed = parseRtcp(opened);
    if (!parsed.ok) return;
    if (this.#reports.take(parsed.value, this.#lock?.reception?.ssrc))
      this.#rtcpSource = { address: from.address, port: from.port };
    this.#reports.notePassed(datagram.length);
  }

  #scheduleReport(initial: boolean): void {
    const delayMs = this.#reports.nextIntervalMs(initial, randomInt(2 ** 32) / 2 ** 32);
    this.#reportTimer = setTimeout(() => {
      void this.#sendRtcp(this.#report());
      this.#scheduleReport(false);
    }, delayMs);
  }

  #report(): RtcpPacket[] {
    return this.#reports.packets(this.#lock?.reception ?? null);
  }

  #sendRtcp(packets: RtcpPacket[]): Promise<void> {
    const outcome = this.#protection.protectRtcp(serialiseRtcp(packets));
    if (!outcome.ok) return Promise.resolve();
    const datagram = outcome.value;
    this.#reports.notePassed(datagram.length);
    return this.path.sendRtcp(datagram, this.#rtcpSource);
  }

  /** Says goodbye and frees the ports. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#shutDown();
    return this.#closed;
  }

  async #shutDown(): Promise<void> {
    if (this.#reportTimer) clearTimeout(this.#reportTimer);
    // A BYE from one who never sent is not sent either (RFC 3550 §6.3.7).
    if (this.#reports.sent > 0)
      await this.#sendRtcp([...this.#report(), { type: 'bye', ssrcs: [this.#ssrc], reason: '' }]);
    await this.path.close();
  }
}

async function openPath(options: RtpSessionOptions): Promise<MediaPath> {
  const { ice, localAddress, log } = options;
  if (ice === undefined) return DirectPath.open(options);
  const [{ computerNetwork }, { IcePath }] = await Promise.all([
    import('./ice-network.ts'),
    import('./ice-path.ts'),
  ]);
  const onError = (error: Error) => log.debug(`media socket: ${error.message}`);
  const network = computerNetwork({ ...options, authorities: ice.authorities, onError });
  return IcePath.open({ localAddress, ice, network, clock: systemClock, random: randomBytes, log });
}
