/**
 * The one settings document, `settings.json` in the configuration folder, shared by the desktop app, the browser shell and
 * the command line. Written whole by rename under a lock, so there is one writer at a time and never half a document. It
 * holds what differs from nothing: missing keys take the defaults, and a damaged document is set aside, never lost.
 */
import { mkdirSync, readFileSync, renameSync, watch as watchFolder } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type LockOptions, lock, lockSync } from 'proper-lockfile';
import { ZodError } from 'zod';
import { PhoneFailure } from '../contract/errors.ts';
import { describeIssues } from '../contract/issues.ts';
import type { SettingsStore } from '../contract/services.ts';
import { type Settings, completeSettings, defaultSettings, layOver, settings } from '../contract/settings.ts';
import type { Folders } from './folders.ts';
import { replaceFile } from './whole-file.ts';

/** A writer that died leaves its lock behind: after so long it no longer counts. */
const staleLockMs = 5_000;
/** Retries while another process writes, about two seconds in all. */
const lockRetries = { retries: 25, minTimeout: 20, maxTimeout: 100, factor: 1.3 };
/** Editors and renames cause several notifications for one change. */
const settleMs = 50;

type Reading = { settings: Settings; text: string; problem: null } | { text: string; problem: string };

export interface SettingsStoreOptions {
  /** Dates the name of a damaged document that is set aside. */
  now?: () => Date;
}

/** Opens the document of these folders; it is created by the first save. */
export function openSettingsStore(
  folders: Pick<Folders, 'config'>,
  options: SettingsStoreOptions = {},
): SettingsStore {
  return new SettingsFile(join(folders.config, 'settings.json'), options.now ?? (() => new Date()));
}

class SettingsFile implements SettingsStore {
  readonly #file: string;
  readonly #now: () => Date;
  readonly #ends = new Set<() => void>();
  #problem: string | null = null;
  /** The text that this store last read or wrote: changes by others differ from it. */
  #knownText = '';

  constructor(file: string, now: () => Date) {
    this.#file = file;
    this.#now = now;
  }

  get problem(): string | null {
    return this.#problem;
  }

  load(): Settings {
    const reading = this.#read();
    this.#knownText = reading.text;
    this.#problem = null;
    if (reading.problem === null) return reading.settings;
    const rescued = rescueSettings(reading.text);
    const aside = this.#setAside(rescued);
    this.#problem = `${reading.problem} (${aside === null ? 'the file is left as it is' : `kept as ${aside}`})`;
    return rescued;
  }

  async save(wanted: Settings): Promise<void> {
    const text = `${JSON.stringify(settings.parse(wanted), null, 2)}\n`;
    const unlock = await this.#lock();
    try {
      replaceFile(this.#file, text);
      this.#knownText = text;
    } catch (thrown) {
      throw unwritable(thrown);
    } finally {
      // A lock that was taken over after a long suspension is no longer ours to free.
      await unlock().catch(() => undefined);
    }
  }

  watch(listener: (changed: Settings) => void): () => void {
    const folder = dirname(this.#file);
    const name = basename(this.#file);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    let settling: NodeJS.Timeout | undefined;
    const look = () => {
      const reading = this.#read();
      if (reading.problem !== null || reading.text === this.#knownText) return;
      this.#knownText = reading.text;
      listener(reading.settings);
    };
    // The folder is watched, not the file: each save puts a new file in the old one's place.
    const watcher = watchFolder(folder, { persistent: false }, (_event, changed) => {
      if (changed !== null && changed !== name) return;
      clearTimeout(settling);
      settling = setTimeout(look, settleMs);
    });
    watcher.on('error', () => watcher.close());
    const end = () => {
      clearTimeout(settling);
      watcher.close();
      this.#ends.delete(end);
    };
    this.#ends.add(end);
    return end;
  }

  close(): void {
    for (const end of [...this.#ends]) end();
  }

  #read(): Reading {
    let text: string;
    try {
      text = readFileSync(this.#file, 'utf8');
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') {
        return { settings: defaultSettings, text: '', problem: null };
      }
      return { text: '', problem: thrown instanceof Error ? thrown.message : String(thrown) };
    }
    try {
      return { settings: completeSettings(parseDocument(text)), text, problem: null };
    } catch (thrown) {
      return { text, problem: describeDamage(thrown) };
    }
  }

  async #lock(): Promise<() => Promise<void>> {
    try {
      mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
      return await lock(this.#file, { ...this.#lockOptions(), retries: lockRetries });
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ELOCKED') throw new PhoneFailure('settings.locked');
      throw unwritable(thrown);
    }
  }

  /** Puts the rescued settings in the damaged document's place. Returns the damaged one's new name, or null if it stays. */
  #setAside(rescued: Settings): string | null {
    const stamp = this.#now().toISOString().replaceAll(':', '-').replace(/\..*$/, '');
    const aside = join(dirname(this.#file), `settings.damaged-${stamp}.json`);
    try {
      const unlock = lockSync(this.#file, this.#lockOptions());
      try {
        renameSync(this.#file, aside);
        const text = `${JSON.stringify(rescued, null, 2)}\n`;
        replaceFile(this.#file, text);
        this.#knownText = text;
      } finally {
        unlock();
      }
      return basename(aside);
    } catch {
      return null;
    }
  }

  #lockOptions(): LockOptions {
    // The default reaction to a compromised lock is to throw from a timer; the rename keeps the document whole anyway.
    return { realpath: false, stale: staleLockMs, onCompromised: () => undefined };
  }
}

function unwritable(thrown: unknown): PhoneFailure {
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new PhoneFailure('internal', { reason: `the settings could not be written: ${reason}` });
}

function parseDocument(text: string): Record<string, unknown> {
  const document: unknown = JSON.parse(text);
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new SyntaxError('the document is not a JSON object');
  }
  return document as Record<string, unknown>;
}

/** What is wrong, without the document's values. */
function describeDamage(thrown: unknown): string {
  if (thrown instanceof ZodError) return describeIssues(thrown);
  return 'settings.json is not a JSON document';
}

/** The sections of a damaged document that are valid on their own, over the defaults. */
function rescueSettings(text: string): Settings {
  let document: Record<string, unknown>;
  try {
    document = parseDocument(text);
  } catch {
    return defaultSettings;
  }
  let rescued = defaultSettings;
  for (const [key, value] of Object.entries(document)) {
    const attempt = settings.safeParse(layOver(rescued, { [key]: value }));
    if (attempt.success) rescued = attempt.data;
  }
  return rescued;
}
