import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RunSection } from '../../bench/document.ts';
import { KeptResults } from '../../bench/kept-results.ts';

let folder: string;
const kept = () => new KeptResults(join(folder, 'kept'), [join(folder, 'build')]);
const result: RunSection = {
  title: 'Keys',
  rows: [{ title: 'digits', unit: '', digits: 0, values: { sidetone: [10, NaN] } }],
  verdicts: [],
  notes: ['a note'],
  startedAt: new Date('2026-01-02T03:04:05Z'),
  tookMs: 60_000,
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sidetone-kept-'));
  mkdirSync(join(folder, 'build'));
  writeFileSync(join(folder, 'build', 'phone.cjs'), 'one');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('what was kept is found as it was, a figure that is none among it', () => {
  kept().keep('digits', result);
  expect(kept().find('digits')).toEqual(result);
  expect(kept().find('crowd')).toBeUndefined();
});

test('another build of the phone has no results yet', () => {
  kept().keep('digits', result);
  writeFileSync(join(folder, 'build', 'phone.cjs'), 'two');
  expect(kept().find('digits')).toBeUndefined();
});

test('a file that was cut short is as good as none', () => {
  kept().keep('digits', result);
  const [build = ''] = readdirSync(join(folder, 'kept'));
  truncateSync(join(folder, 'kept', build, 'digits.bin'), 20);
  expect(kept().find('digits')).toBeUndefined();
});
