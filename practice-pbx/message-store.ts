/**
 * Mailboxes on disk, one folder for each: `<id>.wav` and `<id>.json` for a message, `greeting.wav` for the owner's
 * greeting. Files appear whole (written aside, then renamed), the description last: a message that was cut off by a
 * crash does not exist. Reading and writing wait for the disk; a message is one megabyte at most.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { MailboxMessage } from './mailbox-menu.ts';
import type { RecordedSound } from './prompt-library.ts';
import { decodeWave, durationOf, encodeWave } from './telephone-sound.ts';

/** A box takes no more messages than this. */
export const boxCapacity = 100;

const descriptionSchema = z.object({
  from: z.string().max(64),
  atMs: z.number().int().nonnegative(),
  durationMs: z.number().nonnegative(),
  isNew: z.boolean(),
});

export class MessageStore implements RecordedSound {
  readonly #folder: string;

  /** `folder` is made when it is first needed, readable by its owner alone. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** New ones first, each group from old to young. Damaged ones are left out. */
  list(box: string): MailboxMessage[] {
    return this.#names(box)
      .flatMap((name) => (name.endsWith('.json') ? (this.#describe(box, name.slice(0, -5)) ?? []) : []))
      .sort((a, b) => Number(b.isNew) - Number(a.isNew) || a.atMs - b.atMs);
  }

  /** Keeps a message and gives its id. Throws when the disk refuses. */
  add(box: string, message: { from: string; atMs: number; samples: Int16Array }): string {
    const id = `${message.atMs}-${randomBytes(4).toString('hex')}`;
    this.#write(box, `${id}.wav`, encodeWave(message.samples));
    this.#writeDescription(box, {
      id,
      from: message.from,
      atMs: message.atMs,
      durationMs: durationOf(message.samples.length),
      isNew: true,
    });
    return id;
  }

  /** The message is no longer new. Unknown ids change nothing. */
  markHeard(box: string, id: string): void {
    const message = this.#describe(box, id);
    if (message !== undefined) this.#writeDescription(box, { ...message, isNew: false });
  }

  delete(box: string, id: string): void {
    if (!isFileName(id)) return;
    rmSync(this.#path(box, `${id}.json`), { force: true });
    rmSync(this.#path(box, `${id}.wav`), { force: true });
  }

  isFull(box: string): boolean {
    return this.list(box).length >= boxCapacity;
  }

  readMessage(box: string, id: string): Int16Array | undefined {
    return isFileName(id) ? this.#readSound(box, `${id}.wav`) : undefined;
  }

  hasGreeting(box: string): boolean {
    return this.#names(box).includes('greeting.wav');
  }

  readGreeting(box: string): Int16Array | undefined {
    return this.#readSound(box, 'greeting.wav');
  }

  writeGreeting(box: string, samples: Int16Array): void {
    this.#write(box, 'greeting.wav', encodeWave(samples));
  }

  /** Back to the standard greeting. */
  deleteGreeting(box: string): void {
    rmSync(this.#path(box, 'greeting.wav'), { force: true });
  }

  #describe(box: string, id: string): MailboxMessage | undefined {
    if (!isFileName(id)) return undefined;
    try {
      const read: unknown = JSON.parse(readFileSync(this.#path(box, `${id}.json`), 'utf8'));
      const parsed = descriptionSchema.safeParse(read);
      return parsed.success ? { id, ...parsed.data } : undefined;
    } catch {
      return undefined;
    }
  }

  #writeDescription(box: string, { id, ...description }: MailboxMessage): void {
    this.#write(box, `${id}.json`, Buffer.from(`${JSON.stringify(description)}\n`, 'utf8'));
  }

  #readSound(box: string, name: string): Int16Array | undefined {
    try {
      return decodeWave(readFileSync(this.#path(box, name)));
    } catch {
      return undefined;
    }
  }

  #write(box: string, name: string, content: Uint8Array): void {
    mkdirSync(join(this.#folder, box), { recursive: true, mode: 0o700 });
    const path = this.#path(box, name);
    const aside = `${path}.${randomBytes(4).toString('hex')}.part`;
    writeFileSync(aside, content, { mode: 0o600 });
    renameSync(aside, path);
  }

  #names(box: string): string[] {
    try {
      return readdirSync(join(this.#folder, box));
    } catch {
      return [];
    }
  }

  #path(box: string, name: string): string {
    return join(this.#folder, box, name);
  }
}

/** Ids name files: nothing that leads out of the folder. */
function isFileName(id: string): boolean {
  return /^[0-9a-f-]+$/.test(id);
}
