/** Runs one stage's command in a process group of its own, within a bounded time, with its output in a file. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { plain } from './tally.ts';

export interface StageProcess {
  command: string;
  args: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  logFile: string;
  limitMs: number;
}

export type StageEnd = { kind: 'exited'; status: number } | { kind: 'timed-out' };

const killGraceMs = 5_000;
const running = new Set<ChildProcess>();

export function runStageProcess(stage: StageProcess): Promise<StageEnd> {
  const log = openSync(stage.logFile, 'w');
  return new Promise((resolve) => {
    const child = spawn(stage.command, stage.args, {
      cwd: stage.cwd,
      env: stage.env,
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    running.add(child);
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      endGroup(child);
    }, stage.limitMs);
    const settle = (end: StageEnd): void => {
      clearTimeout(timer);
      running.delete(child);
      resolve(end);
    };
    child.once('error', () => settle({ kind: 'exited', status: -1 }));
    child.once('exit', (code) => {
      // What it has left behind in its group ends with it.
      signalGroup(child, 'SIGKILL');
      settle(timedOut ? { kind: 'timed-out' } : { kind: 'exited', status: code ?? -1 });
    });
  });
}

/** Ends whatever runs: on interruption. */
export function endRunningStages(): void {
  for (const child of running) endGroup(child);
}

function endGroup(child: ChildProcess): void {
  // Not SIGTERM: on SIGINT the test runners still tell what they have so far.
  signalGroup(child, 'SIGINT');
  setTimeout(() => {
    if (child.exitCode === null) signalGroup(child, 'SIGKILL');
  }, killGraceMs).unref();
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is already gone.
  }
}

/** The last lines of a log, for a stage that ended without telling its results. */
export function endOfLog(file: string, lines = 25): string {
  return plain(readFileSync(file, 'utf8')).split('\n').slice(-lines).join('\n');
}
