/**
 * The practice PBX's folder: its mailboxes, the password of this installation, and the lock that keeps a second
 * instance out.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import lockfile from 'proper-lockfile';
import { Secret } from '../contract/secret.ts';
import type { Logger } from '../engine/log.ts';

/** Another practice PBX works in this folder. */
export class DataFolderBusy extends Error {
  readonly code = 'ELOCKED';
  constructor(folder: string) {
    super(`another practice PBX is using ${folder}`);
    this.name = 'DataFolderBusy';
  }
}

export interface Installation {
  password: Secret;
  passwordFile: string;
  mailboxFolder: string;
  /** Lets another instance in. Idempotent. */
  release(): Promise<void>;
}

/** A lock whose holder has not renewed it for this long is left over from a crash. */
const staleMs = 10_000;
const retryMs = 500;

/**
 * Makes the folder and the password when they are missing. Rejects with DataFolderBusy, or with what the disk says.
 * @param outlivesCrash waits until the lock of an instance that died counts no longer (about 10 s)
 */
export async function openInstallation(
  folder: string,
  log: Logger,
  outlivesCrash = false,
): Promise<Installation> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const unlock = await lock(folder, log, outlivesCrash ? staleMs / retryMs + 4 : 0);
  try {
    const passwordFile = join(folder, 'password');
    const password = readPassword(passwordFile) ?? makePassword(passwordFile);
    let released: Promise<void> | undefined;
    return {
      password,
      passwordFile,
      mailboxFolder: join(folder, 'mailboxes'),
      release: () => (released ??= unlock().catch((reason: unknown) => log.warn(`lock: ${String(reason)}`))),
    };
  } catch (reason) {
    await unlock();
    throw reason;
  }
}

async function lock(folder: string, log: Logger, retries: number): Promise<() => Promise<void>> {
  try {
    return await lockfile.lock(folder, {
      realpath: false,
      lockfilePath: join(folder, 'in-use.lock'),
      stale: staleMs,
      retries: { retries, factor: 1, minTimeout: retryMs, maxTimeout: retryMs },
      onCompromised: (reason) => log.warn(`the lock of the data folder was lost: ${reason.message}`),
    });
  } catch (reason) {
    if (reason instanceof Error && 'code' in reason && reason.code === 'ELOCKED')
      throw new DataFolderBusy(folder);
    throw reason;
  }
}

/** The password on disk, or undefined when there is none that can be used. */
function readPassword(file: string): Secret | undefined {
  try {
    const text = readFileSync(file, 'utf8').trim();
    if (text === '') return undefined;
    chmodSync(file, 0o600);
    return new Secret(text);
  } catch {
    return undefined;
  }
}

/** 144 random bits, readable by the owner alone from its first byte on. */
function makePassword(file: string): Secret {
  const password = randomBytes(18).toString('base64url');
  writeFileSync(`${file}.part`, `${password}\n`, { mode: 0o600 });
  renameSync(`${file}.part`, file);
  return new Secret(password);
}
