import { describe, expect, it } from 'vitest';
import { PullClock } from '../../../../engine/media/pull-clock.ts';
import { seeded } from './sounds.ts';

describe('the pull clock', () => {
  it('runs evenly although pulls come in bursts', () => {
    const clock = new PullClock();
    const random = seeded(2);
    const times = Array.from({ length: 500 }, (_, pull) => clock.pull(1000 + 20 * pull + 20 * random()));
    const errors = times.slice(100).map((time, index) => time - (1000 + 20 * (index + 100)));
    expect(Math.min(...errors)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...errors)).toBeLessThan(2);
  });

  it('follows a sound card whose clock is slow', () => {
    const clock = new PullClock();
    let last = 0;
    for (let pull = 0; pull < 100_000; pull += 1) last = clock.pull(20.002 * pull);
    expect(Math.abs(last - 20.002 * 99_999)).toBeLessThan(0.3);
  });

  it('begins anew after a pause', () => {
    const clock = new PullClock();
    for (let pull = 0; pull < 100; pull += 1) clock.pull(20 * pull);
    expect(clock.pull(10_000)).toBe(10_000);
    expect(clock.pull(10_020)).toBe(10_020);
  });
});
