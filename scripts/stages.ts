/** What `npm test` runs: for each stage what it needs, how it gets that, and how it is run. */
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureAsteriskRoot, withoutAsterisk } from '../tests/support/asterisk-root.ts';
import { debianPackages, ensureDebianPackages } from '../tests/support/debian-packages.ts';
import { ensureElectronRuntime } from '../tests/support/electron-runtime.ts';
import { projectRoot } from '../tests/support/project-paths.ts';
import { startVirtualDisplay } from '../tests/support/virtual-display.ts';
import { resolveElectron } from './electron-path.mjs';
import { isBuilt } from './ensure-ready.mjs';
import { endOfLog, runStageProcess } from './stage-process.ts';
import { fromPlaywright, type TestOutcome } from './tally.ts';

export interface Stage {
  /** For `--only`. */
  name: string;
  title: string;
  limitMs: number;
  /** Runs also when `--only` does not name it: the others stand on it. */
  always?: boolean;
  /** Resolves with what became of each of its tests. */
  run: (limitMs: number) => Promise<TestOutcome[]>;
}

const minute = 60_000;
const resultsFolder = 'test-results';
const node = process.execPath;

/** Tools by their scripts, so that they run on this very Node, on every system. */
const tool = {
  eslint: 'node_modules/eslint/bin/eslint.js',
  playwright: 'node_modules/@playwright/test/cli.js',
  prettier: 'node_modules/prettier/bin/prettier.cjs',
  typescript: 'node_modules/typescript/bin/tsc',
  vitest: 'node_modules/vitest/vitest.mjs',
} as const;

/**
 * Sound and time are measured on machines that do other things too: what fails is tried once more, and that it needed it is told, with
 * the first failure.
 */
const secondTry = { vitest: '--retry=1', playwright: '--retries=1' } as const;

function skipped(name: string, detail: string): TestOutcome[] {
  return [{ name, outcome: 'skipped', detail }];
}

/** One command that passes or fails as a whole. */
async function command(name: string, args: readonly string[], limitMs: number): Promise<TestOutcome> {
  const logFile = join(resultsFolder, `${name.replace(/[^a-z0-9]+/gi, '-')}.log`);
  const [executable = node, ...rest] = args;
  const end = await runStageProcess({
    command: executable,
    args: rest,
    cwd: projectRoot,
    env: process.env,
    logFile,
    limitMs,
  });
  if (end.kind === 'exited' && end.status === 0) return { name, outcome: 'passed', detail: '' };
  const why = end.kind === 'timed-out' ? `took longer than ${Math.round(limitMs / 1000)} s\n` : '';
  return { name, outcome: 'failed', detail: why + endOfLog(logFile) };
}

interface Suite {
  name: string;
  /** Where its tests are; the stage is skipped while there are none. */
  folder: string;
  args: readonly string[];
  env?: Record<string, string>;
}

/** A test runner's run, whose outcomes it leaves in a file. */
async function suite(
  { name, folder, args, env }: Suite,
  limitMs: number,
  read: (report: unknown) => TestOutcome[],
): Promise<TestOutcome[]> {
  if (!hasTests(folder)) return skipped(name, `there are no tests in ${folder}/`);
  const tallyFile = join(projectRoot, resultsFolder, `${name}.json`);
  const logFile = join(resultsFolder, `${name}.log`);
  rmSync(tallyFile, { force: true });
  const end = await runStageProcess({
    command: node,
    args,
    cwd: projectRoot,
    env: {
      ...process.env,
      ...env,
      SIDETONE_TALLY_FILE: tallyFile,
      PLAYWRIGHT_JSON_OUTPUT_FILE: tallyFile,
      FORCE_COLOR: '0',
    },
    logFile,
    limitMs,
  });
  const outcomes = existsSync(tallyFile) ? read(JSON.parse(readFileSync(tallyFile, 'utf8'))) : [];
  if (end.kind === 'timed-out') {
    outcomes.push({
      name,
      outcome: 'failed',
      detail: `took longer than ${Math.round(limitMs / 1000)} s\n${endOfLog(logFile)}`,
    });
  } else if (end.status !== 0 && !outcomes.some(({ outcome }) => outcome === 'failed')) {
    outcomes.push({
      name,
      outcome: 'failed',
      detail: `ended with status ${end.status}\n${endOfLog(logFile)}`,
    });
  }
  return outcomes;
}

function hasTests(folder: string): boolean {
  if (!existsSync(folder)) return false;
  return readdirSync(folder, { recursive: true }).some((file) => /\.(test|spec)\.ts$/.test(String(file)));
}

function vitest(wanted: Suite, limitMs: number): Promise<TestOutcome[]> {
  const args = [
    ...[tool.vitest, 'run', secondTry.vitest, ...wanted.args],
    ...['--reporter=verbose', '--reporter=./tests/support/tally-reporter.ts'],
  ];
  return suite({ ...wanted, args }, limitMs, (report) => report as TestOutcome[]);
}

function playwright(
  project: 'gallery' | 'web' | 'electron',
  env: Record<string, string>,
  limitMs: number,
  options: readonly string[] = [],
) {
  const name = `e2e-${project}`;
  const args = [
    tool.playwright,
    'test',
    `--project=${project}`,
    '--reporter=list,json',
    secondTry.playwright,
    ...options,
  ];
  return suite({ name, folder: 'tests/e2e', args, env }, limitMs, (report) =>
    fromPlaywright(report as Parameters<typeof fromPlaywright>[0]),
  );
}

async function build(limitMs: number): Promise<TestOutcome[]> {
  const outcomes: TestOutcome[] = [];
  for (const target of ['product', 'test'] as const) {
    const name = `build ${target}`;
    outcomes.push(
      isBuilt(target)
        ? { name, outcome: 'passed', detail: '' }
        : await command(name, [node, 'scripts/build.mjs', `--target=${target}`], limitMs),
    );
  }
  return outcomes;
}

async function check(limitMs: number): Promise<TestOutcome[]> {
  return [
    await command('types', [node, tool.typescript, '-b'], limitMs),
    await command('lint', [node, tool.eslint, '--max-warnings', '0', '.'], limitMs),
    await command('format', [node, tool.prettier, '--check', '--log-level', 'warn', '.'], limitMs),
  ];
}

async function unit(limitMs: number): Promise<TestOutcome[]> {
  await ensureDebianPackages(debianPackages.keychain);
  const args = ['tests/unit', '--exclude', 'tests/unit/native-wasm/**'];
  return vitest({ name: 'unit', folder: 'tests/unit', args }, limitMs);
}

async function nativeWasm(limitMs: number): Promise<TestOutcome[]> {
  const folder = 'tests/unit/native-wasm';
  return vitest({ name: 'native-wasm', folder, args: [folder] }, limitMs);
}

/** Tests against Asterisk skip themselves when there is none; the rest of the stage runs all the same. */
async function withAsterisk(name: 'interop' | 'torture', limitMs: number): Promise<TestOutcome[]> {
  await ensureDebianPackages([...debianPackages.speech, ...debianPackages.interop]);
  const asterisk = await ensureAsteriskRoot();
  return serverSuite(name, limitMs, asterisk.ready ? {} : withoutAsterisk(asterisk.reason));
}

function serverSuite(name: string, limitMs: number, env: Record<string, string> = {}) {
  const folder = `tests/${name}`;
  return vitest({ name, folder, args: ['--config', 'vitest.interop.config.ts', folder], env }, limitMs);
}

async function endToEndWeb(limitMs: number): Promise<TestOutcome[]> {
  const named = process.env['SIDETONE_TEST_CHROMIUM'];
  await ensureDebianPackages(debianPackages.speech);
  if (named === undefined) {
    const chromium = await ensureDebianPackages(debianPackages.chromium);
    if (!chromium.ready) return skipped('e2e-web', chromium.reason);
  }
  const env = { SIDETONE_TEST_CHROMIUM: named ?? '/usr/bin/chromium' };
  const startedAt = performance.now();
  const drawn = await playwright('gallery', env, limitMs, ['--workers=2']);
  return [...drawn, ...(await playwright('web', env, limitMs - (performance.now() - startedAt)))];
}

/** The product's own Electron where it is installed, else the tests' runtime. */
async function electronForTests(): ReturnType<typeof ensureElectronRuntime> {
  const found = resolveElectron();
  if (found !== undefined && found.kind !== 'test') return { ready: true, value: found.executable };
  return ensureElectronRuntime();
}

async function endToEndElectron(limitMs: number): Promise<TestOutcome[]> {
  const packages = [...debianPackages.speech, ...debianPackages.keychain, 'xvfb'];
  await ensureDebianPackages(packages);
  const electron = await electronForTests();
  if (!electron.ready) return skipped('e2e-electron', electron.reason);
  const display = await startVirtualDisplay();
  if (!display.ready) return skipped('e2e-electron', display.reason);
  try {
    const env = { DISPLAY: display.value.display, SIDETONE_TEST_ELECTRON: electron.value };
    return await playwright('electron', env, limitMs);
  } finally {
    await display.value.close();
  }
}

async function packaging(limitMs: number): Promise<TestOutcome[]> {
  const electron = await electronForTests();
  if (!electron.ready) return skipped('packaging', electron.reason);
  const display = await startVirtualDisplay();
  if (!display.ready) return skipped('packaging', display.reason);
  try {
    const env = { DISPLAY: display.value.display, SIDETONE_TEST_ELECTRON: electron.value };
    return await serverSuite('packaging', limitMs, env);
  } finally {
    await display.value.close();
  }
}

export const stages: readonly Stage[] = [
  {
    name: 'build',
    title: 'build for the product and for the tests',
    limitMs: 5 * minute,
    always: true,
    run: build,
  },
  { name: 'check', title: 'types, lint, format', limitMs: 5 * minute, run: check },
  { name: 'unit', title: 'unit', limitMs: 10 * minute, run: unit },
  {
    name: 'native-wasm',
    title: 'native-wasm against the ITU-T vectors',
    limitMs: 5 * minute,
    run: nativeWasm,
  },
  {
    name: 'interop',
    title: 'interop with Asterisk 22, Kamailio, baresip, linphone and SIPp',
    limitMs: 26 * minute,
    run: (limitMs) => withAsterisk('interop', limitMs),
  },
  {
    name: 'torture',
    title: 'RFC 4475, broken messages, hostile datagrams during calls',
    limitMs: 6 * minute,
    run: (limitMs) => withAsterisk('torture', limitMs),
  },
  { name: 'e2e-web', title: 'end to end in Chromium', limitMs: 14 * minute, run: endToEndWeb },
  { name: 'e2e-electron', title: 'end to end in Electron', limitMs: 12 * minute, run: endToEndElectron },
  { name: 'packaging', title: 'packaging', limitMs: 6 * minute, run: packaging },
];
