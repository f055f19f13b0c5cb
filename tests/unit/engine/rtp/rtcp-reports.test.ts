import { describe, expect, it } from 'vitest';
import { Reception } from '../../../../engine/rtp/reception.ts';
import type { ReportBlock, RtcpPacket } from '../../../../engine/rtp/rtcp.ts';
import { RtcpReports, type SoundMetrics } from '../../../../engine/rtp/rtcp-reports.ts';

const [us, them] = [0x0000_1111, 0x0000_2222];
const clockRate = 8000;
const everything = { voipMetrics: true, roundTrip: true };
const metrics: SoundMetrics = {
  lossRate: 5,
  discardRate: 16,
  burstDensity: 0,
  gapDensity: 5,
  burstMs: 0,
  gapMs: 4000,
  endSystemDelayMs: 60,
  signalLevel: 127,
  noiseLevel: 127,
  residualEchoReturnLoss: 127,
  minimumGap: 16,
  rating: 88,
  externalRating: 127,
  listeningOpinion: 43,
  conversationalOpinion: 42,
  concealment: 'standard',
  buffer: 'adaptive',
  bufferRate: 0,
  bufferNominalMs: 40,
  bufferMaximumMs: 40,
  bufferLimitMs: 250,
};

/** Two ends whose clocks differ, and a hand on both. */
function pair(told: SoundMetrics | null = metrics) {
  const time = { ms: 1000 };
  const end = (ssrc: number, wallOffsetMs: number) =>
    new RtcpReports(
      { ssrc, clockRate },
      {
        cname: 'name',
        now: () => time.ms,
        wallClock: () => 1_700_000_000_000 + wallOffsetMs + time.ms,
        metrics: () => told,
      },
    );
  return { time, ours: end(us, 0), theirs: end(them, 86_400_000) };
}

const stream = (ssrc: number): Reception => {
  const reception = new Reception(ssrc, 1, clockRate);
  for (let sequence = 1; sequence < 20; sequence += 1) reception.judge(sequence);
  return reception;
};

const block = (change: Partial<ReportBlock> = {}): ReportBlock => ({
  ssrc: us,
  fractionLost: 0,
  cumulativeLost: 0,
  extendedHighestSequence: 100,
  jitter: 0,
  lastSenderReport: 0,
  delaySinceLastSenderReport: 0,
  ...change,
});
const report = (...reports: ReportBlock[]): RtcpPacket[] => [
  { type: 'receiver-report', ssrc: them, reports },
];
const send = (reports: RtcpReports, packets: number) => {
  for (let packet = 0; packet < packets; packet += 1) reports.noteSent(160 * packet, 160);
};

describe('the reports of a session', () => {
  it('measure the round trip by sender reports, whatever the clocks of both ends say', () => {
    const { time, ours, theirs } = pair();
    send(ours, 1);
    const first = ours.packets(null);
    time.ms += 15;
    theirs.take(first, us);
    time.ms += 500;
    const answer = theirs.packets(stream(us));
    time.ms += 15;
    expect(ours.take(answer, them)).toBe(true);
    expect(ours.rttMs).toBeCloseTo(30, 0);
  });

  it('measure the round trip of one who only listens by reference times', () => {
    const { time, ours, theirs } = pair();
    ours.setExtended(everything);
    const first = ours.packets(stream(them));
    expect(first[0]?.type).toBe('receiver-report');
    time.ms += 20;
    theirs.take(first, us);
    time.ms += 700;
    const answer = theirs.packets(stream(us));
    time.ms += 20;
    ours.take(answer, them);
    expect(ours.rttMs).toBeCloseTo(40, 0);
  });

  it('tell how their stream sounds only to one who takes it', () => {
    const { ours } = pair();
    const types = () => ours.packets(stream(them)).map(({ type }) => type);
    expect(types()).toEqual(['receiver-report', 'source-description']);
    ours.setExtended({ voipMetrics: true, roundTrip: false });
    expect(types()).toEqual(['receiver-report', 'source-description', 'extended-report']);
    expect(ours.packets(stream(them)).at(-1)).toEqual({
      type: 'extended-report',
      ssrc: us,
      blocks: [{ type: 'voip-metrics', ssrc: them, roundTripMs: 0, ...metrics }],
    });
  });

  it('say nothing of a stream that nobody has heard yet', () => {
    const { ours } = pair(null);
    ours.setExtended({ voipMetrics: true, roundTrip: false });
    expect(ours.packets(stream(them))).toHaveLength(2);
  });

  it('know how the far side hears us', () => {
    const { ours, theirs } = pair();
    expect(ours.remote).toBeNull();
    send(ours, 200);
    ours.take(report(block({ cumulativeLost: 10, jitter: 80 })), them);
    const untold = { mos: null, discardedPercent: null, endDelayMs: null };
    expect(ours.remote).toEqual({ lostPercent: 5, jitterMs: 10, receives: true, ...untold });
    theirs.setExtended({ voipMetrics: true, roundTrip: false });
    ours.take(theirs.packets(stream(us)), them);
    expect(ours.remote).toMatchObject({ mos: 4.2, discardedPercent: 6.25, endDelayMs: 60 });
  });

  it('notice that nothing of ours comes any more, and that it comes again', () => {
    const { ours } = pair();
    const heard = (extendedHighestSequence: number) => {
      ours.take(report(block({ extendedHighestSequence })), them);
      return ours.remote?.receives;
    };
    send(ours, 100);
    expect(heard(100)).toBe(true);
    send(ours, 10);
    expect(heard(100)).toBe(true);
    send(ours, 100);
    expect(heard(100)).toBe(false);
    send(ours, 5);
    expect(heard(100)).toBe(false);
    send(ours, 100);
    expect(heard(250)).toBe(true);
  });

  it('notice that nothing of ours ever came, but not from one empty report', () => {
    const { ours } = pair();
    for (let round = 0; round < 5; round += 1) ours.take(report(), them);
    expect(ours.remote).toBeNull();
    send(ours, 100);
    ours.take(report(), them);
    expect(ours.remote).toBeNull();
    for (let round = 0; round < 2; round += 1) ours.take(report(), them);
    expect(ours.remote).toMatchObject({ receives: false, lostPercent: 100 });
    ours.take(report(block()), them);
    expect(ours.remote?.receives).toBe(true);
  });

  it('believe no stranger', () => {
    const { ours } = pair();
    send(ours, 100);
    const stranger: RtcpPacket[] = [
      { type: 'receiver-report', ssrc: 0x9999, reports: [block({ ssrc: 0x7777 })] },
      {
        type: 'extended-report',
        ssrc: 0x9999,
        blocks: [{ type: 'voip-metrics', ssrc: us, roundTripMs: 0, ...metrics }],
      },
    ];
    expect(ours.take(stranger, them)).toBe(false);
    expect(ours.remote).toBeNull();
    expect(ours.take([], them)).toBe(false);
  });
});
