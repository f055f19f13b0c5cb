/**
 * RTCP extended reports (RFC 3611): round trips for those who do not send, and what a call sounds like.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |V=2|P|reserved |   PT=207      |   length in words, minus one  |
 *   |                              SSRC                             |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |  block type   | type-specific |   length in words             |
 *   |  4 (§4.4): NTP time of the reporter (64)                      |
 *   |  5 (§4.5): count × (SSRC, last RRT (32), delay since (32))    |
 *   |  7 (§4.7): VoIP metrics, 8 words, below                       |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { assertNever } from '../../contract/assert-never.ts';
import type { LossSummary } from './loss-pattern.ts';

export const extendedReportType = 207;

/** Ratings and levels that nobody measured say so with this (§4.7.5). */
export const unavailable = 127;

/** §4.7. Rates and densities in 256ths, times in milliseconds. */
export interface VoipMetrics extends LossSummary {
  /** The source that is reported on. */
  ssrc: number;
  /** 0 where it is not known. */
  roundTripMs: number;
  endSystemDelayMs: number;
  /** dBm0 of speech and of silence, signed; {@link unavailable} else. */
  signalLevel: number;
  noiseLevel: number;
  /** Residual echo return loss in dB. */
  residualEchoReturnLoss: number;
  minimumGap: number;
  /** R, 0 to 100. */
  rating: number;
  externalRating: number;
  /** MOS times ten, 10 to 50. */
  listeningOpinion: number;
  conversationalOpinion: number;
  concealment: 'unspecified' | 'disabled' | 'enhanced' | 'standard';
  buffer: 'unknown' | 'reserved' | 'fixed' | 'adaptive';
  /** How fast an adaptive buffer follows, 0 to 15. */
  bufferRate: number;
  bufferNominalMs: number;
  bufferMaximumMs: number;
  bufferLimitMs: number;
}

export type ExtendedReportBlock =
  | { type: 'receiver-reference-time'; ntpSeconds: number; ntpFraction: number }
  | {
      type: 'delay-since-last-reference';
      /** Middle 32 bits of the reference time, and the delay since it came in 1/65536 s. */
      sources: { ssrc: number; lastReference: number; delaySinceLastReference: number }[];
    }
  | ({ type: 'voip-metrics' } & VoipMetrics);

const referenceTimeBlock = 4;
const delayBlock = 5;
const voipMetricsBlock = 7;
const delaySourceBytes = 12;
const voipMetricsBytes = 32;
const concealments = ['unspecified', 'disabled', 'enhanced', 'standard'] as const;
const buffers = ['unknown', 'reserved', 'fixed', 'adaptive'] as const;

/** Reads the blocks after the SSRC. Those that it does not know are passed over (§3); one that is cut off makes the whole unusable. */
export function parseExtendedBlocks(body: Buffer): ExtendedReportBlock[] | 'length' {
  const blocks: ExtendedReportBlock[] = [];
  let offset = 0;
  while (offset < body.length) {
    if (offset + 4 > body.length) return 'length';
    const end = offset + 4 + 4 * body.readUInt16BE(offset + 2);
    if (end > body.length) return 'length';
    const block = parseBlock(body.readUInt8(offset), body.subarray(offset + 4, end));
    if (block === 'length') return 'length';
    if (block !== 'unknown') blocks.push(block);
    offset = end;
  }
  return blocks;
}

function parseBlock(type: number, body: Buffer): ExtendedReportBlock | 'length' | 'unknown' {
  switch (type) {
    case referenceTimeBlock:
      if (body.length !== 8) return 'length';
      return {
        type: 'receiver-reference-time',
        ntpSeconds: body.readUInt32BE(0),
        ntpFraction: body.readUInt32BE(4),
      };
    case delayBlock: {
      if (body.length % delaySourceBytes !== 0) return 'length';
      const sources = Array.from({ length: body.length / delaySourceBytes }, (_, index) => {
        const at = delaySourceBytes * index;
        return {
          ssrc: body.readUInt32BE(at),
          lastReference: body.readUInt32BE(at + 4),
          delaySinceLastReference: body.readUInt32BE(at + 8),
        };
      });
      return { type: 'delay-since-last-reference', sources };
    }
    case voipMetricsBlock:
      return body.length === voipMetricsBytes ? parseVoipMetrics(body) : 'length';
    default:
      return 'unknown';
  }
}

/**
 *   SSRC · loss, discard, burst density, gap density (8 each) · burst, gap (16) · round trip, end system (16) ·
 *   signal, noise, RERL, Gmin (8) · R, external R, MOS-LQ, MOS-CQ (8) · RX config, reserved (8), nominal (16) · maximum, limit (16)
 */
function parseVoipMetrics(body: Buffer): ExtendedReportBlock {
  const configuration = body.readUInt8(24);
  return {
    type: 'voip-metrics',
    ssrc: body.readUInt32BE(0),
    lossRate: body.readUInt8(4),
    discardRate: body.readUInt8(5),
    burstDensity: body.readUInt8(6),
    gapDensity: body.readUInt8(7),
    burstMs: body.readUInt16BE(8),
    gapMs: body.readUInt16BE(10),
    roundTripMs: body.readUInt16BE(12),
    endSystemDelayMs: body.readUInt16BE(14),
    signalLevel: body.readInt8(16),
    noiseLevel: body.readInt8(17),
    residualEchoReturnLoss: body.readUInt8(18),
    minimumGap: body.readUInt8(19),
    rating: body.readUInt8(20),
    externalRating: body.readUInt8(21),
    listeningOpinion: body.readUInt8(22),
    conversationalOpinion: body.readUInt8(23),
    concealment: concealments[configuration >> 6] ?? 'unspecified',
    buffer: buffers[(configuration >> 4) & 3] ?? 'unknown',
    bufferRate: configuration & 0x0f,
    bufferNominalMs: body.readUInt16BE(26),
    bufferMaximumMs: body.readUInt16BE(28),
    bufferLimitMs: body.readUInt16BE(30),
  };
}

/**
 * Writes blocks as they follow the SSRC.
 * @throws RangeError when a field is out of its range.
 */
export function serialiseExtendedBlocks(blocks: readonly ExtendedReportBlock[]): Buffer {
  return Buffer.concat(blocks.map(serialiseBlock));
}

function serialiseBlock(block: ExtendedReportBlock): Buffer {
  switch (block.type) {
    case 'receiver-reference-time': {
      const body = Buffer.alloc(8);
      body.writeUInt32BE(block.ntpSeconds, 0);
      body.writeUInt32BE(block.ntpFraction, 4);
      return withHeader(referenceTimeBlock, body);
    }
    case 'delay-since-last-reference': {
      const body = Buffer.alloc(delaySourceBytes * block.sources.length);
      block.sources.forEach(({ ssrc, lastReference, delaySinceLastReference }, index) => {
        const at = delaySourceBytes * index;
        body.writeUInt32BE(ssrc, at);
        body.writeUInt32BE(lastReference, at + 4);
        body.writeUInt32BE(delaySinceLastReference, at + 8);
      });
      return withHeader(delayBlock, body);
    }
    case 'voip-metrics':
      return withHeader(voipMetricsBlock, serialiseVoipMetrics(block));
    default:
      return assertNever(block);
  }
}

function serialiseVoipMetrics(metrics: VoipMetrics): Buffer {
  const body = Buffer.alloc(voipMetricsBytes);
  body.writeUInt32BE(metrics.ssrc, 0);
  body.writeUInt8(metrics.lossRate, 4);
  body.writeUInt8(metrics.discardRate, 5);
  body.writeUInt8(metrics.burstDensity, 6);
  body.writeUInt8(metrics.gapDensity, 7);
  body.writeUInt16BE(metrics.burstMs, 8);
  body.writeUInt16BE(metrics.gapMs, 10);
  body.writeUInt16BE(metrics.roundTripMs, 12);
  body.writeUInt16BE(metrics.endSystemDelayMs, 14);
  body.writeInt8(metrics.signalLevel, 16);
  body.writeInt8(metrics.noiseLevel, 17);
  body.writeUInt8(metrics.residualEchoReturnLoss, 18);
  body.writeUInt8(metrics.minimumGap, 19);
  body.writeUInt8(metrics.rating, 20);
  body.writeUInt8(metrics.externalRating, 21);
  body.writeUInt8(metrics.listeningOpinion, 22);
  body.writeUInt8(metrics.conversationalOpinion, 23);
  const concealment = concealments.indexOf(metrics.concealment);
  body.writeUInt8((concealment << 6) | (buffers.indexOf(metrics.buffer) << 4) | metrics.bufferRate, 24);
  body.writeUInt16BE(metrics.bufferNominalMs, 26);
  body.writeUInt16BE(metrics.bufferMaximumMs, 28);
  body.writeUInt16BE(metrics.bufferLimitMs, 30);
  return body;
}

function withHeader(type: number, body: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt8(type, 0);
  header.writeUInt16BE(body.length / 4, 2);
  return Buffer.concat([header, body]);
}
