/** The texts of the past, in `texts.jsonl`. */
import { join } from 'node:path';
import type { TextLog } from '../contract/services.ts';
import { textMessage } from '../contract/snapshot.ts';
import type { Folders } from './folders.ts';
import { openJournal } from './journal.ts';

/** Opens the log of these folders; the file is created by the first text. */
export function openTextLog(folders: Pick<Folders, 'data'>): TextLog {
  return openJournal(join(folders.data, 'texts.jsonl'), textMessage);
}
