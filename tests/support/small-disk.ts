/** A real disk that is soon full: a tmpfs of a few kilobytes. Needs Linux and root. */
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from './run-command.ts';

const commandTimeoutMs = 10_000;

export class SmallDisk {
  /** Where it is mounted. */
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Why none can be had here, or undefined when one can. */
  static async missing(): Promise<string | undefined> {
    if (process.platform !== 'linux') return 'a disk of a few kilobytes is Linux only';
    if (process.getuid?.() !== 0) return 'to mount a disk needs root';
    try {
      await (await SmallDisk.mount(16)).close();
      return undefined;
    } catch (error) {
      return `no disk can be mounted here: ${String(error)}`;
    }
  }

  static async mount(kilobytes: number): Promise<SmallDisk> {
    const folder = mkdtempSync(join(tmpdir(), 'sidetone-disk-'));
    const disk = new SmallDisk(folder);
    await disk.#run('mount', '-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'sidetone-test', folder);
    return disk;
  }

  /** Nothing can be written to it from here on. */
  async makeReadOnly(): Promise<void> {
    await this.#run('mount', '-o', 'remount,ro', this.folder);
  }

  async #run(command: string, ...args: string[]): Promise<void> {
    const { status, stderr } = await runCommand(command, args, { timeoutMs: commandTimeoutMs });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr.trim()}`);
  }

  /** Unmounts it, with all that is on it. */
  async close(): Promise<void> {
    await this.#run('umount', this.folder);
    rmdirSync(this.folder);
  }
}
