/**
 * Whom we listen to. Strangers may send anything to a media port; a stream is taken only when
 * - its packets have the negotiated payload types and a sane size,
 * - two of them follow each other in sequence, from one address and with one SSRC (probation, RFC 3550 A.1), and
 * - it comes from the address that signalling named, or nobody we took before is still sending (symmetric RTP, RFC 4961:
 *   behind a NAT the real address is the one that the packets come from).
 *
 *   none ──two in sequence──▶ locked(address, SSRC) ──another SSRC of that address, two in sequence──▶ locked(new SSRC)
 *                               │  ▲
 *                               └──┴── another address, two in sequence, and: named by signalling, or the old one silent
 */
import { Reception, type Verdict } from './reception.ts';
import type { RtpPacket } from './packet.ts';
import { sameTransportAddress, type TransportAddress } from '../net/transport-address.ts';

export type Judgement =
  | { kind: 'drop' }
  /** Goes up; `changed` on the first packets of a stream that was not the one before. `held`: an earlier packet of it. */
  | { kind: 'accept'; changed: boolean; restarted: boolean; held: RtpPacket | null };

interface Candidate {
  from: TransportAddress;
  reception: Reception;
  held: RtpPacket;
}

/** A stream that has been silent for so long may be followed to another address. */
const silentMs = 300;
const maxCandidates = 8;
const drop: Judgement = { kind: 'drop' };
/** The next packet of the stream that was taken, as nearly all are. */
const next = { kind: 'accept', changed: false, restarted: false, held: null } as const;

export class SourceLock {
  #clockRate: number;
  /** Where signalling says that the stream comes from. */
  #named: TransportAddress;
  #current: { from: TransportAddress; reception: Reception; lastMs: number } | null = null;
  #candidates: Candidate[] = [];

  constructor(clockRate: number, named: TransportAddress) {
    this.#clockRate = clockRate;
    this.#named = named;
  }

  /** Signalling named another address: the stream may move there at once. */
  rename(named: TransportAddress): void {
    if (sameTransportAddress(named, this.#named)) return;
    this.#named = named;
    this.#candidates = [];
  }

  /** The streams' timestamps count at another rate from here on. */
  setClockRate(clockRate: number): void {
    this.#clockRate = clockRate;
    this.#candidates = [];
    this.#current?.reception.setClockRate(clockRate);
  }

  get source(): TransportAddress | null {
    return this.#current?.from ?? null;
  }

  get reception(): Reception | null {
    return this.#current?.reception ?? null;
  }

  judge(packet: RtpPacket, from: TransportAddress, nowMs: number): Judgement {
    const current = this.#current;
    if (current && packet.ssrc === current.reception.ssrc && sameTransportAddress(from, current.from)) {
      const verdict: Verdict = current.reception.judge(packet.sequenceNumber);
      if (verdict === 'suspect' || verdict === 'probation') return drop;
      current.lastMs = nowMs;
      return verdict === 'restarted' ? { ...next, restarted: true } : next;
    }
    const candidate = this.#candidates.find(
      ({ reception, from: its }) => reception.ssrc === packet.ssrc && sameTransportAddress(its, from),
    );
    if (!candidate) {
      const reception = new Reception(packet.ssrc, packet.sequenceNumber, this.#clockRate);
      reception.judge(packet.sequenceNumber);
      this.#candidates = [...this.#candidates.slice(1 - maxCandidates), { from, reception, held: packet }];
      return drop;
    }
    const { held } = candidate;
    candidate.held = packet;
    const verdict = candidate.reception.judge(packet.sequenceNumber);
    if (verdict === 'probation' || verdict === 'suspect' || !this.#mayFollow(from, nowMs)) return drop;
    this.#candidates = [];
    this.#current = { from, reception: candidate.reception, lastMs: nowMs };
    const follows = ((packet.sequenceNumber - held.sequenceNumber) & 0xffff) === 1;
    return { kind: 'accept', changed: true, restarted: false, held: follows ? held : null };
  }

  #mayFollow(from: TransportAddress, nowMs: number): boolean {
    const current = this.#current;
    if (!current || sameTransportAddress(from, current.from) || sameTransportAddress(from, this.#named))
      return true;
    return nowMs - current.lastMs > silentMs;
  }
}
