/**
 * The jitter buffer: packets in as they come, sound out in order and in time. It works on RTP timestamps, so that losses,
 * reordering, other packet times and silence suppression all fall into place.
 *
 *   timestamps      …───┬───────────┬─────────┬─────────┬──────────▶
 *                       │  played   │  held   │ missing │  held
 *                                   ▲ cursor: the next tick to play
 *
 * The first packet sets the cursor so that it will be played `targetMs` after it came. A packet that comes after its ticks
 * were played is late: the cursor then moves back by what it was late, and a little more, up to `maxDelayMs`. When for ten
 * seconds every packet waited far longer than the target, the cursor jumps ahead by one frame.
 */
import { sequenceDistance, timestampDistance } from '../rtp/packet.ts';

export interface JitterBufferOptions {
  clockRate: number;
  /** How long a packet waits on a network without jitter. */
  targetMs: number;
  maxDelayMs: number;
}

export interface BufferedPacket {
  sequenceNumber: number;
  timestamp: number;
  payloadType: number;
  payload: Uint8Array;
  /** Ticks that the payload lasts. */
  ticks: number;
  arrivalMs: number;
}

export type Taken =
  | { kind: 'packet'; packet: BufferedPacket }
  /** Sound is missing here: conceal up to `ticks`. */
  | { kind: 'missing'; ticks: number }
  /** Nothing is due: before the first packet, in a gap that belongs to a key, or after the stream stopped. */
  | { kind: 'silence'; ticks: number };

const frameMs = 20;
/** Added when the cursor moves back, so that it seldom moves. */
const lateMarginMs = 10;
const shrinkWindowMs = 10_000;
/** What packets may wait beyond the target before the delay shrinks. */
const shrinkExcessMs = 40;
/** The stream has stopped when nothing came for so long. */
const stoppedMs = 100;
/** Timestamps that jump farther than this, or that go back, begin anew. */
const jumpMs = 3000;
const rememberedPackets = 32;
const maxPackets = 128;

export class JitterBuffer {
  readonly #options: JitterBufferOptions;
  /** Sorted by timestamp, all at or after the cursor. */
  #held: BufferedPacket[] = [];
  /** Null until the first pull after a first packet. */
  #cursor: number | null = null;
  #lastArrivalMs = -Infinity;
  #key: { from: number; to: number } | null = null;
  #playedUpTo: { timestamp: number; sequenceNumber: number } | null = null;
  /** Sequence numbers that were played lately. */
  readonly #recent: number[] = [];
  #leastWaitMs = Infinity;
  #windowEndMs: number | null = null;
  #lastWaitMs = 0;
  #late = 0;
  #duplicates = 0;

  constructor(options: JitterBufferOptions) {
    this.#options = options;
  }

  /** Packets that came after their playout. */
  get late(): number {
    return this.#late;
  }

  /** Packets that came twice. */
  get duplicates(): number {
    return this.#duplicates;
  }

  /** How long the packet that was taken last had waited. */
  get delayMs(): number {
    return this.#lastWaitMs;
  }

  /** Forgets the stream: another one begins (its first packet sets the cursor anew). The counts stay. */
  reset(): void {
    this.#held = [];
    this.#cursor = null;
    this.#key = null;
    this.#playedUpTo = null;
    this.#recent.length = 0;
    this.#leastWaitMs = Infinity;
    this.#windowEndMs = null;
  }

  /** Stores a packet of the stream, whatever its order. */
  put(packet: BufferedPacket): 'stored' | 'late' | 'duplicate' {
    const { timestamp, sequenceNumber, ticks, arrivalMs } = packet;
    if (this.#jumped(packet)) this.reset();
    if (this.#recent.includes(sequenceNumber)) {
      this.#duplicates += 1;
      return 'duplicate';
    }
    this.#lastArrivalMs = arrivalMs;
    const cursor = this.#cursor;
    if (cursor !== null) {
      const behind = timestampDistance(timestamp, cursor);
      if (behind > ticks / 2) {
        this.#late += 1;
        this.#grow(this.#ms(behind));
        return 'late';
      }
    } else if (this.#playedUpTo && timestampDistance(this.#playedUpTo.timestamp, timestamp) <= 0) {
      this.#late += 1;
      return 'late';
    }
    let index = this.#held.length;
    for (; index > 0; index -= 1) {
      const before = this.#held[index - 1];
      if (!before) break;
      const distance = timestampDistance(before.timestamp, timestamp);
      if (distance === 0) {
        this.#duplicates += 1;
        return 'duplicate';
      }
      if (distance > 0) break;
    }
    this.#held.splice(index, 0, packet);
    // Nobody pulls: the oldest will never be wanted.
    if (this.#held.length > maxPackets) this.#held.shift();
    return 'stored';
  }

  /** A key (RFC 4733) covers these ticks: no sound is missing there, and a little after. */
  coverKey(timestamp: number, ticks: number, nowMs: number): void {
    this.#lastArrivalMs = nowMs;
    this.#key = { from: timestamp, to: (timestamp + ticks + this.#ticks(3 * frameMs)) >>> 0 };
  }

  /**
   * What to play next, of at most `ticks`. A packet is handed out once and as a whole, so it may be longer than `ticks`; the
   * cursor moves past whatever is answered.
   */
  take(ticks: number, nowMs: number): Taken {
    if (this.#cursor === null) this.#begin(nowMs);
    const cursor = this.#cursor;
    if (cursor === null) return { kind: 'silence', ticks };
    this.#shrink(nowMs);
    this.#skipBacklog();
    const first = this.#held[0];
    const ahead = first ? timestampDistance(this.#cursor ?? cursor, first.timestamp) : Infinity;
    if (first && ahead <= 0) {
      this.#held.shift();
      this.#cursor = (first.timestamp + first.ticks) >>> 0;
      this.#playedUpTo = { timestamp: first.timestamp, sequenceNumber: first.sequenceNumber };
      this.#remember(first.sequenceNumber);
      this.#noteWait(nowMs - first.arrivalMs);
      return { kind: 'packet', packet: first };
    }
    const gap = Math.min(ticks, ahead);
    const from = this.#cursor ?? cursor;
    if (!first && nowMs - this.#lastArrivalMs > stoppedMs + this.#lastWaitMs) {
      // The stream rests; whatever comes next sets the cursor anew.
      this.#cursor = null;
      return { kind: 'silence', ticks };
    }
    this.#cursor = (from + gap) >>> 0;
    if (this.#playedUpTo === null || this.#isInKey(from)) return { kind: 'silence', ticks: gap };
    return { kind: 'missing', ticks: gap };
  }

  /** On the first pull: the newest packet is due `targetMs` after it came. */
  #begin(nowMs: number): void {
    const newest = this.#held[this.#held.length - 1];
    if (!newest) return;
    const waitTicks = this.#ticks(Math.max(0, this.#options.targetMs - (nowMs - newest.arrivalMs)));
    this.#moveTo((newest.timestamp - waitTicks) >>> 0);
    this.#playedUpTo = null;
  }

  /** Keeps the newest packets when far too many wait, because nobody pulled for a while. */
  #skipBacklog(): void {
    const newest = this.#held[this.#held.length - 1];
    if (!newest || this.#cursor === null) return;
    const end = (newest.timestamp + newest.ticks) >>> 0;
    const { maxDelayMs, targetMs } = this.#options;
    if (this.#ms(timestampDistance(this.#cursor, end)) <= maxDelayMs + 2 * targetMs) return;
    this.#moveTo((end - this.#ticks(targetMs)) >>> 0);
  }

  #moveTo(cursor: number): void {
    this.#cursor = cursor;
    this.#held = this.#held.filter(({ timestamp, ticks }) => timestampDistance(timestamp, cursor) < ticks);
  }

  #grow(lateByMs: number): void {
    if (this.#cursor === null) return;
    const stepMs = Math.min(lateByMs + lateMarginMs, this.#options.maxDelayMs - this.#lastWaitMs);
    if (stepMs <= 0) return;
    this.#cursor = (this.#cursor - this.#ticks(stepMs)) >>> 0;
    this.#lastWaitMs += stepMs;
    this.#leastWaitMs = Infinity;
    this.#windowEndMs = null;
  }

  #noteWait(waitMs: number): void {
    this.#lastWaitMs = waitMs;
    this.#leastWaitMs = Math.min(this.#leastWaitMs, waitMs);
  }

  #shrink(nowMs: number): void {
    this.#windowEndMs ??= nowMs + shrinkWindowMs;
    if (nowMs < this.#windowEndMs || this.#cursor === null) return;
    if (this.#leastWaitMs !== Infinity && this.#leastWaitMs > this.#options.targetMs + shrinkExcessMs) {
      this.#moveTo((this.#cursor + this.#ticks(frameMs)) >>> 0);
    }
    this.#windowEndMs = nowMs + shrinkWindowMs;
    this.#leastWaitMs = Infinity;
  }

  #jumped(packet: BufferedPacket): boolean {
    const newest = this.#held[this.#held.length - 1];
    const reference = newest?.timestamp ?? this.#cursor;
    if (reference === null) return false;
    const distance = timestampDistance(reference, packet.timestamp);
    if (Math.abs(distance) > this.#ticks(jumpMs)) return true;
    // The timestamps went back although the sequence goes on: the far side set its clock anew.
    const played = this.#playedUpTo;
    return (
      played !== null &&
      sequenceDistance(played.sequenceNumber, packet.sequenceNumber) > 0 &&
      timestampDistance(played.timestamp, packet.timestamp) < 0
    );
  }

  #remember(sequenceNumber: number): void {
    this.#recent.push(sequenceNumber);
    if (this.#recent.length > rememberedPackets) this.#recent.shift();
  }

  #isInKey(timestamp: number): boolean {
    const key = this.#key;
    if (!key) return false;
    return timestampDistance(key.from, timestamp) >= 0 && timestampDistance(timestamp, key.to) > 0;
  }

  #ticks(milliseconds: number): number {
    return Math.round((milliseconds * this.#options.clockRate) / 1000);
  }

  #ms(ticks: number): number {
    return (ticks * 1000) / this.#options.clockRate;
  }
}
