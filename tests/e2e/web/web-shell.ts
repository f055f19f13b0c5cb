/** The browser shell as a process of its own, with a home of its own. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot } from '../../support/project-paths.ts';

export interface RunningWebShell {
  /** With the one-time token. */
  address: string;
  /** Interrupts it as Ctrl-C does; resolves to its exit status. */
  interrupt: () => Promise<number | null>;
  /** Ends it in order. Idempotent. */
  close: () => Promise<void>;
}

/** Starts it; resolves when it has told its address. */
export async function startWebShell(home: string): Promise<RunningWebShell> {
  const shell = spawn(process.execPath, [join(projectRoot, 'dist/web/main.cjs'), '--no-open', '--json'], {
    env: { ...process.env, SIDETONE_HOME: home },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const first = await new Promise<string>((resolve, reject) => {
    createInterface({ input: shell.stdout }).once('line', resolve);
    shell.once('exit', (code) => reject(new Error(`the shell ended with ${code}`)));
  });
  const end = (signal: 'SIGINT' | 'SIGTERM') => {
    const left = new Promise<number | null>((resolve) => shell.once('exit', resolve));
    shell.kill(signal);
    return left;
  };
  const close = async () => {
    if (shell.exitCode === null && shell.signalCode === null) await end('SIGTERM');
  };
  const { event, url } = JSON.parse(first) as { event: string; url: string };
  if (event !== 'ready') throw new Error(`the shell's first line is ${first}`);
  return { address: url, interrupt: () => end('SIGINT'), close };
}
