/**
 * From the jitter buffer to frames that can be heard: each pull gives exactly one frame of 20 ms, decoded, or concealed, or
 * silent. Whoever pulls sets the clock: the sound card in a call, a deadline clock where there is none.
 */
import { Concealer } from './concealment.ts';
import { codecOf, type SoundDecoder } from './codec.ts';
import { JitterBuffer, type BufferedPacket } from './jitter-buffer.ts';
import type { AudioCodec } from './media-engine.ts';

/** About two frames: a quiet network's stalls pass unheard, and talk stays lively. */
export const conversationDelayMs = 40;
/** A recording is heard later: it can wait for packets that come late, and its time base seldom moves. */
export const recordingDelayMs = 100;
const maxDelayMs = 250;

export interface PlayoutOptions {
  /** Ticks a second of RTP timestamps. */
  clockRate: number;
  /** Samples a second of the sound. */
  sampleRate: number;
  /** How long a packet waits on a network without jitter. */
  delayMs: number;
}

export class Playout {
  readonly clockRate: number;
  readonly sampleRate: number;
  readonly buffer: JitterBuffer;
  readonly #concealer: Concealer;
  #decoders = new Map<number, { codec: AudioCodec; decoder: SoundDecoder }>();
  /** Decoded, and not yet pulled. */
  #rest: Int16Array = new Int16Array(0);
  #concealedSamples = 0;
  /** Concealed since sound last came; it counts only when the sound goes on. */
  #pendingSamples = 0;

  constructor({ clockRate, sampleRate, delayMs }: PlayoutOptions) {
    this.clockRate = clockRate;
    this.sampleRate = sampleRate;
    this.buffer = new JitterBuffer({ clockRate, targetMs: delayMs, maxDelayMs });
    this.#concealer = new Concealer(sampleRate);
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

  /** Concealed between sounds; what follows the last packet of a stream is not counted. */
  get concealedMs(): number {
    return (1000 * this.#concealedSamples) / this.sampleRate;
  }

  /** Fills one frame at the sample rate. Answers false when it is mere silence. */
  pull(into: Int16Array, nowMs: number): boolean {
    let filled = 0;
    let audible = false;
    while (filled < into.length) {
      if (this.#rest.length > 0) {
        const part = this.#rest.subarray(0, into.length - filled);
        into.set(part, filled);
        this.#rest = this.#rest.subarray(part.length);
        filled += part.length;
        audible = true;
        continue;
      }
      const taken = this.buffer.take(this.#ticksOf(into.length - filled), nowMs);
      if (taken.kind === 'packet') {
        this.#decode(taken.packet);
        continue;
      }
      const part = into.subarray(filled, filled + this.#samplesOf(taken.ticks));
      filled += part.length;
      if (taken.kind === 'missing') {
        this.#concealer.conceal(part);
        this.#pendingSamples += part.length;
        audible = true;
      } else {
        part.fill(0);
        this.#concealer.reset();
        this.#pendingSamples = 0;
      }
    }
    return audible;
  }

  #decode({ payloadType, payload, ticks }: BufferedPacket): void {
    const decoder = this.#decoders.get(payloadType)?.decoder;
    const samples = decoder?.decode(payload) ?? new Int16Array(this.#samplesOf(ticks));
    this.#concealer.receive(samples);
    this.#concealedSamples += this.#pendingSamples;
    this.#pendingSamples = 0;
    this.#rest = samples;
  }

  #ticksOf(samples: number): number {
    return Math.ceil((samples * this.clockRate) / this.sampleRate);
  }

  #samplesOf(ticks: number): number {
    return Math.ceil((ticks * this.sampleRate) / this.clockRate);
  }
}
