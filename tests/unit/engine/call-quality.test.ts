import { describe, expect, it } from 'vitest';
import { CallQuality } from '../../../engine/call-quality.ts';
import { noStats } from '../../../engine/media/media-engine.ts';

const stats = {
  ...noStats,
  sent: 100,
  received: 96,
  lost: 4,
  codec: 'PCMU',
  jitterMs: 3,
  rttMs: 20,
  mos: 4.2,
};

describe('the quality of a call over time', () => {
  it('keeps a point for each second, an hour at most, oldest first', () => {
    const quality = new CallQuality();
    for (let second = 0; second < 3700; second += 1) quality.note(stats, second * 1000);
    const { points } = quality;
    expect(points).toHaveLength(3600);
    expect(points[0]?.at).toBe(100_000);
    expect(points.at(-1)).toEqual({
      at: 3_699_000,
      lossPercent: 0,
      jitterMs: 3,
      bufferMs: 0,
      rttMs: 20,
      mos: 4.2,
    });
  });

  it('is told in the call log as a mean, with the losses of the whole call', () => {
    const quality = new CallQuality();
    quality.note({ ...stats, mos: 4 }, 1000);
    quality.note({ ...stats, mos: 3 }, 2000);
    quality.note({ ...stats, mos: null }, 3000);
    quality.finish({ ...stats, late: 1 });
    expect(quality.summary({ media: [] })).toEqual({
      mos: 3.5,
      lossPercent: 5,
      jitterMs: 3,
      rttMs: 20,
      codec: 'PCMU',
      secure: false,
    });
  });

  it('is nothing for a call without sound', () => {
    const quality = new CallQuality();
    expect(quality.summary({ media: [] })).toBeNull();
    quality.finish(noStats);
    expect(quality.summary({ media: [] })).toBeNull();
  });
});
