import { describe, expect, it } from 'vitest';
import {
  burstRatioOf,
  lossPercentOf,
  oneWayDelayMs,
  qualityWord,
  QualityWindow,
  verdictOn,
} from '../../../../engine/media/quality.ts';

describe('the quality of the last seconds', () => {
  it('forgets losses after eight seconds', () => {
    const window = new QualityWindow();
    window.note({ packets: 50, bad: 10, runs: 10 });
    expect(lossPercentOf(window.recent)).toBe(20);
    for (let second = 2; second <= 8; second += 1) window.note({ packets: 50 * second, bad: 10, runs: 10 });
    expect(lossPercentOf(window.recent)).toBe(2.5);
    window.note({ packets: 450, bad: 10, runs: 10 });
    expect(lossPercentOf(window.recent)).toBe(0);
  });

  it('has no opinion where nothing came', () => {
    expect(verdictOn(new QualityWindow().recent, { codec: 'PCMU', delayMs: null })).toBeNull();
  });

  it('thinks less of losses in bursts than of the same losses one by one', () => {
    const single = { packets: 400, bad: 20, runs: 20 };
    const bursts = { packets: 400, bad: 20, runs: 4 };
    expect(burstRatioOf(single)).toBe(1);
    expect(burstRatioOf(bursts)).toBeCloseTo(4.75);
    const codec = { codec: 'PCMU', delayMs: null };
    const [better, worse] = [verdictOn(single, codec), verdictOn(bursts, codec)];
    expect(worse?.listening).toBeLessThan(better?.listening ?? 0);
  });

  it('knows the delay once there is a round trip', () => {
    expect(oneWayDelayMs({ rttMs: null, packetTimeMs: 20, bufferMs: 40 })).toBeNull();
    expect(oneWayDelayMs({ rttMs: 30, packetTimeMs: 20, bufferMs: 40 })).toBe(75);
  });

  it.each([
    [4.41, 'Good'],
    [3.8, 'Fair'],
    [3.2, 'Poor'],
    [1.5, 'Bad'],
  ])('calls MOS %d %s', (mos, word) => {
    expect(qualityWord(mos)).toBe(word);
  });
});
