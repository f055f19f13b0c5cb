/**
 * A call's sound over RTP: a sending half that is paced by monotonic deadlines of our own, and a receiving half that is pulled, by a
 * deadline clock or by a sound card. Here they meet the RTP session, the clocks, and the statistics.
 */
import { randomBytes } from 'node:crypto';
import type { MediaEncryption, MediaStats } from '../../contract/snapshot.ts';
import { silentLogger, type Logger } from '../log.ts';
import type { DtlsCertificate } from '../rtp/dtls-certificate.ts';
import { MediaSecurity } from '../rtp/media-security.ts';
import type { MediaPath } from '../rtp/media-path.ts';
import type { Impairment } from '../rtp/impairment.ts';
import type { RtpPacket } from '../rtp/packet.ts';
import { PortPool } from '../rtp/port-pool.ts';
import type { RemoteReception, SoundMetrics } from '../rtp/rtcp-reports.ts';
import { RtpSession } from '../rtp/session.ts';
import { frameMs, frameSamplesAt, type FrameSink, type FrameSource } from './frame.ts';
import { noStats, type MediaParameters, type WireEvidence } from './media-engine.ts';
import { type IceOptions } from '../nat/ice-description.ts';
import { monotonicMs, Pacer } from './pacer.ts';
import { conversationDelay, type PlayoutDelay } from './playout.ts';
import type { Recorder } from './recorder.ts';
import { ReceptionQuality, type ReceptionState } from './reception-quality.ts';
import { SoundReceiver } from './sound-receiver.ts';
import { SoundSender } from './sound-sender.ts';

/** `deadline`: the session pulls by its own clock into the sink. `external`: whoever plays calls {@link AudioSession.pull}. */
export type PullMode = 'deadline' | 'external';

export type AudioSessionEvent =
  | {
      type: 'digit';
      direction: 'sent' | 'received';
      digit: string;
      durationMs: number;
      method: 'rfc4733' | 'inband';
    }
  | { type: 'stats'; stats: MediaStats }
  | { type: 'wire'; wire: WireEvidence }
  | { type: 'levels'; microphoneDb: number; speakerDb: number; speaking: boolean; clipping: boolean }
  | { type: 'first-packet'; address: string; port: number }
  | { type: 'encrypted'; encryption: MediaEncryption }
  | { type: 'failed'; code: 'media.encryption-failed'; reason: string };

export interface AudioSessionOptions {
  localAddress: string;
  /** Inclusive range of the RTP/RTCP ports. */
  portMin: number;
  portMax: number;
  /** Absent: packets go straight. */
  ice?: IceOptions;
  /** Shared by the sessions of one process; one of its own when absent. */
  ports?: PortPool;
  /** Silence when absent. */
  source?: FrameSource;
  /** Nowhere when absent. */
  sink?: FrameSink;
  /** `deadline` when absent. */
  pull?: PullMode;
  /** How long a packet waits before it is played; {@link conversationDelay} when absent. */
  playoutDelay?: PlayoutDelay;
  /** Nobody looks at the levels: they are told once a second, with the statistics. */
  unwatched?: boolean;
  /** For DTLS-SRTP, asked for when a handshake begins; without one there is none. */
  certificate?: () => DtlsCertificate | null;
  /** A bad network to try the sound on. */
  impairment?: Impairment;
  log?: Logger;
}

const framesPerStats = 50;
const framesPerLevels = 5;
const framesPerKeyClock = 5;
/** Of RTP before a codec is negotiated: telephone sound. */
const firstClockRate = 8000;

type Baseline = Pick<
  MediaStats,
  'sent' | 'received' | 'lost' | 'late' | 'discarded' | 'concealedMs' | 'timeScaledMs'
>;

/** All of a call's sound, in the process that it is made in. */
export class AudioSession {
  readonly #rtp: RtpSession;
  readonly #security: MediaSecurity;
  readonly #sender: SoundSender;
  readonly #receiver: SoundReceiver;
  readonly #quality = new ReceptionQuality();
  readonly #listeners = new Set<(event: AudioSessionEvent) => void>();
  #pullMode: PullMode;
  #sink: FrameSink | null;
  readonly #framesPerLevels: number;
  #heard = new Int16Array(frameSamplesAt(firstClockRate));
  #parameters: MediaParameters | null = null;
  #framePacer: Pacer | null = null;
  /** Null where packets are as long as frames: they have the same slots. */
  #packetPacer: Pacer | null = null;
  #frames = 0;
  #heardFirst = false;
  /** Where their packets come from; empty while none are followed. */
  #sourceAddress = '';
  #baseline: Baseline = noStats;
  #closed: Promise<MediaStats> | null = null;

  private constructor(options: AudioSessionOptions, rtp: RtpSession) {
    const { source, sink, pull, playoutDelay, log } = options;
    this.#rtp = rtp;
    this.#security = new MediaSecurity({
      path: rtp.path,
      certificate: options.certificate ?? (() => null),
      random: randomBytes,
      after: (milliseconds, run) => {
        const timer = setTimeout(run, milliseconds);
        return () => clearTimeout(timer);
      },
      setProtection: (protection) => rtp.setProtection(protection),
      onEncrypted: (encryption) => this.#emit({ type: 'encrypted', encryption }),
      onFailed: (reason) => this.#emit({ type: 'failed', code: 'media.encryption-failed', reason }),
      log: log ?? silentLogger,
    });
    this.#sink = sink ?? null;
    this.#framesPerLevels = options.unwatched === true ? framesPerStats : framesPerLevels;
    this.#pullMode = pull ?? 'deadline';
    this.#sender = new SoundSender(rtp, source, log ?? silentLogger, ({ digit, durationMs }, method) =>
      this.#emit({ type: 'digit', direction: 'sent', digit, durationMs, method }),
    );
    this.#receiver = new SoundReceiver({
      playoutDelay: playoutDelay ?? conversationDelay,
      onKey: (digit, durationMs) =>
        this.#emit({ type: 'digit', direction: 'received', digit, durationMs, method: 'rfc4733' }),
      noteArrival: (timestamp, arrivalMs) => this.#rtp.noteArrival(timestamp, arrivalMs),
      onFate: (sequenceNumber, inTime, changed) => {
        if (changed) this.#quality.streamChanged();
        this.#quality.came(sequenceNumber, inTime);
      },
    });
  }

  /** Binds the ports; sound begins with {@link start}. Rejects with `media.ports-used-up` or the system's error. */
  static async open(options: AudioSessionOptions): Promise<AudioSession> {
    let session: AudioSession | null = null;
    const rtp = await RtpSession.open(
      {
        localAddress: options.localAddress,
        portMin: options.portMin,
        portMax: options.portMax,
        ports: options.ports ?? new PortPool(),
        ...(options.ice === undefined ? {} : { ice: options.ice }),
        clockRate: firstClockRate,
        now: monotonicMs,
        wallClock: Date.now,
        log: options.log ?? silentLogger,
        ...(options.impairment ? { impairment: options.impairment } : {}),
      },
      {
        packet: (packet, arrivalMs, changed) => session?.onPacket(packet, arrivalMs, changed),
        source: ({ address, port }) => session?.onSource(address, port),
        metrics: () => session?.metrics() ?? null,
      },
    );
    session = new AudioSession(options, rtp);
    return session;
  }

  /** The way of its packets. */
  get path(): MediaPath {
    return this.#rtp.path;
  }

  get localAddress(): string {
    return this.#rtp.localAddress;
  }

  get localPort(): number {
    return this.#rtp.localPort;
  }

  /** Moves to another address of this computer while the sound goes on. Rejects as {@link open} does, and nothing has changed then. */
  move(localAddress: string): Promise<void> {
    return this.#rtp.move(localAddress);
  }

  /** Starts, or changes what runs. Before the first call nothing is sent; what arrives is dropped. */
  start(asked: MediaParameters): void {
    if (this.#closed) return;
    const parameters = { ...asked, packetTimeMs: usablePacketTime(asked.packetTimeMs) };
    const packetTimeChanged = this.#parameters?.packetTimeMs !== parameters.packetTimeMs;
    this.#parameters = parameters;
    const { codec, remoteAddress, remotePort, remoteRtcpPort } = parameters;
    this.#sender.start(parameters);
    this.#heard = new Int16Array(frameSamplesAt(codec.sampleRate));
    this.#rtp.setRemote({
      address: remoteAddress,
      port: remotePort,
      rtcpPort: remoteRtcpPort ?? remotePort + 1,
      rtcpMux: parameters.rtcpMux,
      ice: parameters.ice,
      payloadTypes: this.#receiver.start(parameters),
      clockRate: codec.clockRate,
      ...(parameters.extendedReports ? { extendedReports: parameters.extendedReports } : {}),
    });
    this.#security.apply(parameters.protection, parameters);
    if (packetTimeChanged) {
      this.#packetPacer?.close();
      this.#packetPacer = this.#ownPacketPacer(parameters.packetTimeMs);
    }
    this.#framePacer ??= new Pacer(frameMs, (skipped) => this.#onFrameSlot(skipped));
  }

  #ownPacketPacer(packetTimeMs: number): Pacer | null {
    if (packetTimeMs === frameMs) return null;
    return new Pacer(packetTimeMs, (skipped) => this.#sender.slot(skipped));
  }

  setSource(source: FrameSource | null): void {
    this.#sender.setSource(source);
  }

  setSink(sink: FrameSink | null): void {
    this.#sink = sink;
  }

  /** Both sides are recorded from now on, or no more. */
  setRecorder(recorder: Pick<Recorder, 'here' | 'there'> | null): void {
    this.#sender.setTap(recorder && ((frame) => recorder.here(frame)));
    this.#receiver.setTap(recorder && ((frame) => recorder.there(frame)));
  }

  setPullMode(mode: PullMode): void {
    this.#pullMode = mode;
  }

  /** Muted sends comfort silence; the source is read on, for its level and its place. */
  setMuted(muted: boolean): void {
    this.#sender.setMuted(muted);
  }

  /** Queues keys (`0`-`9`, `*`, `#`, `A`-`D`; others are passed over), one after the other. */
  sendDigits(digits: string, options: { durationMs: number; gapMs: number }): void {
    this.#sender.sendDigits(digits, options);
  }

  /** Queues keys as tones in the sound, one after the other. */
  sendTones(digits: string, options: { durationMs: number; gapMs: number }): void {
    this.#sender.sendTones(digits, options);
  }

  on(listener: (event: AudioSessionEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #emit(event: AudioSessionEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** The counts of {@link stats} begin anew, as they do when a call is answered. */
  restartStats(): void {
    this.#baseline = noStats;
    this.#baseline = this.stats();
  }

  stats(): MediaStats {
    const { sent, received, lost, jitterMs, rttMs, remote } = this.#rtp.counters;
    const { late, discarded, concealedMs, timeScaledMs, bufferMs } = this.#receiver.counts;
    const from = this.#baseline;
    return {
      sent: sent - from.sent,
      received: received - from.received,
      lost: Math.max(0, lost - from.lost),
      late: late - from.late,
      discarded: discarded - from.discarded,
      concealedMs: concealedMs - from.concealedMs,
      jitterMs,
      rttMs,
      bufferMs,
      codec: this.#parameters?.codec.name ?? '',
      timeScaledMs: timeScaledMs - from.timeScaledMs,
      ...this.#quality.recent(this.#receptionState(rttMs, bufferMs)),
      remote: remote && reported(remote),
    };
  }

  #receptionState(rttMs: number | null, bufferMs: number): ReceptionState {
    const { codec, packetTimeMs } = this.#parameters ?? { codec: null, packetTimeMs: frameMs };
    return { codec: codec?.name ?? '', packetTimeMs, bufferMs, rttMs };
  }

  /** What our reports tell the far side of its sound. Called by the RTP session. */
  private metrics(): SoundMetrics | null {
    const { rttMs } = this.#rtp.counters;
    const { counts, bufferDelays } = this.#receiver;
    return this.#quality.metrics(this.#receptionState(rttMs, counts.bufferMs), bufferDelays);
  }

  #wire(): WireEvidence {
    const { sent, received, foreign, refused, remote } = this.#rtp.counters;
    return {
      sent,
      received,
      foreign: foreign.packets,
      foreignPayloadType: foreign.payloadType,
      refused,
      sourceAddress: this.#sourceAddress,
      farSideReceives: remote?.receives ?? null,
    };
  }

  /**
   * The next frame of what is heard, for a session with `pull: 'external'`: exactly one for each 20 ms that were played, at the
   * rate that `into` asks for. Answers false when it is mere silence.
   */
  pull(into: Int16Array): boolean {
    if (!this.#closed) return this.#receiver.pull(into);
    into.fill(0);
    return false;
  }

  #onFrameSlot(skipped: number): void {
    if (this.#packetPacer === null) this.#sender.slot(skipped);
    if (this.#pullMode === 'deadline') {
      // A sink lives by the wall clock: a frame for each 20 ms, also for those that this process slept through.
      for (let frame = 0; frame <= skipped; frame += 1) {
        this.pull(this.#heard);
        this.#sink?.write(this.#heard);
      }
    }
    this.#frames += 1;
    if (this.#frames % framesPerKeyClock === 0) this.#receiver.clock();
    if (this.#frames % this.#framesPerLevels === 0) {
      const speakerDb = this.#receiver.takeLevel();
      this.#emit({ type: 'levels', ...this.#sender.takeLevel(), speakerDb });
    }
    if (this.#frames % framesPerStats === 0) {
      this.#quality.second();
      this.#sender.expectLoss(this.#rtp.counters.remote?.lostPercent ?? 0);
      this.#emit({ type: 'stats', stats: this.stats() });
      this.#emit({ type: 'wire', wire: this.#wire() });
    }
  }

  private onPacket(packet: RtpPacket, arrivalMs: number, changed: boolean): void {
    this.#receiver.take(packet, arrivalMs, changed);
  }

  private onSource(address: string, port: number): void {
    this.#sourceAddress = address;
    if (this.#heardFirst) return;
    this.#heardFirst = true;
    this.#emit({ type: 'first-packet', address, port });
  }

  /** Stops and frees the ports; tells the final statistics. Idempotent (the same promise). */
  close(): Promise<MediaStats> {
    this.#closed ??= this.#shutDown();
    return this.#closed;
  }

  async #shutDown(): Promise<MediaStats> {
    this.#packetPacer?.close();
    this.#framePacer?.close();
    this.#security.close();
    const stats = this.stats();
    await this.#rtp.close();
    return stats;
  }
}

/** What the far side tells, without what {@link WireEvidence} makes of it. */
function reported({ receives: _, ...report }: RemoteReception): MediaStats['remote'] {
  return report;
}

/** The far side may ask for anything: whole tens of milliseconds from 10 to 60, 20 when it makes no sense (RFC 3551 §4.2). */
function usablePacketTime(packetTimeMs: number): number {
  if (!(packetTimeMs > 0)) return frameMs;
  return Math.min(60, Math.max(10, 10 * Math.round(packetTimeMs / 10)));
}
