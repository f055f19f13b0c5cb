/**
 * Sound over RTP: frames of 20 ms are read from a source and sent at monotonic deadlines of our own; what comes is buffered,
 * decoded and pulled, by a deadline clock or by a sound card. Keys travel as telephone-events between the sound.
 */
import type { MediaStats } from '../../contract/snapshot.ts';
import { silentLogger, type Logger } from '../log.ts';
import type { RtpPacket } from '../rtp/packet.ts';
import { PortPool } from '../rtp/port-pool.ts';
import { RtpSession } from '../rtp/session.ts';
import {
  eventOfKey,
  idleSender,
  parseTelephoneEvent,
  stepSender,
  type SenderEffect,
} from '../rtp/telephone-event.ts';
import { idleReceiver, stepReceiver, type ReceiverInput } from '../rtp/telephone-event-receiver.ts';
import { codecFrameSamples, codecOf, codecRate, soundPayloadTypes, type PayloadCodec } from './codec.ts';
import { ComfortNoise } from './comfort-noise.ts';
import { PeakMeter } from './levels.ts';
import { KeyTones } from './key-tones.ts';
import type { MediaParameters } from './media-engine.ts';
import { monotonicMs, Pacer } from './pacer.ts';
import { conversationDelayMs, Playout } from './playout.ts';

/** Gives sound: fills one frame of 160 samples at 8 kHz, every 20 ms. */
export interface FrameSource {
  read(into: Int16Array): void;
}

/** Takes sound: one frame of 160 samples at 8 kHz, every 20 ms. The frame is the sink's only during the call. */
export interface FrameSink {
  write(frame: Int16Array): void;
}

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
  | { type: 'levels'; microphoneDb: number; speakerDb: number; speaking: boolean; clipping: boolean }
  | { type: 'first-packet'; address: string; port: number };

export interface AudioSessionOptions {
  localAddress: string;
  /** Inclusive range of the RTP/RTCP ports. */
  portMin: number;
  portMax: number;
  /** Shared by the sessions of one process; one of its own when absent. */
  ports?: PortPool;
  /** Silence when absent. */
  source?: FrameSource;
  /** Nowhere when absent. */
  sink?: FrameSink;
  /** `deadline` when absent. */
  pull?: PullMode;
  /** How long a packet waits before it is played; {@link conversationDelayMs} when absent. */
  playoutDelayMs?: number;
  log?: Logger;
}

const frameMs = 20;
/**
 * So many slots that this process slept through are still sent, late but in order: any receiver's buffer takes them in. More
 * would be a burst, which buffers and policers drop, so beyond that they are given up.
 */
const catchUpSlots = 2;
const framesPerStats = 50;
const framesPerLevels = 5;
const framesPerKeyClock = 5;
const silence: FrameSource = { read: (into) => into.fill(0) };

type Baseline = Pick<MediaStats, 'sent' | 'received' | 'lost' | 'late' | 'concealedMs'>;
const fromTheStart: Baseline = { sent: 0, received: 0, lost: 0, late: 0, concealedMs: 0 };

/** All of a call's sound, in the process that it is made in. */
export class AudioSession {
  readonly #rtp: RtpSession;
  #pullMode: PullMode;
  readonly #log: Logger;
  readonly #playout: Playout;
  readonly #comfort = new ComfortNoise();
  readonly #microphone = new PeakMeter();
  readonly #speaker = new PeakMeter();
  readonly #listeners = new Set<(event: AudioSessionEvent) => void>();
  readonly #frame = new Int16Array(codecFrameSamples);
  readonly #heard = new Int16Array(codecFrameSamples);
  #source: FrameSource;
  #sink: FrameSink | null;
  #parameters: MediaParameters | null = null;
  #codec: PayloadCodec = codecOf('PCMU');
  #sendPacer: Pacer | null = null;
  #framePacer: Pacer | null = null;
  /** Samples read from the source and not yet sent: packets need not be as long as frames. */
  #unsent: Int16Array = new Int16Array(0);
  #timestamp: number;
  /** The next packet of sound begins a talk spurt (RFC 3551 §4.1): M is set. */
  #spurt = true;
  #muted = false;
  #keySender = idleSender;
  #keyReceiver = idleReceiver;
  readonly #tones = new KeyTones(codecRate);
  #frames = 0;
  #heardFirst = false;
  #baseline: Baseline = fromTheStart;
  #closed: Promise<MediaStats> | null = null;

  private constructor(options: AudioSessionOptions, rtp: RtpSession) {
    this.#rtp = rtp;
    this.#source = options.source ?? silence;
    this.#sink = options.sink ?? null;
    this.#pullMode = options.pull ?? 'deadline';
    this.#playout = new Playout(options.playoutDelayMs ?? conversationDelayMs);
    this.#log = options.log ?? silentLogger;
    this.#timestamp = rtp.firstTimestamp;
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
        clockRate: codecRate,
        now: monotonicMs,
        wallClock: Date.now,
        log: options.log ?? silentLogger,
      },
      {
        packet: (packet, arrivalMs, changed) => session?.onPacket(packet, arrivalMs, changed),
        source: ({ address, port }) => session?.onSource(address, port),
      },
    );
    session = new AudioSession(options, rtp);
    return session;
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
    const { codec, remoteAddress, remotePort, remoteRtcpPort, telephoneEventPayloadType } = parameters;
    const sounds = soundPayloadTypes(codec);
    this.#codec = codecOf(codec.name);
    this.#playout.setCodecs(sounds);
    const keys = telephoneEventPayloadType === null ? [] : [telephoneEventPayloadType];
    this.#rtp.setRemote({
      address: remoteAddress,
      port: remotePort,
      rtcpPort: remoteRtcpPort ?? remotePort + 1,
      rtcpMux: parameters.rtcpMux,
      ice: parameters.ice,
      payloadTypes: [...sounds.keys(), ...keys],
    });
    if (packetTimeChanged) {
      this.#sendPacer?.close();
      this.#sendPacer = new Pacer(parameters.packetTimeMs, (skipped) => this.#onSendSlot(skipped));
    }
    this.#framePacer ??= new Pacer(frameMs, (skipped) => this.#onFrameSlot(skipped));
  }

  setSource(source: FrameSource | null): void {
    this.#source = source ?? silence;
  }

  setSink(sink: FrameSink | null): void {
    this.#sink = sink;
  }

  setPullMode(mode: PullMode): void {
    this.#pullMode = mode;
  }

  /** Muted sends comfort silence; the source is read on, for its level and its place. */
  setMuted(muted: boolean): void {
    this.#muted = muted;
  }

  /** Queues keys (`0`-`9`, `*`, `#`, `A`-`D`; others are passed over), one after the other. */
  sendDigits(digits: string, options: { durationMs: number; gapMs: number }): void {
    if (this.#parameters && this.#parameters.telephoneEventPayloadType === null) {
      this.#log.warn('keys cannot be sent: telephone-event was not negotiated');
      return;
    }
    for (const digit of digits) {
      if (eventOfKey(digit) === null) continue;
      const press = { digit: digit.toUpperCase(), ...options };
      [this.#keySender] = stepSender(this.#keySender, { type: 'press', press });
    }
  }

  /** Queues keys as tones in the sound, one after the other. */
  sendTones(digits: string, options: { durationMs: number; gapMs: number }): void {
    for (const digit of digits.toUpperCase()) this.#tones.press({ digit, ...options });
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
    this.#baseline = fromTheStart;
    this.#baseline = this.stats();
  }

  stats(): MediaStats {
    const { sent, received, lost, jitterMs, rttMs } = this.#rtp.counters;
    const { buffer, concealedMs } = this.#playout;
    const from = this.#baseline;
    return {
      sent: sent - from.sent,
      received: received - from.received,
      lost: Math.max(0, lost - from.lost),
      late: buffer.late - from.late,
      concealedMs: concealedMs - from.concealedMs,
      jitterMs,
      rttMs,
      bufferMs: buffer.delayMs,
      codec: this.#parameters?.codec.name ?? '',
      timeScaledMs: 0,
      lossPercent: 0,
      delayMs: null,
      mos: null,
      remote: null,
    };
  }

  /**
   * The next frame of what is heard, for a session with `pull: 'external'`: exactly one for each 20 ms that were played.
   * Answers false when it is mere silence.
   */
  pull(into: Int16Array): boolean {
    if (!this.#parameters || this.#closed) {
      into.fill(0);
      return false;
    }
    const audible = this.#playout.pull(into, monotonicMs());
    this.#speaker.add(into);
    return audible;
  }

  #onFrameSlot(skipped: number): void {
    if (this.#pullMode === 'deadline') {
      // A sink lives by the wall clock: a frame for each 20 ms, also for those that this process slept through.
      for (let frame = 0; frame <= skipped; frame += 1) {
        this.pull(this.#heard);
        this.#sink?.write(this.#heard);
      }
    }
    this.#frames += 1;
    if (this.#frames % framesPerKeyClock === 0) this.#hearKeys({ type: 'clock', nowMs: monotonicMs() });
    if (this.#frames % framesPerLevels === 0) {
      const [microphoneDb, speakerDb] = [this.#microphone.take(), this.#speaker.take()];
      this.#emit({ type: 'levels', microphoneDb, speakerDb, speaking: false, clipping: false });
    }
    if (this.#frames % framesPerStats === 0) this.#emit({ type: 'stats', stats: this.stats() });
  }

  #onSendSlot(skipped: number): void {
    const parameters = this.#parameters;
    if (!parameters) return;
    for (let slot = 0; slot < skipped; slot += 1) {
      if (skipped <= catchUpSlots) this.#sendSlot(parameters);
      else this.#dropSlot(parameters);
    }
    this.#sendSlot(parameters);
  }

  /** What a slot would have carried is gone, as it would be on a telephone line; the time base goes on. */
  #dropSlot({ packetTimeMs }: MediaParameters): void {
    const slotTicks = (codecRate * packetTimeMs) / 1000;
    this.#read(slotTicks);
    this.#timestamp = (this.#timestamp + slotTicks) >>> 0;
  }

  #sendSlot(parameters: MediaParameters): void {
    const slotTicks = (codecRate * parameters.packetTimeMs) / 1000;
    const samples = this.#read(slotTicks);
    const timestamp = this.#timestamp;
    this.#timestamp = (timestamp + slotTicks) >>> 0;
    if (parameters.direction !== 'sendrecv' && parameters.direction !== 'sendonly') {
      this.#spurt = true;
      return;
    }
    if (this.#sendKey(parameters, timestamp, slotTicks)) return;
    for (const { digit, durationMs } of this.#tones.read(samples))
      this.#emit({ type: 'digit', direction: 'sent', digit, durationMs, method: 'inband' });
    this.#rtp.send({
      payloadType: parameters.codec.payloadType,
      marker: this.#spurt,
      timestamp,
      payload: this.#codec.encode(samples),
    });
    this.#spurt = false;
  }

  /** The next samples of the source, measured, or comfort silence in their place while muted. */
  #read(count: number): Int16Array {
    while (this.#unsent.length < count) {
      this.#source.read(this.#frame);
      this.#microphone.add(this.#frame);
      if (this.#muted) this.#comfort.read(this.#frame);
      if (this.#unsent.length === 0 && count === codecFrameSamples) return this.#frame;
      const joined = new Int16Array(this.#unsent.length + codecFrameSamples);
      joined.set(this.#unsent);
      joined.set(this.#frame, this.#unsent.length);
      this.#unsent = joined;
    }
    const samples = this.#unsent.subarray(0, count);
    this.#unsent = this.#unsent.subarray(count);
    return samples;
  }

  /** True when this slot belongs to a key. */
  #sendKey(parameters: MediaParameters, timestamp: number, slotTicks: number): boolean {
    const payloadType = parameters.telephoneEventPayloadType;
    if (payloadType === null) return false;
    let effects: SenderEffect[];
    [this.#keySender, effects] = stepSender(this.#keySender, {
      type: 'slot',
      timestamp,
      slotTicks,
      clockRate: codecRate,
    });
    let taken = false;
    for (const effect of effects) {
      if (effect.type === 'sent') {
        const { digit, durationMs } = effect.press;
        this.#emit({ type: 'digit', direction: 'sent', digit, durationMs, method: 'rfc4733' });
        continue;
      }
      taken = true;
      const { marker, payload } = effect;
      this.#rtp.send({ payloadType, marker, timestamp: effect.timestamp, payload });
    }
    return taken;
  }

  /** A packet of the far side's stream. Called by the RTP session. */
  private onPacket(packet: RtpPacket, arrivalMs: number, changed: boolean): void {
    const parameters = this.#parameters;
    if (!parameters || parameters.direction === 'sendonly' || parameters.direction === 'inactive') return;
    if (changed) {
      this.#playout.buffer.reset();
      this.#keyReceiver = idleReceiver;
    }
    const { payloadType, payload, timestamp, sequenceNumber, marker } = packet;
    if (payloadType === parameters.telephoneEventPayloadType) {
      const parsed = parseTelephoneEvent(payload);
      if (!parsed.ok) return;
      this.#playout.buffer.coverKey(timestamp, parsed.value.duration, arrivalMs);
      this.#hearKeys({ type: 'packet', marker, timestamp, event: parsed.value, nowMs: arrivalMs });
      return;
    }
    this.#rtp.noteArrival(timestamp, arrivalMs);
    const ticks = payload.length;
    this.#playout.buffer.put({ sequenceNumber, timestamp, payloadType, payload, ticks, arrivalMs });
  }

  #hearKeys(input: ReceiverInput): void {
    if (input.type === 'clock' && !this.#keyReceiver.hearing) return;
    const [state, heard] = stepReceiver(this.#keyReceiver, input);
    this.#keyReceiver = state;
    for (const { digit, ticks } of heard) {
      const durationMs = (1000 * ticks) / codecRate;
      this.#emit({ type: 'digit', direction: 'received', digit, durationMs, method: 'rfc4733' });
    }
  }

  private onSource(address: string, port: number): void {
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
    this.#sendPacer?.close();
    this.#framePacer?.close();
    const stats = this.stats();
    await this.#rtp.close();
    return stats;
  }
}

/** The far side may ask for anything: whole tens of milliseconds from 10 to 60, 20 when it makes no sense (RFC 3551 §4.2). */
function usablePacketTime(packetTimeMs: number): number {
  if (!(packetTimeMs > 0)) return frameMs;
  return Math.min(60, Math.max(10, 10 * Math.round(packetTimeMs / 10)));
}
