/**
 * From the jitter buffer to frames that can be heard: each pull gives exactly one frame of 20 ms, decoded, or concealed, or
 * silent, and now and then played a little faster or slower, so that sound is heard as soon as the network allows. Whoever pulls
 * sets the clock: the sound card in a call, a deadline clock where there is none. A far side whose clock differs from that one is
 * followed in the same way.
 *
 *   packets ──▶ jitter buffer ──▶ decoder ──▶ concealment ──▶ sound queue ──▶ frames
 *                    │ lag, target                               ▲ shorter, longer
 *                    └────────────────▶ playout pace ────────────┘
 */
import { parseComfortNoise } from '../rtp/comfort-noise.ts';
import { Concealer } from './concealment.ts';
import { codecOf } from './codec.ts';
import type { SoundDecoder } from './sound-codec.ts';
import type { DelayBounds } from './delay-estimate.ts';
import { JitterBuffer, type BufferedPacket } from './jitter-buffer.ts';
import type { AudioCodec } from './media-engine.ts';
import { PlayoutPace } from './playout-pace.ts';
import { PullClock } from './pull-clock.ts';
import { SoundQueue } from './sound-queue.ts';

export interface PlayoutDelay extends DelayBounds {
  /** Slack beyond what the network needs that is left alone. */
  roomMs: number;
}

const mostMs = 250;
const noSamples = new Int16Array(0);

/** Sound is heard as soon as the network allows, so that talk stays lively. */
export const conversationDelay: PlayoutDelay = { startMs: 40, leastMs: 0, mostMs, roomMs: 5 };
/**
 * A recording is heard later: it can wait for packets that come late, and what it waits is left alone, so that its time base moves
 * only when clocks have drifted apart by a tenth of a second.
 */
export const recordingDelay: PlayoutDelay = { startMs: 100, leastMs: 50, mostMs, roomMs: 100 };

export interface PlayoutOptions {
  /** Ticks a second of RTP timestamps. */
  clockRate: number;
  /** Samples a second of the sound. */
  sampleRate: number;
  delay: PlayoutDelay;
  /** A packet that came in time will not be heard after all. */
  onGivenUp?: (sequenceNumber: number) => void;
}

export class Playout {
  readonly clockRate: number;
  readonly sampleRate: number;
  readonly buffer: JitterBuffer;
  readonly #concealer: Concealer;
  readonly #queue: SoundQueue;
  readonly #pace: PlayoutPace;
  readonly #pulls = new PullClock();
  #decoders = new Map<number, { codec: AudioCodec; decoder: SoundDecoder }>();
  #noiseType: number | null = null;
  /** Of the packet that was played last. */
  #playing: SoundDecoder | null = null;
  /** What a packet behind the gap told of it, as far as it was not heard yet. */
  #recovered = noSamples;
  #decodedAhead: { packet: BufferedPacket; samples: Int16Array } | null = null;
  #lagMs: number | null = null;
  #scaledSamples = 0;
  #concealedSamples = 0;
  /** Concealed since sound last came; it counts only when the sound goes on. */
  #pendingSamples = 0;

  constructor({ clockRate, sampleRate, delay, onGivenUp }: PlayoutOptions) {
    this.clockRate = clockRate;
    this.sampleRate = sampleRate;
    this.buffer = new JitterBuffer({ clockRate, delay, ...(onGivenUp ? { onGivenUp } : {}) });
    this.#concealer = new Concealer(sampleRate);
    this.#queue = new SoundQueue(sampleRate);
    this.#pace = new PlayoutPace(delay.roomMs);
  }

  /** What may come, by payload type: those at this playout's rates are decoded. A codec that stays keeps its decoder. */
  setCodecs(codecs: ReadonlyMap<number, AudioCodec>): void {
    const before = this.#decoders;
    this.#decoders = new Map();
    for (const [payloadType, codec] of codecs) {
      if (codec.clockRate !== this.clockRate || codec.sampleRate !== this.sampleRate) continue;
      const kept = before.get(payloadType);
      const decoder = kept?.codec.name === codec.name ? kept.decoder : codecOf(codec.name).decoder(codec);
      this.#decoders.set(payloadType, { codec, decoder });
    }
  }

  /** Packets of this type describe the noise of a pause (RFC 3389); null: there are none. */
  setComfortNoise(payloadType: number | null): void {
    this.#noiseType = payloadType;
  }

  /** Concealed between sounds; what follows the last packet of a stream is not counted. */
  get concealedMs(): number {
    return this.#msOf(this.#concealedSamples);
  }

  /** Left out and said twice, so that sound is heard sooner or later. */
  get timeScaledMs(): number {
    return this.#msOf(this.#scaledSamples);
  }

  /** How much later than its fastest packet could bring it sound is heard now; 0 while there is none. */
  get delayMs(): number {
    return this.#lagMs ?? 0;
  }

  /** Fills one frame at the sample rate. Answers false when it is mere silence. */
  pull(into: Int16Array, nowMs: number): boolean {
    const clockMs = this.#pulls.pull(nowMs);
    this.#adjust(into.length, clockMs);
    let audible = this.#queue.length > 0;
    while (this.#queue.length < into.length) {
      if (this.#fill(into.length - this.#queue.length, clockMs)) audible = true;
    }
    this.#queue.read(into);
    return audible;
  }

  /** Appends a packet's sound, or at most `samples` of what is heard in its place. Answers false when that is silence. */
  #fill(samples: number, clockMs: number): boolean {
    const taken = this.buffer.take(Math.ceil((samples * this.clockRate) / this.sampleRate), clockMs);
    if (taken.kind === 'packet') {
      this.#decode(taken.packet);
      return true;
    }
    const part = this.#queue.extend(Math.min(samples, this.#samplesOf(taken.ticks)));
    if (taken.kind === 'silence') {
      this.#pendingSamples = 0;
      return this.#concealer.pause(part);
    }
    const { next, afterTicks } = taken;
    this.#conceal(part, next !== null && next.ticks > 0 ? next : null, this.#samplesOf(afterTicks));
    this.#pendingSamples += part.length;
    return true;
  }

  /** Fills what is missing. A codec that knows more of it than its sound tells is asked first; it may find a copy of it in `next`. */
  #conceal(part: Int16Array, next: BufferedPacket | null, after: number): void {
    const decoder = this.#playing;
    if (!decoder?.conceal) {
      this.#concealer.conceal(part, next && { samples: this.#soundOf(next), after });
      return;
    }
    if (this.#recovered.length === 0 && next && decoder === this.#decoderOf(next) && decoder.recover) {
      this.#recovered = new Int16Array(after);
      decoder.recover(next.payload, this.#recovered);
    }
    if (this.#recovered.length > 0) part.set(this.#recovered.subarray(0, part.length));
    else decoder.conceal(part);
    this.#recovered = this.#recovered.subarray(part.length);
    this.#concealer.receive(part);
  }

  /** Plays faster or slower where it is time to, and where the sound lends itself to it. */
  #adjust(frame: number, clockMs: number): void {
    const lagMs = this.buffer.lagMs(clockMs);
    const restMs = this.#msOf(this.#queue.length);
    this.#lagMs = lagMs === null ? null : lagMs + restMs;
    // What fills a hole is not stretched any further.
    if (this.#lagMs === null || this.#pendingSamples > 0) return;
    const { packetMs, wait } = this.buffer;
    const { neededMs, targetMs } = wait;
    const pace = this.#pace.next({ lagMs: this.#lagMs, restMs, packetMs, neededMs, targetMs });
    if (pace.kind === 'steady') return;
    const most = pace.kind === 'faster' ? this.#queue.longestShift : 0;
    while (this.#queue.length < frame + most) {
      const next = this.buffer.takeAhead();
      if (!next) break;
      this.#decode(next);
    }
    const seamed =
      pace.kind === 'faster'
        ? this.#queue.shorten(this.#samplesIn(pace.mostMs), pace.likeness, frame)
        : this.#queue.lengthen(this.#samplesIn(pace.wantedMs), pace.likeness);
    if (!seamed) return;
    this.#scaledSamples += seamed.samples;
    if (!seamed.quiet) this.#pace.seamed();
  }

  #decode(packet: BufferedPacket): void {
    if (packet.payloadType === this.#noiseType) {
      const noise = parseComfortNoise(packet.payload);
      if (noise) this.#concealer.announce(noise);
      return;
    }
    const samples = this.#soundOf(packet);
    this.#decodedAhead = null;
    this.#playing = this.#decoderOf(packet) ?? null;
    this.#recovered = noSamples;
    this.#concealer.receive(samples);
    this.#concealedSamples += this.#pendingSamples;
    this.#pendingSamples = 0;
    this.#queue.append(samples);
  }

  /** A packet's sound. A packet behind a gap is decoded before its turn, but once only: decoders go on from what they did before. */
  #soundOf(packet: BufferedPacket): Int16Array {
    if (this.#decodedAhead?.packet === packet) return this.#decodedAhead.samples;
    const samples =
      this.#decoderOf(packet)?.decode(packet.payload) ?? new Int16Array(this.#samplesOf(packet.ticks));
    this.#decodedAhead = { packet, samples };
    return samples;
  }

  #decoderOf({ payloadType }: BufferedPacket): SoundDecoder | undefined {
    return this.#decoders.get(payloadType)?.decoder;
  }

  #samplesOf(ticks: number): number {
    return Math.ceil((ticks * this.sampleRate) / this.clockRate);
  }

  #samplesIn(milliseconds: number): number {
    return Math.floor((milliseconds * this.sampleRate) / 1000);
  }

  #msOf(samples: number): number {
    return (1000 * samples) / this.sampleRate;
  }
}
