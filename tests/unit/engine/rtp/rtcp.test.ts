import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ntpMiddle,
  ntpTime,
  parseRtcp,
  reportIntervalMs,
  roundTripMs,
  serialiseRtcp,
  type ReportBlock,
  type RtcpPacket,
} from '../../../../engine/rtp/rtcp.ts';

const block: ReportBlock = {
  ssrc: 0x0a0b0c0d,
  fractionLost: 64,
  cumulativeLost: -2,
  extendedHighestSequence: 0x1_0005,
  jitter: 12,
  lastSenderReport: 0x11223344,
  delaySinceLastSenderReport: 65_536,
};

const compound: RtcpPacket[] = [
  {
    type: 'sender-report',
    ssrc: 1,
    ntpSeconds: 0xe000_0000,
    ntpFraction: 0x8000_0000,
    rtpTimestamp: 1600,
    packetCount: 10,
    octetCount: 1600,
    reports: [block],
  },
  { type: 'source-description', chunks: [{ ssrc: 1, cname: 'abcde' }] },
  { type: 'bye', ssrcs: [1], reason: 'done' },
];

const octets =
  '81c8000c 00000001 e0000000 80000000 00000640 0000000a 00000640 ' +
  '0a0b0c0d 40fffffe 00010005 0000000c 11223344 00010000 ' +
  '81ca0003 00000001 01056162 63646500 ' +
  '81cb0003 00000001 04646f6e 65000000';
const literal = Buffer.from(octets.replaceAll(' ', ''), 'hex');

describe('the RTCP compound packet', () => {
  it('is written octet for octet', () => {
    expect(serialiseRtcp(compound).toString('hex')).toBe(literal.toString('hex'));
  });

  it('is read as it was written', () => {
    expect(parseRtcp(literal)).toEqual({ ok: true, value: compound });
  });

  it('passes over packet types that it does not know', () => {
    const feedback = Buffer.from('81cd0003000000010000000200000003', 'hex');
    expect(parseRtcp(Buffer.concat([literal, feedback]))).toEqual({ ok: true, value: compound });
  });

  it.each([
    ['short', '80c90000'],
    ['version', '40c9000100000001'],
    ['first', '81ca000300000001010561626364650000000000'],
    ['length', '80c9000200000001'],
    ['length', '81c9000100000001'],
    ['padding', 'a0c90001000000ff'],
  ])('tells the problem "%s"', (problem, hex) => {
    expect(parseRtcp(Buffer.from(hex, 'hex'))).toEqual({ ok: false, problem });
  });

  it('never throws on random octets behind a right beginning', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(31), fc.nat(3), (tail, count, type) => {
        const datagram = Buffer.from([0x80 | count, 200 + (type % 2), 0, 1, ...tail]);
        parseRtcp(datagram);
        const whole = Buffer.concat([
          Buffer.from('80c9000100000001', 'hex'),
          Buffer.from([0x80 | count, 200 + type, 0, Math.max(0, Math.floor(tail.length / 4) - 1)]),
          Buffer.from(tail),
        ]);
        parseRtcp(whole);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('times', () => {
  it('are NTP: seconds since 1900, and their middle 32 bits', () => {
    const time = ntpTime(500);
    expect(time).toEqual({ seconds: 2_208_988_800, fraction: 0x8000_0000 });
    expect(ntpMiddle({ seconds: 0x1234_5678, fraction: 0x9abc_def0 })).toBe(0x5678_9abc);
  });

  it('give the round trip of RFC 3550 figure 2', () => {
    const report = { ...block, lastSenderReport: 0xb705_2000, delaySinceLastSenderReport: 0x0005_4000 };
    expect(roundTripMs(report, 0xb710_8000)).toBeCloseTo(6125, 3);
  });

  it('give no round trip before the far side has a report of ours, nor from nonsense', () => {
    expect(roundTripMs({ ...block, lastSenderReport: 0 }, 5)).toBeNull();
    expect(roundTripMs({ ...block, lastSenderReport: 0x7000_0000 }, 1)).toBeNull();
  });

  it('spread the reports over 0.5 to 1.5 of 5 s, compensated, the first one sooner', () => {
    const conditions = { members: 2, averageOctets: 120, bandwidthOctetsPerSecond: 500, initial: false };
    expect(reportIntervalMs(conditions, 0)).toBeCloseTo(2052, 0);
    expect(reportIntervalMs(conditions, 1)).toBeCloseTo(6156, 0);
    expect(reportIntervalMs({ ...conditions, initial: true }, 0.5)).toBeCloseTo(2052, 0);
  });
});
