/** The calls of the past, in `calls.jsonl`. */
import { join } from 'node:path';
import type { CallLog } from '../contract/services.ts';
import { historyEntry } from '../contract/snapshot.ts';
import type { Folders } from './folders.ts';
import { openJournal } from './journal.ts';

/** Opens the log of these folders; the file is created by the first call. */
export function openCallLog(folders: Pick<Folders, 'data'>): CallLog {
  return openJournal(join(folders.data, 'calls.jsonl'), historyEntry);
}
