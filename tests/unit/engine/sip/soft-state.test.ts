import { describe, expect, it } from 'vitest';
import { askedWaitMs, backOffMs, longerLife, refreshDelayMs } from '../../../../engine/sip/soft-state.ts';

describe('the back-off of RFC 5626 §4.5', () => {
  it('doubles, is jittered by half, and ends at half an hour', () => {
    expect(backOffMs(30_000, 1, 0)).toBe(30_000);
    expect(backOffMs(30_000, 1, 1)).toBe(60_000);
    expect(backOffMs(30_000, 2, 1)).toBe(120_000);
    expect(backOffMs(30_000, 1_000, 1)).toBe(1_800_000);
  });
});

describe('what a server keeps for a time', () => {
  it('is refreshed at 85 to 90% of it, but not more often than every 5 s', () => {
    expect([refreshDelayMs(100, 0), refreshDelayMs(100, 1), refreshDelayMs(1, 0)]).toEqual([
      85_000, 90_000, 5_000,
    ]);
  });

  it('is asked for longer when a 423 wants that, for a day at the most', () => {
    const wanted = (status: number, minExpiresSeconds?: number) =>
      longerLife({ status, minExpiresSeconds }, 300);
    expect([wanted(423, 600), wanted(423, 300), wanted(423), wanted(423, 86_401), wanted(403, 600)]).toEqual([
      600,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('is asked for again as late as Retry-After says, within half an hour', () => {
    expect([askedWaitMs(undefined), askedWaitMs(10), askedWaitMs(999_999)]).toEqual([0, 10_000, 1_800_000]);
  });
});
