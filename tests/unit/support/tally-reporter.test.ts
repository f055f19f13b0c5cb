import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cacheFolder, projectRoot } from '../../support/project-paths.ts';
import { runCommand } from '../../support/run-command.ts';
import type { TestOutcome } from '../../../scripts/tally.ts';

let folder: string;

beforeAll(() => {
  mkdirSync(cacheFolder, { recursive: true });
  folder = mkdtempSync(join(cacheFolder, 'tally-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('tells of each test what became of it, why, and of files that do not load', async () => {
  writeFileSync(
    join(folder, 'some.test.ts'),
    `import { describe, expect, test } from 'vitest';
     describe('a phone', () => {
       test('rings', () => {});
       test('answers', () => { expect(1).toBe(2); });
       test('records', (context) => context.skip('no microphone'));
       test.skip('dreams', () => {});
       let tries = 0;
       test('hears', { retry: 1 }, () => { tries += 1; expect(tries).toBe(2); });
     });`,
  );
  writeFileSync(join(folder, 'broken.test.ts'), `throw new Error('this file does not load');`);
  writeFileSync(join(folder, 'vitest.config.mjs'), 'export default {};\n');
  const tally = join(folder, 'tally.json');
  const run = await runCommand(
    process.execPath,
    [
      join(projectRoot, 'node_modules/vitest/vitest.mjs'),
      ...['run', '--root', folder],
      `--reporter=${join(projectRoot, 'tests/support/tally-reporter.ts')}`,
    ],
    { timeoutMs: 60_000, cwd: folder, env: { ...process.env, SIDETONE_TALLY_FILE: tally } },
  );
  expect(run.status, run.stderr).toBe(1);
  const outcomes = JSON.parse(readFileSync(tally, 'utf8')) as TestOutcome[];
  const byName = (a: TestOutcome, b: TestOutcome): number => a.name.localeCompare(b.name);
  expect(outcomes.sort(byName)).toEqual([
    { name: 'broken.test.ts', outcome: 'failed', detail: 'this file does not load' },
    {
      name: 'some.test.ts › a phone > answers',
      outcome: 'failed',
      detail: expect.stringContaining('expected 1 to be 2') as string,
    },
    { name: 'some.test.ts › a phone > dreams', outcome: 'skipped', detail: 'no reason given' },
    {
      name: 'some.test.ts › a phone > hears',
      outcome: 'passed',
      detail: expect.stringContaining('expected 1 to be 2') as string,
    },
    { name: 'some.test.ts › a phone > records', outcome: 'skipped', detail: 'no microphone' },
    { name: 'some.test.ts › a phone > rings', outcome: 'passed', detail: '' },
  ]);
}, 90_000);
