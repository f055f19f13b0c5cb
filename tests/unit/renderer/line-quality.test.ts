import { expect, it } from 'vitest';
import type { MediaStats } from '../../../contract/snapshot.ts';
import { qualityOf } from '../../../renderer/features/call/line-quality.ts';

const stats = (parts: Partial<MediaStats>): MediaStats => ({
  sent: 50,
  received: 50,
  lost: 0,
  late: 0,
  concealedMs: 0,
  jitterMs: 2,
  rttMs: 24,
  bufferMs: 40,
  codec: 'PCMU',
  timeScaledMs: 0,
  lossPercent: 0,
  delayMs: null,
  mos: null,
  remote: null,
  ...parts,
});

it.each([
  ['good', stats({ received: 100 })],
  ['fair', stats({ received: 99, lost: 1 })],
  ['poor', stats({ received: 90, lost: 10 })],
  ['poor', stats({ received: 94, late: 6 })],
  ['fair', stats({ received: 100, jitterMs: 40 })],
  ['nothing', stats({ received: 50 })],
] as const)('calls a second %s by what came since the last one', (word, now) => {
  expect(qualityOf(stats({}), now).word).toBe(word);
});

it('counts half the round trip and the buffer as delay', () => {
  expect(qualityOf(null, stats({})).delayMs).toBe(52);
  expect(qualityOf(null, stats({ rttMs: null })).delayMs).toBeNull();
});
