import { expect, it } from 'vitest';
import { createKeepalive } from '../../../../../engine/sip/transport/keepalive.ts';
import { createHandClock } from '../../../../support/hand-clock.ts';

it('pings at its interval, at another one when that changes, and not at all once stopped', () => {
  const clock = createHandClock();
  const pings: number[] = [];
  const keepalive = createKeepalive(clock, 30_000, () => pings.push(clock.nowMs()));
  keepalive.change(30_000);
  expect(clock.pending).toBe(0);
  keepalive.start();
  clock.advance(61_000);
  keepalive.change(10_000);
  clock.advance(20_000);
  keepalive.stop();
  clock.advance(60_000);
  expect(pings).toEqual([30_000, 60_000, 71_000, 81_000]);
  expect(clock.pending).toBe(0);
});
