/**
 * The receiving half of a session: RTP ──► keys heard, or sound ──► playout ──► frames that are pulled.
 *
 * The far side may change to another of the codecs that it may send with any packet (RFC 3264 §8.3.2). A playout works at the clock
 * and the sample rate of one codec, so a change of either begins a new one.
 */
import type { RtpPacket } from '../rtp/packet.ts';
import { parseTelephoneEvent } from '../rtp/telephone-event.ts';
import { idleReceiver, stepReceiver, type ReceiverInput } from '../rtp/telephone-event-receiver.ts';
import { codecOf, receivableCodecs } from './codec.ts';
import { FrameConverter, frameSamplesAt } from './frame.ts';
import { PeakMeter } from './levels.ts';
import type { AudioCodec, MediaParameters } from './media-engine.ts';
import type { BufferDelays } from './jitter-buffer.ts';
import { monotonicMs } from './pacer.ts';
import { Playout, type PlayoutDelay } from './playout.ts';

export interface SoundReceiverOptions {
  playoutDelay: PlayoutDelay;
  /** A key was heard completely. */
  onKey: (digit: string, durationMs: number) => void;
  /** Takes the times of a packet that carries its sampling time. */
  noteArrival: (timestamp: number, arrivalMs: number) => void;
  /** What became of a packet of the stream, told again where that turns out otherwise; `changed`: it is the first one of another stream. */
  onFate: (sequenceNumber: number, inTime: boolean, changed: boolean) => void;
}

export interface ReceptionCounts {
  late: number;
  /** Came twice, or were given up because too many waited. */
  discarded: number;
  concealedMs: number;
  timeScaledMs: number;
  /** How much later than its fastest packet could bring it sound is heard now. */
  bufferMs: number;
}

const telephoneSound = { clockRate: 8000, sampleRate: 8000 };
/** Gateways tell of keys this often, whatever the packet time of their sound. */
const leastKeyUpdateMs = 20;

export class SoundReceiver {
  readonly #options: SoundReceiverOptions;
  readonly #speaker = new PeakMeter();
  readonly #converter = new FrameConverter();
  #parameters: MediaParameters | null = null;
  #codecs: ReadonlyMap<number, AudioCodec> = new Map();
  #playout: Playout;
  #frame = new Int16Array(frameSamplesAt(telephoneSound.sampleRate));
  /** Of playouts before this one. */
  #earlier: Omit<ReceptionCounts, 'bufferMs'> = { late: 0, discarded: 0, concealedMs: 0, timeScaledMs: 0 };
  #keys = idleReceiver;
  #tap: ((frame: Int16Array) => void) | null = null;

  constructor(options: SoundReceiverOptions) {
    this.#options = options;
    this.#playout = this.#newPlayout(telephoneSound);
  }

  /** Takes what was negotiated; before the first call what arrives is dropped. Answers with the payload types that may come. */
  start(parameters: MediaParameters): number[] {
    this.#parameters = parameters;
    const { codec, telephoneEventPayloadType: keys, comfortNoisePayloadType: noise } = parameters;
    this.#codecs = receivableCodecs(parameters);
    this.#playFor(codec);
    this.#tellPlayout();
    return [...this.#codecs.keys(), keys, noise].filter((payloadType) => payloadType !== null);
  }

  get counts(): ReceptionCounts {
    const { buffer, concealedMs, timeScaledMs, delayMs } = this.#playout;
    return {
      late: this.#earlier.late + buffer.late,
      discarded: this.#earlier.discarded + buffer.duplicates + buffer.discarded,
      concealedMs: this.#earlier.concealedMs + concealedMs,
      timeScaledMs: this.#earlier.timeScaledMs + timeScaledMs,
      bufferMs: delayMs,
    };
  }

  /** How long packets may wait. */
  get bufferDelays(): BufferDelays {
    return this.#playout.buffer.delays;
  }

  /** The peak of what was heard in dBFS since the last call. */
  takeLevel(): number {
    return this.#speaker.take();
  }

  /** Sees each frame that is heard, at the codec's rate. */
  setTap(tap: ((frame: Int16Array) => void) | null): void {
    this.#tap = tap;
  }

  /** The next frame of what is heard, at the rate that `into` asks for. Answers false when it is mere silence. */
  pull(into: Int16Array): boolean {
    if (!this.#parameters) {
      into.fill(0);
      return false;
    }
    const isDirect = into.length === this.#frame.length;
    const frame = isDirect ? into : this.#frame;
    const audible = this.#playout.pull(frame, monotonicMs());
    this.#speaker.add(frame);
    this.#tap?.(frame);
    if (!isDirect) this.#converter.convertInto(frame, into);
    return audible;
  }

  /** A packet of the far side's stream; `changed`: the first one of another stream. */
  take(packet: RtpPacket, arrivalMs: number, changed: boolean): void {
    const parameters = this.#parameters;
    if (!parameters || parameters.direction === 'sendonly' || parameters.direction === 'inactive') return;
    if (changed) {
      this.#playout.buffer.reset();
      this.#keys = idleReceiver;
    }
    const { payloadType, payload, timestamp, sequenceNumber, marker } = packet;
    if (payloadType === parameters.telephoneEventPayloadType) {
      this.#options.onFate(sequenceNumber, true, changed);
      const parsed = parseTelephoneEvent(payload);
      if (!parsed.ok) return;
      const event = { ...parsed.value, duration: parsed.value.duration * this.#ticksOfKeyTick() };
      this.#playout.buffer.coverKey(timestamp, event.duration);
      const updateTicks = this.#keyUpdateTicks(parameters);
      this.#hear({ type: 'packet', marker, timestamp, event, updateTicks, nowMs: arrivalMs });
      return;
    }
    if (payloadType === parameters.comfortNoisePayloadType) {
      const pause = { sequenceNumber, timestamp, payloadType, payload, ticks: 0, arrivalMs };
      const fate = this.#playout.buffer.put(pause);
      if (fate !== 'duplicate') this.#options.onFate(sequenceNumber, fate === 'stored', changed);
      return;
    }
    const codec = this.#codecs.get(payloadType);
    if (!codec) return;
    const ticks = codecOf(codec.name).ticksOf(payload);
    if (ticks === 0) return;
    this.#playFor(codec);
    if (codec.clockRate === parameters.codec.clockRate) this.#options.noteArrival(timestamp, arrivalMs);
    const fate = this.#playout.buffer.put({
      sequenceNumber,
      timestamp,
      payloadType,
      payload,
      ticks,
      arrivalMs,
    });
    if (fate !== 'duplicate') this.#options.onFate(sequenceNumber, fate === 'stored', changed);
  }

  /** Time passes: a key whose end was lost is over after a while. Give it a few times a second. */
  clock(): void {
    this.#hear({ type: 'clock', nowMs: monotonicMs() });
  }

  /** Begins another playout where this one has another clock or sample rate. */
  #playFor(codec: AudioCodec): void {
    const { clockRate, sampleRate } = codec;
    if (this.#playout.clockRate === clockRate && this.#playout.sampleRate === sampleRate) return;
    const { late, discarded, concealedMs, timeScaledMs } = this.counts;
    this.#earlier = { late, discarded, concealedMs, timeScaledMs };
    this.#playout = this.#newPlayout(codec);
    this.#tellPlayout();
    this.#frame = new Int16Array(frameSamplesAt(sampleRate));
  }

  #newPlayout({ clockRate, sampleRate }: Pick<AudioCodec, 'clockRate' | 'sampleRate'>): Playout {
    const { playoutDelay: delay, onFate } = this.#options;
    const onGivenUp = (sequenceNumber: number) => onFate(sequenceNumber, false, false);
    return new Playout({ clockRate, sampleRate, delay, onGivenUp });
  }

  /** What may come, by payload type. */
  #tellPlayout(): void {
    this.#playout.setCodecs(this.#codecs);
    this.#playout.setComfortNoise(this.#parameters?.comfortNoisePayloadType ?? null);
  }

  /** Timestamps count by the codec's clock, durations of keys perhaps by another one. */
  #ticksOfKeyTick(): number {
    const { codec, telephoneEventClockRate } = this.#parameters ?? {};
    return codec && telephoneEventClockRate ? codec.clockRate / telephoneEventClockRate : 1;
  }

  /** Between two packets of a key, in ticks of the codec's clock. */
  #keyUpdateTicks({ codec, packetTimeMs }: MediaParameters): number {
    return (codec.clockRate * Math.max(leastKeyUpdateMs, packetTimeMs)) / 1000;
  }

  #hear(input: ReceiverInput): void {
    if (input.type === 'clock' && !this.#keys.hearing) return;
    const [state, heard] = stepReceiver(this.#keys, input);
    this.#keys = state;
    const clockRate = this.#parameters?.codec.clockRate ?? telephoneSound.clockRate;
    for (const { digit, ticks } of heard) this.#options.onKey(digit, (1000 * ticks) / clockRate);
  }
}
