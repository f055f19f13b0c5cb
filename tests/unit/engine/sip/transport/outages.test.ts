import { describe, expect, it } from 'vitest';
import {
  inOrder,
  noOutages,
  preferredTo,
  withFailure,
  withSuccess,
} from '../../../../../engine/sip/transport/outages.ts';
import type { Target } from '../../../../../engine/sip/transport/resolve.ts';

const place = (host: string): Target => ({
  protocol: 'UDP',
  host,
  port: 5060,
  endpoints: [{ address: '10.0.0.1', port: 5060 }],
});
const [a, b, c] = [place('a'), place('b'), place('c')];
const all = [a, b, c];
const hosts = (targets: Target[]) => targets.map(({ host }) => host).join('');

describe('the choice among a server’s places', () => {
  it.each([
    ['nothing fails', [], 0, 'abc'],
    ['the first fails', [[a, 0]], 1, 'bca'],
    ['the first failed for half a minute', [[a, 0]], 30_000, 'abc'],
    [
      'the first failed twice, within its minute',
      [
        [a, 0],
        [a, 0],
      ],
      59_999,
      'bca',
    ],
    [
      'the first failed twice, after its minute',
      [
        [a, 0],
        [a, 0],
      ],
      60_000,
      'abc',
    ],
    [
      'all fail, the first one soonest to be tried',
      [
        [a, 0],
        [b, 5],
        [c, 10],
      ],
      20,
      'abc',
    ],
    [
      'all fail, the last one soonest',
      [
        [c, 0],
        [b, 5],
        [a, 10],
      ],
      20,
      'cba',
    ],
    ['one asked for ten minutes', [[b, 0, 600_000]], 599_999, 'acb'],
    ['one asked for a day, and gets half an hour', [[b, 0, 86_400_000]], 1_800_000, 'abc'],
  ] as [string, [Target, number, number?][], number, string][])(
    'when %s',
    (_when, failures, nowMs, order) => {
      const outages = failures.reduce(
        (before, [target, at, asked]) => withFailure(before, target, at, asked),
        noOutages,
      );
      expect(hosts(inOrder(all, outages, nowMs))).toBe(order);
    },
  );

  it('forgets the failures of a place that works again', () => {
    const failed = withFailure(withFailure(noOutages, a, 0), a, 0);
    expect(hosts(inOrder(all, withSuccess(failed, a), 1))).toBe('abc');
    expect(withFailure(withSuccess(failed, a), a, 0)).toEqual(withFailure(noOutages, a, 0));
  });

  it.each([
    ['the first is never left', a, 1, ''],
    ['a failing one is not gone back to', b, 1, ''],
    ['one whose pause is over is', b, 30_000, 'a'],
    ['of two, those that are worth a try', c, 1, 'b'],
    ['a place that DNS no longer names is left for any', place('old'), 30_000, 'abc'],
  ] as [string, Target, number, string][])('on the way back: %s', (_rule, present, nowMs, back) => {
    expect(hosts(preferredTo(present, all, withFailure(noOutages, a, 0), nowMs))).toBe(back);
  });
});
