/**
 * The calls of the past in `calls.jsonl`: one JSON object a line, oldest first, so that a call costs one short append. Lines
 * that cannot be read are passed over; the file is made short again when it has grown to twice its useful length.
 */
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CallLog } from '../contract/services.ts';
import { type HistoryEntry, historyEntry } from '../contract/snapshot.ts';
import type { Folders } from './folders.ts';
import { replaceFile } from './whole-file.ts';

const keptEntries = 200;

/** Opens the log of these folders; the file is created by the first call. */
export function openCallLog(folders: Pick<Folders, 'data'>): CallLog {
  const file = join(folders.data, 'calls.jsonl');
  return {
    load: () => readEntries(file).slice(-keptEntries).reverse(),
    append: async (entry) => {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      const lines = readLines(file);
      if (lines.length >= 2 * keptEntries) {
        const kept = [...readEntries(file).slice(1 - keptEntries), entry];
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

function readEntries(file: string): HistoryEntry[] {
  return readLines(file).flatMap((line) => {
    try {
      const parsed = historyEntry.safeParse(JSON.parse(line));
      return parsed.success ? [parsed.data] : [];
    } catch {
      return [];
    }
  });
}
