import { afterEach, expect, test, vi } from 'vitest';
import { processorTime, StolenMoments, stolenShare } from '../../bench/stolen-time.ts';

afterEach(() => vi.useRealTimers());

test('all processors together, with what guests used counted once', () => {
  const stat = 'cpu  100 20 30 400 5 0 7 38 90 9\ncpu0 50 10 15 200 2 0 3 19 45 4\nintr 1 2\n';
  expect(processorTime(stat)).toEqual({ all: 600, stolen: 38 });
});

test('the share between two readings', () => {
  expect(stolenShare({ all: 1_000, stolen: 50 }, { all: 3_000, stolen: 54 })).toBe(0.002);
  expect(stolenShare({ all: 1_000, stolen: 50 }, { all: 1_000, stolen: 50 })).toBe(0);
});

test('a kernel that does not count it is told, not taken for a quiet one', () => {
  expect(() => processorTime('cpu  1 2 3 4\n')).toThrow('no line `cpu`');
  expect(() => processorTime('')).toThrow('no line `cpu`');
});

test('a moment is beside stolen time when some was counted within a tenth of a second or so', () => {
  vi.useFakeTimers();
  let stolen = 7;
  let nowMs = 1_000;
  const moments = new StolenMoments(
    () => ({ all: 0, stolen }),
    () => nowMs,
  );
  vi.advanceTimersByTime(100);
  [stolen, nowMs] = [8, 2_000];
  vi.advanceTimersByTime(100);
  moments.stop();
  [stolen, nowMs] = [9, 3_000];
  vi.advanceTimersByTime(100);
  expect([1_000, 1_850, 1_900, 2_100, 2_150, 3_000].map((atMs) => moments.beside(atMs))).toEqual([
    false,
    false,
    true,
    true,
    false,
    false,
  ]);
});
