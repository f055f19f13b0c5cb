/** Starts a reflector (reflector-process.ts) on the last processor of this computer. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { join } from 'node:path';

export interface Reflector {
  sipPort: number;
  rtpPort: number;
  close(): Promise<void>;
}

/** @param address of this computer to listen at */
export async function startReflector(address: string): Promise<Reflector> {
  const own = String(cpus().length - 1);
  const script = join(import.meta.dirname, 'reflector-process.ts');
  const child = spawn('taskset', ['-c', own, process.execPath, script, address], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const [sipPort = 0, rtpPort = 0] = line.toString('utf8').trim().split(' ').map(Number);
  return {
    sipPort,
    rtpPort,
    close: async () => {
      child.stdin.end();
      await exited;
    },
  };
}
