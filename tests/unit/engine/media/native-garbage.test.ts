import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import { skipWhen } from '../../../support/skip.ts';

const moduleIn = (folder: string) => new URL(`../../../../engine/media/${folder}.ts`, import.meta.url).href;

/** A thread in real time that has little to do, but makes enough to have its old generation collected. */
const thread = `
  import { performance } from 'node:perf_hooks';
  import { parentPort } from 'node:worker_threads';
  import { askForRealTime } from '${moduleIn('thread-priority')}';
  await askForRealTime();
  const kept = [];
  const busy = [];
  let before = performance.eventLoopUtilization();
  let ticks = 0;
  setInterval(() => {
    for (let made = 0; made < 300; made += 1) kept.push({ made, more: Buffer.allocUnsafeSlow(200) });
    if (kept.length > 60_000) kept.splice(0, 30_000);
    ticks += 1;
    if (ticks % 20 > 0) return;
    const now = performance.eventLoopUtilization();
    busy.push(performance.eventLoopUtilization(now, before).utilization);
    before = now;
    if (ticks === 800) parentPort.postMessage(busy.slice(10));
  }, 5);
`;

/** Of 30 windows of a tenth of a second: in how many the thread did not pause at all. */
async function windowsWithoutPause(first: string): Promise<number> {
  const program = `
    import { Worker } from 'node:worker_threads';
    import { sweepWithoutHelpers } from '${moduleIn('native-garbage')}';
    ${first}
    const worker = new Worker(new URL(${JSON.stringify(`data:text/javascript,${encodeURIComponent(thread)}`)}));
    worker.once('message', (busy) => {
      console.log(busy.filter((share) => share > 0.9).length);
      process.exit();
    });`;
  const node = [process.execPath, '--input-type=module', '-e', program];
  const { stdout } = await promisify(execFile)('taskset', ['--cpu-list', '0', ...node]);
  return Number(stdout);
}

/** Why a thread cannot be in real time on a processor of its own here. */
function whyNot(): string | undefined {
  if (process.platform !== 'linux') return 'real time and the choice of a processor are asked of Linux';
  try {
    execFileSync('chrt', ['--rr', '1', 'taskset', '--cpu-list', '0', 'true'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'the system does not grant real time on the first processor';
  }
}

describe('a thread in real time on a single processor', () => {
  beforeEach(skipWhen(whyNot()));

  it('pauses while its native heap is swept', async () => {
    expect(await windowsWithoutPause('sweepWithoutHelpers();')).toBeLessThan(3);
  });

  it('would not if it waited for helpers (when this fails, V8 has mended it, and the flag can go)', async () => {
    expect(await windowsWithoutPause('')).toBeGreaterThan(4);
  });
});
