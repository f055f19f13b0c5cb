import { describe, expect, it } from 'vitest';
import { LossPattern } from '../../../../engine/rtp/loss-pattern.ts';

/** Plays a pattern from a sequence number on: `.` came, `L` came late, anything else never; then enough to judge it all. */
function played(pattern: string, first = 65_500): LossPattern {
  const losses = new LossPattern();
  const whole = pattern + '.'.repeat(100);
  [...whole].forEach((fate, index) => {
    if (fate === '.' || fate === 'L') losses.came((first + index) & 0xffff, fate === '.');
  });
  return losses;
}

const good = (count: number) => '.'.repeat(count);

describe('the pattern of losses', () => {
  it('counts what never came and what came too late, across the end of the sequence numbers', () => {
    const { lost, discarded, runs } = played(`${good(20)}xxx${good(10)}L${good(20)}`).totals;
    expect({ lost, discarded, runs }).toEqual({ lost: 3, discarded: 1, runs: 2 });
  });

  it('takes reordering and repetition for no loss', () => {
    const losses = new LossPattern();
    for (const sequence of [10, 12, 11, 12, 15, 14, 13]) losses.came(sequence, true);
    for (let sequence = 16; sequence < 90; sequence += 1) losses.came(sequence, true);
    expect(losses.totals).toMatchObject({ lost: 0, discarded: 0, runs: 0 });
  });

  it('sees single losses that are far apart as a gap: no burst', () => {
    const summary = played(`${good(40)}x`.repeat(5)).summary(20);
    expect(summary.burstDensity).toBe(0);
    expect(summary.gapDensity).toBeGreaterThan(0);
    expect(summary.burstMs).toBe(0);
  });

  it('measures bursts and the gaps between them as RFC 3611 A.2 does', () => {
    // Four times: 100 packets come, then a burst of ten in which every other one is lost.
    const summary = played(`${good(100)}x.x.x.x.x.`.repeat(4)).summary(20);
    expect(summary.burstDensity).toBeGreaterThan(100);
    expect(summary.burstDensity).toBeLessThan(180);
    expect(summary.burstMs).toBeGreaterThan(100);
    expect(summary.burstMs).toBeLessThan(300);
    expect(summary.gapMs).toBeGreaterThan(1500);
    expect(summary.gapMs).toBeLessThan(2500);
    expect(summary.lossRate).toBe(
      Math.floor((256 * 20) / played(`${good(100)}x.x.x.x.x.`.repeat(4)).totals.packets),
    );
  });

  it('goes on with another stream', () => {
    const losses = played(`${good(30)}x${good(30)}`, 100);
    losses.restart();
    losses.came(40_000, true);
    for (let step = 1; step < 60; step += 1) losses.came(40_000 + step, true);
    expect(losses.totals).toMatchObject({ lost: 1, runs: 1 });
  });
});
