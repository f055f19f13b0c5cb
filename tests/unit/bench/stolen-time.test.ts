import { expect, test } from 'vitest';
import { processorTime, stolenShare } from '../../bench/stolen-time.ts';

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
