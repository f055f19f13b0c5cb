import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRtcp, serialiseRtcp, type RtcpPacket } from '../../../../engine/rtp/rtcp.ts';
import { parseExtendedBlocks, type ExtendedReportBlock } from '../../../../engine/rtp/rtcp-xr.ts';

const blocks: ExtendedReportBlock[] = [
  { type: 'receiver-reference-time', ntpSeconds: 0xe000_0000, ntpFraction: 0x8000_0000 },
  {
    type: 'delay-since-last-reference',
    sources: [{ ssrc: 0x0a0b_0c0d, lastReference: 0x1122_3344, delaySinceLastReference: 0x0001_0000 }],
  },
  {
    type: 'voip-metrics',
    ssrc: 0x0a0b_0c0d,
    lossRate: 12,
    discardRate: 3,
    burstDensity: 130,
    gapDensity: 2,
    burstMs: 180,
    gapMs: 2000,
    roundTripMs: 40,
    endSystemDelayMs: 60,
    signalLevel: -20,
    noiseLevel: 127,
    residualEchoReturnLoss: 127,
    minimumGap: 16,
    rating: 87,
    externalRating: 127,
    listeningOpinion: 42,
    conversationalOpinion: 41,
    concealment: 'standard',
    buffer: 'adaptive',
    bufferRate: 5,
    bufferNominalMs: 40,
    bufferMaximumMs: 120,
    bufferLimitMs: 250,
  },
];
const report: RtcpPacket[] = [
  { type: 'receiver-report', ssrc: 1, reports: [] },
  { type: 'extended-report', ssrc: 1, blocks },
];

/** Written by hand from the figures of RFC 3611 §4.4, §4.5 and §4.7. */
const octets =
  '80c90001 00000001 ' +
  '80cf0011 00000001 ' +
  '04000002 e0000000 80000000 ' +
  '05000003 0a0b0c0d 11223344 00010000 ' +
  '07000008 0a0b0c0d 0c038202 00b407d0 0028003c ec7f7f10 577f2a29 f5000028 007800fa';
const literal = Buffer.from(octets.replaceAll(' ', ''), 'hex');

describe('the extended report', () => {
  it('is written octet for octet', () => {
    expect(serialiseRtcp(report).toString('hex')).toBe(literal.toString('hex'));
  });

  it('is read as it was written', () => {
    expect(parseRtcp(literal)).toEqual({ ok: true, value: report });
  });

  it('passes over blocks that it does not know', () => {
    const runLength = Buffer.from('010000020a0b0c0d0001000a', 'hex');
    expect(parseExtendedBlocks(runLength)).toEqual([]);
  });

  it.each([
    ['a block longer than the packet', '04000003e000000080000000'],
    ['a reference time of one word', '04000001e0000000'],
    ['half a source', '050000020a0b0c0d11223344'],
    ['metrics that are too short', '070000020a0b0c0d0c038202'],
    ['a header that is cut off', '0400'],
  ])('is refused with %s', (_what, hex) => {
    expect(parseExtendedBlocks(Buffer.from(hex, 'hex'))).toBe('length');
  });

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        parseExtendedBlocks(Buffer.from(bytes));
      }),
    );
  });
});
