/**
 * From the jitter buffer to frames that can be heard: each pull gives exactly one frame of 20 ms, decoded, or concealed, or
 * silent. Whoever pulls sets the clock: the sound card in a call, a deadline clock where there is none.
 */
import { Concealer } from './concealment.ts';
import { codecRate, type PayloadCodec } from './codec.ts';
import { JitterBuffer } from './jitter-buffer.ts';

/** About two frames: a quiet network's stalls pass unheard, and talk stays lively. */
export const conversationDelayMs = 40;
/** A recording is heard later: it can wait for packets that come late, and its time base seldom moves. */
export const recordingDelayMs = 100;
const maxDelayMs = 250;

export class Playout {
  readonly buffer: JitterBuffer;
  readonly #concealer = new Concealer(codecRate);
  #codecs: ReadonlyMap<number, PayloadCodec> = new Map();
  /** Decoded, and not yet pulled. */
  #rest: Int16Array = new Int16Array(0);
  #concealedTicks = 0;
  /** Concealed since sound last came; it counts only when the sound goes on. */
  #pendingTicks = 0;

  /** @param delayMs how long a packet waits on a network without jitter */
  constructor(delayMs: number) {
    this.buffer = new JitterBuffer({ clockRate: codecRate, targetMs: delayMs, maxDelayMs });
  }

  /** Decoders by payload type. */
  setCodecs(codecs: ReadonlyMap<number, PayloadCodec>): void {
    this.#codecs = codecs;
  }

  /** Concealed between sounds; what follows the last packet of a stream is not counted. */
  get concealedMs(): number {
    return (1000 * this.#concealedTicks) / codecRate;
  }

  /** Fills one frame at the codec's rate. Answers false when it is mere silence. */
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
      const taken = this.buffer.take(into.length - filled, nowMs);
      if (taken.kind === 'packet') {
        this.#decode(taken.packet.payloadType, taken.packet.payload);
        continue;
      }
      const part = into.subarray(filled, filled + taken.ticks);
      filled += part.length;
      if (taken.kind === 'missing') {
        this.#concealer.conceal(part);
        this.#pendingTicks += part.length;
        audible = true;
      } else {
        part.fill(0);
        this.#concealer.reset();
        this.#pendingTicks = 0;
      }
    }
    return audible;
  }

  #decode(payloadType: number, payload: Uint8Array): void {
    const codec = this.#codecs.get(payloadType);
    const samples = codec ? codec.decode(payload) : new Int16Array(payload.length);
    this.#concealer.receive(samples);
    this.#concealedTicks += this.#pendingTicks;
    this.#pendingTicks = 0;
    this.#rest = samples;
  }
}
