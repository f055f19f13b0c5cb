import { describe, expect, test } from 'vitest';
import { count, exitStatusOf, fromPlaywright, plain, totalLine } from '../../../scripts/tally.ts';

describe('the last line', () => {
  test('names skipped tests only when there are any', () => {
    expect(totalLine({ passed: 12, failed: 0, skipped: 0 })).toBe('12 passed, 0 failed');
    expect(totalLine({ passed: 12, failed: 1, skipped: 3 })).toBe('12 passed, 1 failed, 3 skipped');
  });

  test.each([
    [{ passed: 1, failed: 0, skipped: 9 }, 0],
    [{ passed: 9, failed: 1, skipped: 0 }, 1],
    [{ passed: 0, failed: 0, skipped: 9 }, 1],
    [{ passed: 0, failed: 0, skipped: 0 }, 1],
  ])('%j ends with status %i', (totals, status) => {
    expect(exitStatusOf(totals)).toBe(status);
  });
});

test("reads Playwright's report: nested suites, reasons, messages without colours, files that do not load", () => {
  const result = { errors: [{ message: '\u001b[31mexpected 1\u001b[39m' }] };
  const outcomes = fromPlaywright({
    errors: [{ message: 'cannot find module' }],
    suites: [
      {
        title: 'call.spec.ts',
        specs: [{ title: 'rings', tests: [{ projectName: 'web', status: 'expected', results: [] }] }],
        suites: [
          {
            title: 'in a call',
            specs: [
              {
                title: 'holds',
                tests: [{ projectName: 'web', status: 'flaky', results: [result, { errors: [] }] }],
              },
              { title: 'mutes', tests: [{ projectName: 'web', status: 'unexpected', results: [result] }] },
              {
                title: 'records',
                tests: [
                  {
                    projectName: 'web',
                    status: 'skipped',
                    annotations: [{ type: 'skip', description: 'no microphone' }],
                    results: [],
                  },
                ],
              },
            ],
          },
        ],
      },
    ],
  });
  expect(outcomes).toEqual([
    { name: 'call.spec.ts › rings', outcome: 'passed', detail: '' },
    { name: 'call.spec.ts › in a call › holds', outcome: 'passed', detail: 'expected 1' },
    { name: 'call.spec.ts › in a call › mutes', outcome: 'failed', detail: 'expected 1' },
    { name: 'call.spec.ts › in a call › records', outcome: 'skipped', detail: 'no microphone' },
    { name: 'Playwright', outcome: 'failed', detail: 'cannot find module' },
  ]);
  expect(count(outcomes)).toEqual({ passed: 2, failed: 2, skipped: 1 });
});

test('takes the colours out of a message', () => {
  expect(plain('\u001b[1;31mno\u001b[0m answer\n')).toBe('no answer');
});
