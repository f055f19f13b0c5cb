/** Starts a reflector (reflector-process.ts) on the last processor of this computer. */
import { cpus } from 'node:os';
import { join } from 'node:path';
import { startListening } from '../support/listening-process.ts';

export interface Reflector {
  sipPort: number;
  rtpPort: number;
  close(): Promise<void>;
}

/** @param address of this computer to listen at */
export async function startReflector(address: string): Promise<Reflector> {
  const script = join(import.meta.dirname, 'reflector-process.ts');
  const { ports, close } = await startListening(script, [address], { processor: cpus().length - 1 });
  const [sipPort = 0, rtpPort = 0] = ports;
  return { sipPort, rtpPort, close };
}
