/** What the desktop's engine takes in memory: its utility process with one call, beside a utility process that has nothing in it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { build } from 'esbuild';
import { ensureBuilt } from '../../scripts/ensure-ready.mjs';
import { ensureElectronRuntime, electronRuntimeVersion } from '../support/electron-runtime.ts';
import { projectRoot } from '../support/project-paths.ts';
import { startVirtualDisplay } from '../support/virtual-display.ts';
import { residentMegabytes } from './process-cost.ts';
import { atMost, type SectionOptions, type SectionResult } from './section.ts';

/** Start-up is over by then, and V8 has collected what it left. */
const settleMs = 10_000;
const startLimitMs = 30_000;
const limitMegabytes = 40;

interface Resident {
  empty: number;
  engine: number;
}

/** The app's folder: its main in one file, and the program of the empty process. */
async function makeApp(folder: string): Promise<void> {
  mkdirSync(folder);
  await build({
    entryPoints: [join(import.meta.dirname, 'desktop-process.ts')],
    outfile: join(folder, 'main.cjs'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node16',
    external: ['electron'],
    logLevel: 'error',
  });
  writeFileSync(join(folder, 'empty.cjs'), "process.parentPort.on('message', () => undefined);\n");
  writeFileSync(
    join(folder, 'package.json'),
    '{"name":"sidetone-bench","version":"1.0.0","main":"main.cjs"}\n',
  );
}

/** Waits for one of the app's events. */
async function eventOf(child: ChildProcess, lines: AsyncIterator<string>, wanted: string) {
  const tooLate = delay(startLimitMs, undefined, { ref: false }).then(() => {
    child.kill('SIGKILL');
    throw new Error(`the desktop's engine was not ${wanted} within ${startLimitMs / 1000} s`);
  });
  for (;;) {
    const { value, done } = await Promise.race([lines.next(), tooLate]);
    if (done === true) throw new Error(`Electron ended before the engine was ${wanted}`);
    if (!value.startsWith('{')) continue;
    const event = JSON.parse(value) as Record<string, unknown>;
    if (event['event'] === wanted) return event;
  }
}

async function measure(executable: string, folder: string, display: string): Promise<Resident> {
  const home = mkdtempSync(join(folder, 'home-'));
  const child = spawn(executable, ['--no-sandbox', `--user-data-dir=${home}`, join(folder, 'app')], {
    env: {
      ...process.env,
      DISPLAY: display,
      SIDETONE_HOME: home,
      SIDETONE_BENCH_BUNDLES: join(projectRoot, 'dist-test/electron'),
      SIDETONE_BENCH_EMPTY: join(folder, 'app/empty.cjs'),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const exited = once(child, 'exit');
  try {
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { empty, engine } = await eventOf(child, lines, 'started');
    await eventOf(child, lines, 'connected');
    await delay(settleMs);
    return { empty: residentMegabytes(Number(empty)), engine: residentMegabytes(Number(engine)) };
  } finally {
    child.stdin.end();
    await exited;
  }
}

export async function desktopSection({ short, say }: SectionOptions): Promise<SectionResult> {
  const electron = await ensureElectronRuntime();
  if (!electron.ready) throw new Error(electron.reason);
  ensureBuilt('test');
  const display = await startVirtualDisplay();
  if (!display.ready) throw new Error(display.reason);
  const folder = mkdtempSync(join(tmpdir(), 'sidetone-desktop-'));
  const measured: Resident[] = [];
  try {
    await makeApp(join(folder, 'app'));
    for (let round = 1; round <= (short ? 1 : 3); round += 1) {
      say(`round ${round}`);
      measured.push(await measure(electron.value, folder, display.value.display));
    }
  } finally {
    await display.value.close();
    rmSync(folder, { recursive: true, force: true });
  }
  const above = measured.map(({ empty, engine }) => engine - empty);
  const row = (title: string, of: (each: Resident) => number) => ({
    title,
    unit: 'MB',
    digits: 1,
    values: { sidetone: measured.map(of) },
  });
  return {
    rows: [
      row('empty utility process', ({ empty }) => empty),
      row('engine with one call', ({ engine }) => engine),
      row('engine above the empty one', ({ empty, engine }) => engine - empty),
    ],
    verdicts: [
      atMost('M11', 'memory above an empty utility process', Math.max(...above), limitMegabytes, {
        digits: 1,
        unit: 'MB',
      }),
    ],
    notes: [
      `In Electron ${electronRuntimeVersion}, with bundles lowered to its Node 16: they carry polyfills that a newer Electron is spared.`,
    ],
  };
}
