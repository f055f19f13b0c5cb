/**
 * RTCP compound packets (RFC 3550 §6): sender and receiver reports, the canonical name, and the farewell. Extended reports
 * (RFC 3611) travel with them; their blocks are in rtcp-xr.ts.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |V=2|P|  count  |  PT 200…207   |   length in words, minus one  |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |  SR: SSRC, NTP time (64), RTP timestamp, packets, octets      |
 *   |  RR: SSRC                                                     |
 *   |  both: count × report block (24 octets, below)                |
 *   |  SDES: count × (SSRC, items type/length/text, 0, to a word)   |
 *   |  BYE: count × SSRC, optional length/reason                    |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 *   report block: SSRC · fraction lost (8), cumulative lost (24, signed) · extended highest sequence · jitter · LSR · DLSR
 */
import { assertNever } from '../../contract/assert-never.ts';
import { bad, good, type Result } from '../result.ts';
import {
  extendedReportType,
  parseExtendedBlocks,
  serialiseExtendedBlocks,
  type ExtendedReportBlock,
} from './rtcp-xr.ts';

export interface ReportBlock {
  /** The source that is reported on. */
  ssrc: number;
  /** Lost since the last report, in 256ths. */
  fractionLost: number;
  /** Signed 24 bits. */
  cumulativeLost: number;
  extendedHighestSequence: number;
  /** In timestamp ticks. */
  jitter: number;
  /** Middle 32 bits of the NTP time of the last SR from that source; 0 before any. */
  lastSenderReport: number;
  /** Since that SR came, in 1/65536 s. */
  delaySinceLastSenderReport: number;
}

export type RtcpPacket =
  | {
      type: 'sender-report';
      ssrc: number;
      /** 64 bits: seconds since 1900 and their fraction. */
      ntpSeconds: number;
      ntpFraction: number;
      rtpTimestamp: number;
      packetCount: number;
      octetCount: number;
      reports: ReportBlock[];
    }
  | { type: 'receiver-report'; ssrc: number; reports: ReportBlock[] }
  | { type: 'source-description'; chunks: { ssrc: number; cname: string | null }[] }
  | { type: 'bye'; ssrcs: number[]; reason: string }
  | { type: 'extended-report'; ssrc: number; blocks: ExtendedReportBlock[] };

export type RtcpProblem = 'short' | 'version' | 'first' | 'padding' | 'length';

const senderReportType = 200;
const receiverReportType = 201;
const sourceDescriptionType = 202;
const byeType = 203;
const cnameItem = 1;
const reportBlockBytes = 24;

/** Reads a compound packet with the checks of RFC 3550 A.2; packet types it does not know are passed over. */
export function parseRtcp(datagram: Buffer): Result<RtcpPacket[], RtcpProblem> {
  if (datagram.length < 8) return bad('short');
  const packets: RtcpPacket[] = [];
  let offset = 0;
  while (offset < datagram.length) {
    if (offset + 4 > datagram.length) return bad('length');
    const first = datagram.readUInt8(offset);
    const type = datagram.readUInt8(offset + 1);
    const end = offset + 4 * (datagram.readUInt16BE(offset + 2) + 1);
    if (first >> 6 !== 2) return bad('version');
    if (offset === 0 && type !== senderReportType && type !== receiverReportType) return bad('first');
    if (end > datagram.length) return bad('length');
    let bodyEnd = end;
    if ((first & 0x20) !== 0) {
      // Only the last packet of a compound may be padded (RFC 3550 §6.4.1).
      const padding = datagram.readUInt8(end - 1);
      if (end !== datagram.length || padding === 0 || end - padding < offset + 4) return bad('padding');
      bodyEnd = end - padding;
    }
    const body = datagram.subarray(offset + 4, bodyEnd);
    const packet = parseBody(type, first & 0x1f, body);
    if (packet === 'length') return bad('length');
    if (packet !== 'unknown') packets.push(packet);
    offset = end;
  }
  return good(packets);
}

function parseBody(type: number, count: number, body: Buffer): RtcpPacket | 'length' | 'unknown' {
  switch (type) {
    case senderReportType: {
      if (body.length < 24 + reportBlockBytes * count) return 'length';
      return {
        type: 'sender-report',
        ssrc: body.readUInt32BE(0),
        ntpSeconds: body.readUInt32BE(4),
        ntpFraction: body.readUInt32BE(8),
        rtpTimestamp: body.readUInt32BE(12),
        packetCount: body.readUInt32BE(16),
        octetCount: body.readUInt32BE(20),
        reports: parseReports(body, 24, count),
      };
    }
    case receiverReportType: {
      if (body.length < 4 + reportBlockBytes * count) return 'length';
      return { type: 'receiver-report', ssrc: body.readUInt32BE(0), reports: parseReports(body, 4, count) };
    }
    case sourceDescriptionType:
      return parseSourceDescription(body, count);
    case byeType: {
      if (body.length < 4 * count) return 'length';
      const ssrcs = Array.from({ length: count }, (_, index) => body.readUInt32BE(4 * index));
      const reasonAt = 4 * count;
      const reasonLength = reasonAt < body.length ? body.readUInt8(reasonAt) : 0;
      if (reasonLength > 0 && reasonAt + 1 + reasonLength > body.length) return 'length';
      const reason = body.toString('utf8', reasonAt + 1, reasonAt + 1 + reasonLength);
      return { type: 'bye', ssrcs, reason };
    }
    case extendedReportType: {
      if (body.length < 4) return 'length';
      const blocks = parseExtendedBlocks(body.subarray(4));
      return blocks === 'length' ? 'length' : { type: 'extended-report', ssrc: body.readUInt32BE(0), blocks };
    }
    default:
      return 'unknown';
  }
}

function parseReports(body: Buffer, start: number, count: number): ReportBlock[] {
  return Array.from({ length: count }, (_, index) => {
    const at = start + reportBlockBytes * index;
    return {
      ssrc: body.readUInt32BE(at),
      fractionLost: body.readUInt8(at + 4),
      cumulativeLost: body.readIntBE(at + 5, 3),
      extendedHighestSequence: body.readUInt32BE(at + 8),
      jitter: body.readUInt32BE(at + 12),
      lastSenderReport: body.readUInt32BE(at + 16),
      delaySinceLastSenderReport: body.readUInt32BE(at + 20),
    };
  });
}

function parseSourceDescription(body: Buffer, count: number): RtcpPacket | 'length' {
  const chunks: { ssrc: number; cname: string | null }[] = [];
  let offset = 0;
  for (let chunk = 0; chunk < count; chunk += 1) {
    if (offset + 4 > body.length) return 'length';
    const ssrc = body.readUInt32BE(offset);
    offset += 4;
    let cname: string | null = null;
    while (offset < body.length && body.readUInt8(offset) !== 0) {
      if (offset + 2 > body.length) return 'length';
      const textEnd = offset + 2 + body.readUInt8(offset + 1);
      if (textEnd > body.length) return 'length';
      if (body.readUInt8(offset) === cnameItem) cname = body.toString('utf8', offset + 2, textEnd);
      offset = textEnd;
    }
    // A chunk ends with at least one zero octet and goes on to the next word (RFC 3550 §6.5).
    offset = 4 * (Math.floor(offset / 4) + 1);
    chunks.push({ ssrc, cname });
  }
  return { type: 'source-description', chunks };
}

/**
 * Writes a compound packet. Its first packet must be a report (RFC 3550 §6.1).
 * @throws RangeError when it is not, or when a field is out of its range.
 */
export function serialiseRtcp(packets: readonly RtcpPacket[]): Buffer {
  const [first] = packets;
  if (first?.type !== 'sender-report' && first?.type !== 'receiver-report') {
    throw new RangeError('an RTCP compound begins with a report');
  }
  return Buffer.concat(packets.map(serialisePacket));
}

function serialisePacket(packet: RtcpPacket): Buffer {
  switch (packet.type) {
    case 'sender-report': {
      const body = Buffer.alloc(24);
      body.writeUInt32BE(packet.ssrc, 0);
      body.writeUInt32BE(packet.ntpSeconds, 4);
      body.writeUInt32BE(packet.ntpFraction, 8);
      body.writeUInt32BE(packet.rtpTimestamp, 12);
      body.writeUInt32BE(packet.packetCount, 16);
      body.writeUInt32BE(packet.octetCount, 20);
      return withHeader(senderReportType, packet.reports.length, [
        body,
        ...packet.reports.map(serialiseReport),
      ]);
    }
    case 'receiver-report':
      return withHeader(receiverReportType, packet.reports.length, [
        uint32(packet.ssrc),
        ...packet.reports.map(serialiseReport),
      ]);
    case 'source-description':
      return withHeader(
        sourceDescriptionType,
        packet.chunks.length,
        packet.chunks.map(({ ssrc, cname }) => {
          const text = Buffer.from(cname ?? '', 'utf8').subarray(0, 255);
          const items = text.length > 0 ? [Buffer.from([cnameItem, text.length]), text] : [];
          const length = items.reduce((sum, item) => sum + item.length, 0);
          return Buffer.concat([uint32(ssrc), ...items, Buffer.alloc(4 - (length % 4))]);
        }),
      );
    case 'bye': {
      const text = Buffer.from(packet.reason, 'utf8').subarray(0, 255);
      const reason = text.length > 0 ? [Buffer.from([text.length]), text] : [];
      const length = text.length > 0 ? text.length + 1 : 0;
      return withHeader(byeType, packet.ssrcs.length, [
        ...packet.ssrcs.map(uint32),
        ...reason,
        Buffer.alloc((4 - (length % 4)) % 4),
      ]);
    }
    case 'extended-report':
      return withHeader(extendedReportType, 0, [uint32(packet.ssrc), serialiseExtendedBlocks(packet.blocks)]);
    default:
      return assertNever(packet);
  }
}

function serialiseReport(report: ReportBlock): Buffer {
  const block = Buffer.alloc(reportBlockBytes);
  block.writeUInt32BE(report.ssrc, 0);
  block.writeUInt8(report.fractionLost, 4);
  block.writeIntBE(report.cumulativeLost, 5, 3);
  block.writeUInt32BE(report.extendedHighestSequence, 8);
  block.writeUInt32BE(report.jitter, 12);
  block.writeUInt32BE(report.lastSenderReport, 16);
  block.writeUInt32BE(report.delaySinceLastSenderReport, 20);
  return block;
}

function withHeader(type: number, count: number, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const header = Buffer.alloc(4);
  header.writeUInt8(0x80 | count, 0);
  header.writeUInt8(type, 1);
  header.writeUInt16BE(body.length / 4, 2);
  return Buffer.concat([header, body]);
}

function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
}

const secondsFrom1900To1970 = 2_208_988_800;

/** Milliseconds since 1970 as NTP time (RFC 3550 §4), 32 bits of seconds and 32 of their fraction. */
export function ntpTime(wallClockMs: number): { seconds: number; fraction: number } {
  const wholeSeconds = Math.floor(wallClockMs / 1000);
  const fraction = Math.floor(((wallClockMs - wholeSeconds * 1000) / 1000) * 2 ** 32);
  return { seconds: (wholeSeconds + secondsFrom1900To1970) >>> 0, fraction: fraction >>> 0 };
}

/** The middle 32 bits of an NTP time, in 1/65536 s: what LSR carries. */
export function ntpMiddle(time: { seconds: number; fraction: number }): number {
  return ((time.seconds << 16) | (time.fraction >>> 16)) >>> 0;
}

/**
 * Round trip in milliseconds from a report block about us (RFC 3550 §6.4.1: A − LSR − DLSR), or null when the far side
 * has no SR of ours yet or the result cannot be.
 * @param arrival middle 32 bits of the NTP time at which the block came.
 */
export function roundTripMs(
  report: Pick<ReportBlock, 'lastSenderReport' | 'delaySinceLastSenderReport'>,
  arrival: number,
): number | null {
  if (report.lastSenderReport === 0) return null;
  const units = (arrival - report.lastSenderReport - report.delaySinceLastSenderReport) | 0;
  // A clock that is coarse at the far end may give a little less than nothing; anything else is nonsense.
  if (units < -655 || units > 60 * 65_536) return null;
  return Math.max(0, (units * 1000) / 65_536);
}

/**
 * Milliseconds until the next report (RFC 3550 §6.2, §6.3.1, A.7): never below the minimum of 5 s (half of it at first),
 * spread over 0.5 to 1.5 and divided by e − 3/2.
 * @param random a number in [0, 1).
 */
export function reportIntervalMs(
  conditions: { members: number; averageOctets: number; bandwidthOctetsPerSecond: number; initial: boolean },
  random: number,
): number {
  const minimumMs = conditions.initial ? 2500 : 5000;
  const shareMs =
    (1000 * conditions.members * conditions.averageOctets) / conditions.bandwidthOctetsPerSecond;
  return (Math.max(minimumMs, shareMs) * (random + 0.5)) / (Math.E - 1.5);
}
