/**
 * The jitter buffer: packets in as they come, sound out in order and in time. It works on RTP timestamps, so that losses,
 * reordering, other packet times and silence suppression all fall into place.
 *
 *   timestamps      …───┬───────────┬─────────┬─────────┬──────────▶
 *                       │  played   │ missing │  held   │  held
 *                                   ▲ cursor: the end of the last packet that was played
 *                                   │─ owed ─▶ what was played since in place of sound
 *
 *   resting ──the first held packet is due──▶ playing ──nothing came for 100 ms, or a pause was announced──▶ resting
 *
 * What to do about a packet that is not there is not decided before its successor is known. Has the successor come, the packet
 * was lost: the successor is played as soon as what was owed reaches it, and the time base stays. Does the packet itself come,
 * the whole stream was late: it is played all the same, and everything after it is heard later by what was owed. Whoever plays
 * makes up for that by playing faster (playout-pace.ts), so that no sound is thrown away.
 */
import { sequenceDistance, timestampDistance } from '../rtp/packet.ts';
import { DelayEstimate, type DelayBounds } from './delay-estimate.ts';

export interface JitterBufferOptions {
  /** Ticks a second of RTP timestamps. */
  clockRate: number;
  delay: DelayBounds;
  /** A packet that was stored will not be heard after all: far too many wait. */
  onGivenUp?: (sequenceNumber: number) => void;
}

export interface BufferedPacket {
  sequenceNumber: number;
  timestamp: number;
  payloadType: number;
  payload: Uint8Array;
  /** Ticks that the payload lasts; 0 announces a pause: until the next packet nothing is missing (comfort noise, RFC 3389 §4). */
  ticks: number;
  arrivalMs: number;
}

export type Taken =
  | { kind: 'packet'; packet: BufferedPacket }
  /** Sound is missing for `ticks`. `next` goes on `afterTicks` from here on, once it is known. */
  | { kind: 'missing'; ticks: number; next: BufferedPacket | null; afterTicks: number }
  /** Nothing is due: before the first packet, in a pause or a gap that belongs to a key, or after the stream stopped. */
  | { kind: 'silence'; ticks: number };

/** How long packets may wait, in milliseconds (RFC 3611 §4.7.7). */
export interface BufferDelays {
  /** One that is exactly on time, now. */
  nominalMs: number;
  /** The one that came earliest of those that are not given up, now. */
  maximumMs: number;
  /** The same where the network needs the longest wait that is granted. */
  limitMs: number;
}

/** A packet with its place on a line that does not wrap around. */
interface Held {
  packet: BufferedPacket;
  tick: number;
  sequence: number;
}

/** The stream has stopped when nothing came for so long. */
const stoppedMs = 100;
/** After a key, packets of its end are still on their way. */
const keyTailMs = 60;
/** A far side whose timestamps jump farther than this against the clock begins anew. */
const jumpMs = 3000;
/** Heard later than the target by more than this, what waits longest is given up. */
const backlogMs = 250;
/** A packet may be due a little before its time: times are rounded. */
const roundingMs = 0.5;
const rememberedPackets = 32;
const maxPackets = 256;

export class JitterBuffer {
  readonly #msPerTick: number;
  readonly #estimate: DelayEstimate;
  readonly #mostMs: number;
  readonly #onGivenUp: (sequenceNumber: number) => void;
  /** In order of their ticks. */
  #held: Held[] = [];
  /** The newest packet: where the numbers of the next one are counted from. */
  #newest: Held | null = null;
  /** The packet that was played last. Its end is the cursor. */
  #last: Held | null = null;
  #resting = true;
  #owed = 0;
  /** In ticks of the line. */
  #key: { from: number; to: number } | null = null;
  /** Sequence numbers that were played lately. */
  #played: number[] = [];
  #late = 0;
  #duplicates = 0;
  #discarded = 0;

  constructor({ clockRate, delay, onGivenUp }: JitterBufferOptions) {
    this.#msPerTick = 1000 / clockRate;
    this.#estimate = new DelayEstimate(delay);
    this.#mostMs = delay.mostMs;
    this.#onGivenUp = onGivenUp ?? (() => undefined);
  }

  /** Packets that came after their playout. */
  get late(): number {
    return this.#late;
  }

  /** Packets that came twice. */
  get duplicates(): number {
    return this.#duplicates;
  }

  /** Packets that were given up because far too many waited. */
  get discarded(): number {
    return this.#discarded;
  }

  /** What packets need to wait beyond the fastest one's time, as {@link DelayEstimate} says. */
  get wait(): { neededMs: number; targetMs: number } {
    const { neededMs, targetMs } = this.#estimate;
    return { neededMs, targetMs };
  }

  get delays(): BufferDelays {
    const { targetMs } = this.#estimate;
    return { nominalMs: targetMs, maximumMs: targetMs + backlogMs, limitMs: this.#mostMs + backlogMs };
  }

  /** How long the packet that was played last lasts, in milliseconds. */
  get packetMs(): number {
    return (this.#last?.packet.ticks ?? 0) * this.#msPerTick;
  }

  /**
   * How long what is taken now has been waiting since the fastest packet would have brought it, in milliseconds; null while nothing
   * plays.
   */
  lagMs(nowMs: number): number | null {
    if (this.#resting || !this.#last) return null;
    return this.#lagOf(endOf(this.#last) + this.#owed, nowMs);
  }

  /** Forgets the stream: another one begins. The counts stay. */
  reset(): void {
    this.#held = [];
    this.#newest = null;
    this.#last = null;
    this.#resting = true;
    this.#owed = 0;
    this.#key = null;
    this.#played = [];
    this.#estimate.reset();
  }

  /** Stores a packet of the stream, whatever its order. */
  put(packet: BufferedPacket): 'stored' | 'late' | 'duplicate' {
    let held = this.#place(packet);
    if (this.#jumped(held)) {
      this.reset();
      held = this.#place(packet);
    }
    this.#noteLoss(held);
    if (!this.#newest || held.sequence > this.#newest.sequence) this.#newest = held;
    const index = this.#held.findLastIndex(({ tick }) => tick <= held.tick);
    if (this.#held[index]?.tick === held.tick || this.#played.includes(packet.sequenceNumber)) {
      this.#duplicates += 1;
      return 'duplicate';
    }
    this.#estimate.note(this.#transitOf(held), packet.arrivalMs);
    if (this.#last && held.tick + packet.ticks / 2 < endOf(this.#last)) {
      this.#late += 1;
      return 'late';
    }
    this.#held.splice(index + 1, 0, held);
    // Nobody pulls: the oldest will never be wanted.
    if (this.#held.length > maxPackets) this.#giveUpFirst();
    return 'stored';
  }

  /** A key (RFC 4733) covers these ticks: no sound is missing there, and a little after. */
  coverKey(timestamp: number, ticks: number): void {
    if (!this.#newest) return;
    const from = this.#newest.tick + timestampDistance(this.#newest.packet.timestamp, timestamp);
    this.#key = { from, to: from + ticks + keyTailMs / this.#msPerTick };
  }

  /**
   * What to play next, of at most `ticks`. A packet is handed out once and as a whole, so it may be longer than `ticks`; what is
   * answered counts as played.
   */
  take(ticks: number, nowMs: number): Taken {
    this.#giveUpBacklog(nowMs);
    const first = this.#held[0];
    if (!first) return this.#await(ticks);
    const last = this.#last;
    if (this.#resting || !last)
      return this.#isDue(first, nowMs) ? this.#hand(first) : { kind: 'silence', ticks };
    const ahead = first.tick - endOf(last);
    if (this.#owed >= ahead) return this.#hand(first);
    const part = Math.min(ticks, ahead - this.#owed);
    if (this.#isInKey()) return this.#rest(part);
    // Sound is missing for as many packets as the sequence numbers promise; the rest of the gap is a pause.
    const lost = (first.sequence - last.sequence - 1) * last.packet.ticks;
    const isPause = ahead - lost > last.packet.ticks / 2;
    if (!isPause) return this.#miss(part, first);
    if (this.#owed < lost) return this.#miss(Math.min(part, lost - this.#owed), first);
    return this.#isDue(first, nowMs) ? this.#hand(first) : this.#rest(part);
  }

  /** The next packet if it goes on exactly where the last one ended, for whoever wants to look ahead. */
  takeAhead(): BufferedPacket | null {
    const first = this.#held[0];
    if (this.#resting || !first || !this.#last || this.#owed > 0 || first.packet.ticks === 0) return null;
    if (first.tick !== endOf(this.#last)) return null;
    this.#hand(first);
    return first.packet;
  }

  /**
   * A packet that was lost is known to be when the next one comes, and only then can what lies behind it help to fill its place. So
   * where losses are common, it counts as having been under way for that long.
   */
  #noteLoss({ packet, tick, sequence }: Held): void {
    const newest = this.#newest;
    if (!newest || sequence - newest.sequence < 2) return;
    const lost = tick - newest.packet.ticks;
    if (lost < endOf(newest)) return;
    this.#estimate.note(packet.arrivalMs - lost * this.#msPerTick, packet.arrivalMs);
  }

  #hand(first: Held): Taken {
    this.#held.shift();
    this.#last = first;
    this.#resting = first.packet.ticks === 0;
    this.#owed = 0;
    this.#played.push(first.packet.sequenceNumber);
    if (this.#played.length > rememberedPackets) this.#played.shift();
    return { kind: 'packet', packet: first.packet };
  }

  /** Nothing is held. */
  #await(ticks: number): Taken {
    if (this.#resting || !this.#last) return { kind: 'silence', ticks };
    if (this.#isInKey()) return this.#rest(ticks);
    if (this.#owed * this.#msPerTick < stoppedMs) return this.#miss(ticks, null);
    this.#resting = true;
    return { kind: 'silence', ticks };
  }

  #rest(ticks: number): Taken {
    this.#owed += ticks;
    return { kind: 'silence', ticks };
  }

  #miss(ticks: number, next: Held | null): Taken {
    const afterTicks = next && this.#last ? next.tick - endOf(this.#last) - this.#owed : 0;
    this.#owed += ticks;
    return { kind: 'missing', ticks, next: next?.packet ?? null, afterTicks };
  }

  #isDue({ tick }: Held, nowMs: number): boolean {
    return this.#lagOf(tick, nowMs) >= this.#estimate.targetMs - roundingMs;
  }

  /** Keeps the newest packets when far too many wait, because nobody pulled for a while. */
  #giveUpBacklog(nowMs: number): void {
    const first = this.#held[0];
    if (!first) return;
    // Nobody has heard anything yet: nothing needs to be caught up with.
    const mostMs = this.#estimate.targetMs + (this.#last ? backlogMs : 0);
    if (this.#lagOf(first.tick, nowMs) <= mostMs) return;
    for (let second = this.#held[1]; second && this.#isDue(second, nowMs); second = this.#held[1]) {
      this.#giveUpFirst();
      this.#resting = true;
    }
  }

  #giveUpFirst(): void {
    const given = this.#held.shift();
    if (!given) return;
    this.#discarded += 1;
    this.#onGivenUp(given.packet.sequenceNumber);
  }

  /** The packet with its numbers counted on from the newest one's. */
  #place(packet: BufferedPacket): Held {
    if (!this.#newest) return { packet, tick: packet.timestamp, sequence: packet.sequenceNumber };
    const { packet: newest, tick, sequence } = this.#newest;
    return {
      packet,
      tick: tick + timestampDistance(newest.timestamp, packet.timestamp),
      sequence: sequence + sequenceDistance(newest.sequenceNumber, packet.sequenceNumber),
    };
  }

  /** The far side set its timestamps anew: they jumped against the clock, or went back although the sequence goes on. */
  #jumped(held: Held): boolean {
    const { fastestMs } = this.#estimate;
    if (fastestMs !== null && Math.abs(this.#transitOf(held) - fastestMs) > jumpMs) return true;
    const last = this.#last;
    return last !== null && held.sequence > last.sequence && held.tick < last.tick;
  }

  #transitOf({ packet, tick }: Held): number {
    return packet.arrivalMs - tick * this.#msPerTick;
  }

  #lagOf(tick: number, nowMs: number): number {
    return nowMs - tick * this.#msPerTick - (this.#estimate.fastestMs ?? 0);
  }

  #isInKey(): boolean {
    if (!this.#key || !this.#last) return false;
    const place = endOf(this.#last) + this.#owed;
    return place >= this.#key.from && place < this.#key.to;
  }
}

function endOf({ packet, tick }: Held): number {
  return tick + packet.ticks;
}
