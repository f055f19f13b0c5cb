/**
 * Launches the practice PBX in this process, with a data folder of its own. When another Sidetone on this computer already
 * uses that folder, a temporary one takes its place for this run: the practice line always works.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PracticeLine } from '../contract/services.ts';
import type { startPracticePbx as start } from '../practice-pbx/practice-pbx.ts';
import type { Folders } from './folders.ts';

type PracticePbxOptions = Parameters<typeof start>[0];

export interface PracticeLineOptions {
  folders: Folders;
  log: PracticePbxOptions['log'];
  /** UDP port on loopback; 0 or absent: a free one. */
  port?: number;
  /** Where messages and the password are kept; absent: the usual place. */
  dataFolder?: string;
  /** It comes back after a crash: the same folder, and so the same password, once its old lock counts no longer (about 10 s). */
  outlivesCrash?: boolean;
}

export interface RunningPracticeLine extends PracticeLine {
  /** Holds the password, readable by this user only. */
  passwordFile: string;
  /** Ends its calls and frees port and folder. Idempotent. */
  close(): Promise<void>;
}

/** Starts the practice PBX. Rejects when the port is taken or the sockets cannot be had. */
export async function launchPracticeLine(options: PracticeLineOptions): Promise<RunningPracticeLine> {
  // Loaded where it runs: whoever has a server keeps no practice PBX in memory.
  const { DataFolderBusy } = await import('../practice-pbx/installation.ts');
  const { startPracticePbx } = await import('../practice-pbx/practice-pbx.ts');
  const { folders, log } = options;
  const dataFolder = options.dataFolder ?? join(folders.data, 'practice-pbx');
  const { port = 0, outlivesCrash = false } = options;
  const common = { port, promptsFolder: join(folders.resources, 'prompts'), log, outlivesCrash };
  try {
    return await startPracticePbx({ ...common, dataFolder });
  } catch (thrown) {
    if (!(thrown instanceof DataFolderBusy)) throw thrown;
  }
  const temporary = mkdtempSync(join(tmpdir(), 'sidetone-practice-'));
  log.warn(
    'The practice PBX is already in use by another Sidetone; this one keeps its messages until it ends.',
  );
  const discard = () => rmSync(temporary, { recursive: true, force: true });
  try {
    const pbx = await startPracticePbx({ ...common, dataFolder: temporary });
    return { ...pbx, close: () => pbx.close().finally(discard) };
  } catch (thrown) {
    discard();
    throw thrown;
  }
}
