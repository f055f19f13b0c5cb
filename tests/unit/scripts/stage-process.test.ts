import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { endOfLog, runStageProcess, type StageEnd } from '../../../scripts/stage-process.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stage-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(script: string, limitMs = 20_000): Promise<StageEnd> {
  return runStageProcess({
    command: process.execPath,
    args: ['-e', script],
    cwd: folder,
    env: process.env,
    logFile: join(folder, 'log'),
    limitMs,
  });
}

describe('a stage process', () => {
  test('tells its status and leaves both its outputs in the log, without colours', async () => {
    const end = await run(
      'console.log("out"); console.error("\\u001b[31merr\\u001b[39m"); process.exitCode = 3',
    );
    expect(end).toEqual({ kind: 'exited', status: 3 });
    expect(endOfLog(join(folder, 'log')).split('\n')).toEqual(['out', 'err']);
  });

  test('is ended with its children when its time is up', async () => {
    const script = `
      const { spawn } = require('node:child_process');
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
      require('node:fs').writeFileSync('child', String(child.pid));
      setInterval(() => {}, 1000);`;
    expect(await run(script, 1500)).toEqual({ kind: 'timed-out' });
    const child = Number(readFileSync(join(folder, 'child'), 'utf8'));
    await delay(200);
    expect(isRunning(child)).toBe(false);
  });

  test('takes what it has left running with it when it ends', async () => {
    const script = `
      const { spawn } = require('node:child_process');
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
      require('node:fs').writeFileSync('child', String(child.pid));
      child.unref();`;
    expect(await run(script)).toEqual({ kind: 'exited', status: 0 });
    await delay(200);
    expect(isRunning(Number(readFileSync(join(folder, 'child'), 'utf8')))).toBe(false);
  });

  test('that cannot be started has a status that is not 0', async () => {
    const logFile = join(folder, 'log');
    const end = await runStageProcess({
      command: join(folder, 'nothing'),
      args: [],
      cwd: folder,
      env: process.env,
      logFile,
      limitMs: 1000,
    });
    expect(end).toEqual({ kind: 'exited', status: -1 });
  });
});

/** A process that ended but that nobody has waited for yet (Z) does not run. */
function isRunning(pid: number): boolean {
  const status = `/proc/${pid}/status`;
  return existsSync(status) && !/^State:\s+[ZX]/m.test(readFileSync(status, 'utf8'));
}
