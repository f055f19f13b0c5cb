import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { HistoryEntry } from '../../../contract/snapshot.ts';
import { openCallLog } from '../../../host/call-log.ts';

let data: string;
const file = () => join(data, 'calls.jsonl');

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'sidetone-calls-'));
});
afterEach(() => {
  rmSync(data, { recursive: true, force: true });
});

function entry(number: number): HistoryEntry {
  return {
    id: `call-${number}`,
    accountId: 'practice',
    direction: 'outgoing',
    remote: { number: '1001', name: 'Operator', uri: 'sip:1001@127.0.0.1' },
    startedAt: number,
    answeredAt: null,
    endedAt: number + 1,
    talkSeconds: 0,
    outcome: 'cancelled',
    sentence: 'You hung up.',
    quality: null,
    recording: '',
  };
}

it('is empty where there is none', () => {
  expect(openCallLog({ data: join(data, 'missing') }).load()).toEqual([]);
});

it('gives calls back newest first', async () => {
  const log = openCallLog({ data });
  await log.append(entry(1));
  await log.append(entry(2));
  expect(
    openCallLog({ data })
      .load()
      .map(({ id }) => id),
  ).toEqual(['call-2', 'call-1']);
});

it('keeps the 200 newest and does not grow without end', async () => {
  const log = openCallLog({ data });
  for (let number = 0; number < 450; number++) await log.append(entry(number));
  const entries = log.load();
  expect(entries).toHaveLength(200);
  expect(entries[0]?.id).toBe('call-449');
  expect(entries.at(-1)?.id).toBe('call-250');
  expect(readFileSync(file(), 'utf8').split('\n').length).toBeLessThan(402);
});

it('passes over damaged lines and keeps the others', async () => {
  const log = openCallLog({ data });
  await log.append(entry(1));
  appendFileSync(file(), 'garbage\n{"id": 5}\n\u0000\u0000\n');
  await log.append(entry(2));
  expect(log.load().map(({ id }) => id)).toEqual(['call-2', 'call-1']);
});

it('does not lose a call after a line that a crash cut off', async () => {
  const log = openCallLog({ data });
  writeFileSync(file(), JSON.stringify(entry(1)).slice(0, 40));
  await log.append(entry(2));
  expect(log.load().map(({ id }) => id)).toEqual(['call-2']);
});

it('is empty after it has been cleared', async () => {
  const log = openCallLog({ data });
  await log.append(entry(1));
  await log.clear();
  expect(log.load()).toEqual([]);
});
