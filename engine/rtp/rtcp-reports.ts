/**
 * The reports of one RTP session in both directions (RFC 3550 §6.4, RFC 3611): what we tell the far side of its stream and of
 * ours, and what it tells us of them. It makes and reads packets; the session sends them and knows when.
 *
 *   their SR ──► LSR, DLSR of our next report        their report on us ──► round trip, how we are heard
 *   their reference time ──► our DLRR block          their DLRR on us   ──► round trip, also while we send nothing
 */
import { assertNever } from '../../contract/assert-never.ts';
import type { Reception } from './reception.ts';
import {
  ntpMiddle,
  ntpTime,
  reportIntervalMs,
  roundTripMs,
  type ReportBlock,
  type RtcpPacket,
} from './rtcp.ts';
import type { ExtendedReportBlock, VoipMetrics } from './rtcp-xr.ts';

/** What the far side takes of RFC 3611, as its SDP says. */
export interface ExtendedReports {
  voipMetrics: boolean;
  /** It answers to a receiver's reference time. */
  roundTrip: boolean;
}

/** What whoever hears the stream knows of it. */
export type SoundMetrics = Omit<VoipMetrics, 'ssrc' | 'roundTripMs'>;

/** How the far side gets our stream. */
export interface RemoteReception {
  /** Of our packets since the beginning. */
  lostPercent: number;
  jitterMs: number;
  /** Conversational MOS, where it judges. */
  mos: number | null;
  /** Of our packets too: those that came at a time when they could not be heard; null where it does not tell. */
  discardedPercent: number | null;
  /** What its end adds to the delay, buffer and packets; null where it does not tell. */
  endDelayMs: number | null;
  /** False: it says that nothing of ours comes any more, or never came. */
  receives: boolean;
}

type ToldByMetrics = Pick<RemoteReception, 'mos' | 'discardedPercent' | 'endDelayMs'>;

/** Our stream. */
export interface ReportedStream {
  ssrc: number;
  /** Of its timestamps. */
  clockRate: number;
}

export interface RtcpReportsOptions {
  cname: string;
  /** Milliseconds, monotonic. */
  now: () => number;
  /** Milliseconds since 1970. */
  wallClock: () => number;
  /** Asked when a report is made; null while nothing was heard. */
  metrics: () => SoundMetrics | null;
}

/** 5% of a G.711 stream with its headers (RFC 3550 §6.2). */
const rtcpOctetsPerSecond = 500;
/** IPv4 and UDP, which count as well (RFC 3550 §6.2). */
const headerOctets = 28;
/** So many packets on the way between two reports are no accident: one of them should have come. */
const tellingPackets = 50;
/** Some never report on anybody: only so many empty reports in a row, after we have been sending, mean that nothing comes. */
const tellingEmptyReports = 3;

export class RtcpReports {
  readonly #options: RtcpReportsOptions;
  #stream: ReportedStream;
  #extended: ExtendedReports = { voipMetrics: false, roundTrip: false };
  #sent = 0;
  #sentOctets = 0;
  /** In streams before this one. */
  #sentEarlier = 0;
  #sentAtLastReport = 0;
  #lastSent: { timestamp: number; atMs: number } | null = null;
  #lastSenderReport: { middle: number; atMs: number } | null = null;
  #lastReference: { ssrc: number; middle: number; atMs: number } | null = null;
  #rttMs: number | null = null;
  #remote: Omit<RemoteReception, keyof ToldByMetrics> | null = null;
  #remoteMetrics: ToldByMetrics = { mos: null, discardedPercent: null, endDelayMs: null };
  #lastBlock: { highestSequence: number; sent: number } | null = null;
  #emptyReports = 0;
  #averageOctets = 120;

  constructor(stream: ReportedStream, options: RtcpReportsOptions) {
    this.#stream = stream;
    this.#options = options;
  }

  /** RTP packets of ours, with those of streams before this one. */
  get sent(): number {
    return this.#sentEarlier + this.#sent;
  }

  /** Null before the first measurement. */
  get rttMs(): number | null {
    return this.#rttMs;
  }

  /** Null before the far side has said anything of our stream. */
  get remote(): RemoteReception | null {
    return this.#remote && { ...this.#remote, ...this.#remoteMetrics };
  }

  setExtended(extended: ExtendedReports): void {
    this.#extended = extended;
  }

  /** Another stream of ours begins, of which nothing was sent yet. */
  streamChanged(stream: ReportedStream): void {
    this.#stream = stream;
    this.#sentEarlier += this.#sent;
    [this.#sent, this.#sentOctets, this.#sentAtLastReport] = [0, 0, 0];
    [this.#lastSent, this.#lastBlock] = [null, null];
  }

  noteSent(timestamp: number, octets: number): void {
    this.#sent += 1;
    this.#sentOctets += octets;
    this.#lastSent = { timestamp, atMs: this.#options.now() };
  }

  /** Another stream of theirs begins: its reports are not those of the one before. */
  sourceChanged(): void {
    this.#lastSenderReport = null;
    this.#lastReference = null;
  }

  /** An RTCP datagram of so many octets passed, in either direction. */
  notePassed(octets: number): void {
    this.#averageOctets += (octets + headerOctets - this.#averageOctets) / 16;
  }

  /** @param random a number in [0, 1) */
  nextIntervalMs(initial: boolean, random: number): number {
    return reportIntervalMs(
      {
        members: 2,
        averageOctets: this.#averageOctets,
        bandwidthOctetsPerSecond: rtcpOctetsPerSecond,
        initial,
      },
      random,
    );
  }

  /**
   * Reads a compound packet of somebody. True when it is from the far side: it knows our SSRC or has theirs, which a stranger
   * cannot guess.
   * @param theirs SSRC of the stream that we listen to
   */
  take(packets: readonly RtcpPacket[], theirs: number | undefined): boolean {
    let trusted = false;
    for (const packet of packets) {
      switch (packet.type) {
        case 'sender-report':
        case 'receiver-report': {
          const known = packet.ssrc === theirs;
          const report = packet.reports.find(({ ssrc }) => ssrc === this.#stream.ssrc);
          if (!known && !report) break;
          trusted = true;
          if (known && packet.type === 'sender-report') {
            const middle = ntpMiddle({ seconds: packet.ntpSeconds, fraction: packet.ntpFraction });
            this.#lastSenderReport = { middle, atMs: this.#options.now() };
          }
          if (report) this.#takeReport(report);
          else this.#takeSilence();
          break;
        }
        case 'extended-report':
          // In a compound it follows the report that showed who speaks.
          if (trusted) this.#takeExtended(packet.ssrc, packet.blocks);
          break;
        case 'source-description':
        case 'bye':
          break;
        default:
          return assertNever(packet);
      }
    }
    return trusted;
  }

  #arrival(): number {
    return ntpMiddle(ntpTime(this.#options.wallClock()));
  }

  #takeReport(report: ReportBlock): void {
    const { extendedHighestSequence: highestSequence, cumulativeLost, fractionLost, jitter } = report;
    this.#rttMs = roundTripMs(report, this.#arrival()) ?? this.#rttMs;
    this.#emptyReports = 0;
    const last = this.#lastBlock;
    const stuck =
      last !== null && last.highestSequence === highestSequence && this.#sent - last.sent >= tellingPackets;
    const toldBefore = this.#remote?.receives ?? true;
    // Two reports may come close together; only enough packets between them tell anything new.
    const tells = last === null || last.highestSequence !== highestSequence || stuck;
    this.#remote = {
      lostPercent: Math.min(100, (100 * Math.max(0, cumulativeLost)) / Math.max(1, this.#sent)),
      jitterMs: (1000 * jitter) / this.#stream.clockRate,
      receives: tells ? !stuck && fractionLost < 255 : toldBefore,
    };
    if (tells) this.#lastBlock = { highestSequence, sent: this.#sent };
  }

  /** A report that does not mention us. */
  #takeSilence(): void {
    if (this.#sent < tellingPackets) return;
    this.#emptyReports += 1;
    if (this.#emptyReports < tellingEmptyReports) return;
    this.#remote = { lostPercent: 100, jitterMs: 0, ...this.#remote, receives: false };
  }

  #takeExtended(reporter: number, blocks: readonly ExtendedReportBlock[]): void {
    for (const block of blocks) {
      switch (block.type) {
        case 'receiver-reference-time': {
          const middle = ntpMiddle({ seconds: block.ntpSeconds, fraction: block.ntpFraction });
          this.#lastReference = { ssrc: reporter, middle, atMs: this.#options.now() };
          break;
        }
        case 'delay-since-last-reference': {
          const us = block.sources.find(({ ssrc }) => ssrc === this.#stream.ssrc);
          if (us === undefined) break;
          const times = {
            lastSenderReport: us.lastReference,
            delaySinceLastSenderReport: us.delaySinceLastReference,
          };
          this.#rttMs = roundTripMs(times, this.#arrival()) ?? this.#rttMs;
          break;
        }
        case 'voip-metrics': {
          if (block.ssrc !== this.#stream.ssrc) break;
          this.#remoteMetrics = toldBy(block);
          break;
        }
        default:
          return assertNever(block);
      }
    }
  }

  /** A compound packet of everything that is to be told now. `theirs`: the stream that we listen to. */
  packets(theirs: Reception | null): RtcpPacket[] {
    const [{ ssrc }, { cname }] = [this.#stream, this.#options];
    const description: RtcpPacket = { type: 'source-description', chunks: [{ ssrc, cname }] };
    const blocks = this.#extendedBlocks(theirs);
    const extended: RtcpPacket[] = blocks.length === 0 ? [] : [{ type: 'extended-report', ssrc, blocks }];
    return [this.#report(theirs), description, ...extended];
  }

  #report(theirs: Reception | null): RtcpPacket {
    const { ssrc, clockRate } = this.#stream;
    const { now, wallClock } = this.#options;
    const reports = theirs === null ? [] : [this.#blockOn(theirs)];
    const last = this.#lastSent;
    // An SR only when something was sent since the last report but one (RFC 3550 §6.4).
    const spoke = this.#sent > this.#sentAtLastReport;
    this.#sentAtLastReport = this.#sent;
    if (!last || !spoke) return { type: 'receiver-report', ssrc, reports };
    const ntp = ntpTime(wallClock());
    const sinceTicks = Math.round(((now() - last.atMs) * clockRate) / 1000);
    return {
      type: 'sender-report',
      ssrc,
      ntpSeconds: ntp.seconds,
      ntpFraction: ntp.fraction,
      rtpTimestamp: (last.timestamp + sinceTicks) >>> 0,
      packetCount: this.#sent >>> 0,
      octetCount: this.#sentOctets >>> 0,
      reports,
    };
  }

  #blockOn(theirs: Reception): ReportBlock {
    const sr = this.#lastSenderReport;
    return {
      ssrc: theirs.ssrc,
      ...theirs.takeLosses(),
      extendedHighestSequence: theirs.extendedHighestSequence,
      jitter: theirs.jitterTicks,
      lastSenderReport: sr?.middle ?? 0,
      delaySinceLastSenderReport: sr ? this.#ticksSince(sr.atMs) : 0,
    };
  }

  #extendedBlocks(theirs: Reception | null): ExtendedReportBlock[] {
    const blocks: ExtendedReportBlock[] = [];
    if (this.#extended.roundTrip) {
      const { seconds, fraction } = ntpTime(this.#options.wallClock());
      blocks.push({ type: 'receiver-reference-time', ntpSeconds: seconds, ntpFraction: fraction });
    }
    const reference = this.#lastReference;
    if (reference) {
      const delaySinceLastReference = this.#ticksSince(reference.atMs);
      const source = { ssrc: reference.ssrc, lastReference: reference.middle, delaySinceLastReference };
      blocks.push({ type: 'delay-since-last-reference', sources: [source] });
    }
    const metrics = this.#extended.voipMetrics && theirs !== null ? this.#options.metrics() : null;
    if (metrics !== null && theirs !== null) {
      const roundTrip = Math.min(0xffff, Math.round(this.#rttMs ?? 0));
      blocks.push({ type: 'voip-metrics', ssrc: theirs.ssrc, roundTripMs: roundTrip, ...metrics });
    }
    return blocks;
  }

  /** In 1/65536 s. */
  #ticksSince(atMs: number): number {
    return Math.min(0xffff_ffff, Math.round((this.#options.now() - atMs) * 65.536));
  }
}

function toldBy({
  conversationalOpinion: opinion,
  discardRate,
  endSystemDelayMs,
}: VoipMetrics): ToldByMetrics {
  return {
    mos: opinion >= 10 && opinion <= 50 ? opinion / 10 : null,
    discardedPercent: (100 * discardRate) / 256,
    endDelayMs: endSystemDelayMs === 0 ? null : endSystemDelayMs,
  };
}
