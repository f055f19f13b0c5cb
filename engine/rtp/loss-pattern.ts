/**
 * How losses fall: bursts of bad sound and the gaps of good sound between them, counted by the algorithm of RFC 3611 Appendix A.2.
 * A gap is where at least Gmin packets in a row come between losses. Packets are judged in the order in which they were sent, a
 * second after the newest, so that reordering is no loss.
 *
 *   transitions between  1 received in a gap · 2 received in a burst · 3 lost in a burst · 4 lost alone in a gap
 */
import { sequenceDistance } from './packet.ts';

/** RFC 3611 §4.7.2 recommends 16. */
export const minimumGapPackets = 16;
const settlingPackets = 50;

type Fate = 'received' | 'discarded' | 'lost';

export interface LossSummary {
  /** In 256ths of the packets. */
  lossRate: number;
  discardRate: number;
  burstDensity: number;
  gapDensity: number;
  burstMs: number;
  gapMs: number;
}

export class LossPattern {
  /** Fates of the packets after {@link #settled}, by sequence number. */
  readonly #waiting = new Map<number, Fate>();
  /** The last sequence number that was judged; null before the first packet. */
  #settled: number | null = null;
  #newest = 0;
  #packets = 0;
  #lost = 0;
  #discarded = 0;
  #runs = 0;
  #lastWasBad = false;
  #sinceBad = 0;
  #badInBurst = 0;
  #gapReceived = 0;
  #toBurst = 0;
  #aloneInGap = 0;
  #burstReceived = 0;
  #burstReceivedToBad = 0;
  #burstBad = 0;

  /** A packet came: in time, or too late to be heard. */
  came(sequence: number, inTime: boolean): void {
    if (this.#settled === null) {
      this.#settled = (sequence - 1) & 0xffff;
      this.#newest = this.#settled;
    }
    if (sequenceDistance(this.#settled, sequence) <= 0) return;
    this.#waiting.set(sequence, inTime ? 'received' : 'discarded');
    if (sequenceDistance(this.#newest, sequence) > 0) this.#newest = sequence;
    this.#settle(settlingPackets);
  }

  /** Another stream begins: what still waits is judged, and the count goes on with it. */
  restart(): void {
    this.#settle(0);
    this.#settled = null;
    this.#waiting.clear();
  }

  #settle(behind: number): void {
    if (this.#settled === null) return;
    while (sequenceDistance(this.#settled, this.#newest) > behind) {
      this.#settled = (this.#settled + 1) & 0xffff;
      this.#judge(this.#waiting.get(this.#settled) ?? 'lost');
      this.#waiting.delete(this.#settled);
    }
  }

  #judge(fate: Fate): void {
    this.#packets += 1;
    if (fate === 'received') {
      this.#sinceBad += 1;
      this.#lastWasBad = false;
      return;
    }
    if (fate === 'lost') this.#lost += 1;
    else this.#discarded += 1;
    if (!this.#lastWasBad) this.#runs += 1;
    this.#lastWasBad = true;
    if (this.#sinceBad >= minimumGapPackets) {
      if (this.#badInBurst === 1) this.#aloneInGap += 1;
      else if (this.#badInBurst > 1) this.#toBurst += 1;
      this.#badInBurst = 1;
      this.#gapReceived += this.#sinceBad;
    } else {
      this.#badInBurst += 1;
      if (this.#sinceBad === 0) this.#burstBad += 1;
      else {
        this.#burstReceivedToBad += 1;
        this.#burstReceived += this.#sinceBad - 1;
      }
    }
    this.#sinceBad = 0;
  }

  /** So far: packets that should have come, those that did not serve, and in how many runs those fell. */
  get totals(): { packets: number; lost: number; discarded: number; runs: number } {
    return { packets: this.#packets, lost: this.#lost, discarded: this.#discarded, runs: this.#runs };
  }

  /**
   * The rates and lengths of RFC 3611 §4.7.1 and §4.7.2, from the beginning on.
   * @param packetMs sound in a packet
   */
  summary(packetMs: number): LossSummary {
    // The last losses are over, although no later one has told so yet.
    const over = this.#sinceBad >= minimumGapPackets;
    const c11 = this.#gapReceived + (over ? this.#sinceBad : 0);
    const c13 = this.#toBurst + (over && this.#badInBurst > 1 ? 1 : 0);
    const c14 = this.#aloneInGap + (over && this.#badInBurst === 1 ? 1 : 0);
    const [c22, c23, c33] = [this.#burstReceived, this.#burstReceivedToBad, this.#burstBad];
    const total = c11 + c14 + 2 * c13 + c22 + 2 * c23 + c33;
    const p32 = ratio(c23, c13 + c23 + c33);
    const p23 = c22 + c23 < 1 ? 1 : 1 - c22 / (c22 + c23);
    const gapMs = c13 === 0 ? this.#packets * packetMs : ((c11 + c14 + c13) * packetMs) / c13;
    return {
      lossRate: in256ths(this.#lost, this.#packets),
      discardRate: in256ths(this.#discarded, this.#packets),
      burstDensity: c13 === 0 ? 0 : in256ths(p23, p23 + p32),
      gapDensity: in256ths(c14, c11 + c14),
      burstMs: c13 === 0 ? 0 : Math.max(0, Math.round((total * packetMs) / c13 - gapMs)),
      gapMs: Math.round(gapMs),
    };
  }
}

const ratio = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
const in256ths = (part: number, whole: number) => Math.min(255, Math.floor(256 * ratio(part, whole)));
