/**
 * A file that remembers what happened: one JSON object a line, oldest first, so that an entry costs one short append. Lines that
 * cannot be read are passed over; the file is made short again when it has grown to twice its useful length.
 */
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { z } from 'zod';
import { replaceFile } from './whole-file.ts';

const keptEntries = 200;

export interface Journal<T> {
  /** The 200 newest entries, newest first. */
  load(): T[];
  append(entry: T): Promise<void>;
  clear(): Promise<void>;
}

/** Opens a file whose entries are of the schema; it is created by the first entry. */
export function openJournal<T>(file: string, schema: z.ZodType<T>): Journal<T> {
  const readEntries = (): T[] =>
    readLines(file).flatMap((line) => {
      try {
        const parsed = schema.safeParse(JSON.parse(line));
        return parsed.success ? [parsed.data] : [];
      } catch {
        return [];
      }
    });
  return {
    load: () => readEntries().slice(-keptEntries).reverse(),
    append: async (entry) => {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      const lines = readLines(file);
      if (lines.length >= 2 * keptEntries) {
        const kept = [...readEntries().slice(1 - keptEntries), entry];
        replaceFile(file, kept.map((each) => `${JSON.stringify(each)}\n`).join(''));
        return;
      }
      // A line that was cut off by a crash must not swallow the new one.
      const start = lines.length > 0 && lines.at(-1) !== '' ? '\n' : '';
      appendFileSync(file, `${start}${JSON.stringify(entry)}\n`, { mode: 0o600 });
    },
    clear: async () => replaceFile(file, ''),
  };
}

function readLines(file: string): string[] {
  try {
    const text = readFileSync(file, 'utf8');
    return text === '' ? [] : text.split('\n');
  } catch {
    return [];
  }
}
