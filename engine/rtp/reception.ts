/**
 * What is known of one source that sends to us: its sequence numbers' validity (RFC 3550 A.1), its losses (A.3) and its
 * jitter (A.8).
 *
 *   probation ──2 packets in sequence──▶ valid ──jump of ≥ 3000, or back by > 100──▶ valid, jump pending
 *                                          ▲   the next packet follows the jump: counting starts anew │
 *                                          └───────────────────────────────────────────────────────────┘
 */
const minSequential = 2;
const maxDropout = 3000;
const maxMisorder = 100;
const sequenceModulus = 0x1_0000;

/** `probation`: not trusted yet · `valid` · `restarted`: valid, and the count began anew · `suspect`: drop this packet. */
export type Verdict = 'probation' | 'valid' | 'restarted' | 'suspect';

export interface ReceptionCounts {
  /** Packets taken, late and repeated ones too. */
  received: number;
  /** Of the packets that the sequence numbers promise. */
  expected: number;
  /** Never came; not below 0. */
  lost: number;
}

export class Reception {
  readonly ssrc: number;
  #clockRate: number;
  #probation = minSequential;
  #maxSequence: number;
  #cycles = 0;
  #baseSequence: number;
  #badSequence: number | null = null;
  #received = 0;
  /** Of the runs before a restart. */
  #earlierReceived = 0;
  #earlierExpected = 0;
  #expectedPrior = 0;
  #receivedPrior = 0;
  #transitTicks: number | null = null;
  #jitterTicks = 0;

  constructor(ssrc: number, firstSequence: number, clockRate: number) {
    this.ssrc = ssrc;
    this.#clockRate = clockRate;
    this.#baseSequence = firstSequence;
    this.#maxSequence = (firstSequence - 1) & 0xffff;
  }

  /** Judges the next packet's sequence number (A.1 `update_seq`). */
  judge(sequence: number): Verdict {
    const ahead = (sequence - this.#maxSequence) & 0xffff;
    if (this.#probation > 0) {
      this.#probation = ahead === 1 ? this.#probation - 1 : minSequential - 1;
      this.#maxSequence = sequence;
      if (this.#probation > 0) {
        this.#baseSequence = sequence;
        return 'probation';
      }
      this.#baseSequence = (sequence - (minSequential - 1)) & 0xffff;
      this.#cycles = this.#baseSequence > sequence ? sequenceModulus : 0;
      this.#received = minSequential;
      return 'valid';
    }
    if (ahead < maxDropout) {
      if (sequence < this.#maxSequence) this.#cycles += sequenceModulus;
      this.#maxSequence = sequence;
    } else if (ahead <= sequenceModulus - maxMisorder) {
      if (sequence !== this.#badSequence) {
        this.#badSequence = (sequence + 1) & 0xffff;
        return 'suspect';
      }
      this.#restart(sequence);
      return 'restarted';
    }
    this.#badSequence = null;
    this.#received += 1;
    return 'valid';
  }

  #restart(sequence: number): void {
    this.#earlierReceived += this.#received;
    this.#earlierExpected += this.#expectedInRun();
    this.#baseSequence = sequence;
    this.#maxSequence = sequence;
    this.#badSequence = null;
    this.#cycles = 0;
    this.#received = 1;
    this.#transitTicks = null;
  }

  /** Takes a packet's times into the jitter estimate (A.8); only for payloads whose timestamp is their sampling time. */
  noteArrival(timestamp: number, arrivalMs: number): void {
    const arrivalTicks = (arrivalMs * this.#clockRate) / 1000;
    const transit = (arrivalTicks % 2 ** 32) - timestamp;
    if (this.#transitTicks !== null) {
      // The difference of two transits is small unless the 32-bit circle was crossed in between.
      const raw = transit - this.#transitTicks;
      const difference = raw - 2 ** 32 * Math.round(raw / 2 ** 32);
      this.#jitterTicks += (Math.abs(difference) - this.#jitterTicks) / 16;
    }
    this.#transitTicks = transit;
  }

  /** Timestamps count at another rate from here on: the jitter is measured anew. */
  setClockRate(clockRate: number): void {
    this.#clockRate = clockRate;
    this.#transitTicks = null;
    this.#jitterTicks = 0;
  }

  get jitterMs(): number {
    return (1000 * this.#jitterTicks) / this.#clockRate;
  }

  get jitterTicks(): number {
    return Math.floor(this.#jitterTicks);
  }

  get extendedHighestSequence(): number {
    return (this.#cycles + this.#maxSequence) >>> 0;
  }

  get counts(): ReceptionCounts {
    const received = this.#earlierReceived + this.#received;
    const expected = this.#earlierExpected + this.#expectedInRun();
    return { received, expected, lost: Math.max(0, expected - received) };
  }

  #expectedInRun(): number {
    return this.#probation > 0 ? 0 : this.#cycles + this.#maxSequence - this.#baseSequence + 1;
  }

  /** Losses for a report block (A.3); the fraction begins anew with each call. */
  takeLosses(): { fractionLost: number; cumulativeLost: number } {
    const { received, expected } = this.counts;
    const expectedInterval = expected - this.#expectedPrior;
    const lostInterval = expectedInterval - (received - this.#receivedPrior);
    this.#expectedPrior = expected;
    this.#receivedPrior = received;
    const fractionLost =
      expectedInterval <= 0 || lostInterval <= 0 ? 0 : Math.floor((256 * lostInterval) / expectedInterval);
    const cumulativeLost = Math.min(0x7f_ffff, Math.max(-0x80_0000, expected - received));
    return { fractionLost: Math.min(255, fractionLost), cumulativeLost };
  }
}
