/** The bare Node loop (floor-process.mjs), which phones are held against. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { NetworkNamespace } from '../support/network-namespace.ts';
import type { Reflector } from './reflector.ts';

export interface FloorRun {
  seconds: number;
  /** One when absent. */
  calls?: number;
  /** Runs on this processor alone, counted from 0. */
  processor?: number;
}

/** Starts it inside a network, towards a reflector outside. */
export function startFloor(
  network: NetworkNamespace,
  { rtpPort }: Reflector,
  { seconds, calls = 1, processor }: FloorRun,
): { pid: number; exited: Promise<unknown> } {
  const pinned = processor === undefined ? [] : ['taskset', '-c', String(processor)];
  const script = join(import.meta.dirname, 'floor-process.mjs');
  const numbers = [rtpPort, seconds, calls].map(String);
  const [program = '', ...given] = [...pinned, process.execPath, script, network.hostAddress, ...numbers];
  const [command, words] = network.command(program, ...given);
  const child = spawn(command, words, { stdio: 'ignore' });
  return { pid: child.pid ?? 0, exited: once(child, 'exit') };
}
