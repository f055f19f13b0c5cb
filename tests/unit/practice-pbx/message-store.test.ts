import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MessageStore, boxCapacity } from '../../../practice-pbx/message-store.ts';

let folder = '';
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'mailboxes-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const sound = Int16Array.from({ length: 16_000 }, (_, n) => (n % 200) - 100);
const leave = (store: MessageStore, atMs: number) =>
  store.add('1000', { from: '1001', atMs, samples: sound });

describe('a mailbox on disk', () => {
  it('keeps messages for the next run, new ones first and each group from old to young', () => {
    const store = new MessageStore(folder);
    const [later, first, heard] = [leave(store, 3_000), leave(store, 2_000), leave(store, 1_000)];
    store.markHeard('1000', heard);
    const next = new MessageStore(folder);
    expect(next.list('1000').map(({ id }) => id)).toEqual([first, later, heard]);
    expect(next.list('1000')[2]).toEqual({
      id: heard,
      from: '1001',
      atMs: 1_000,
      durationMs: 2_000,
      isNew: false,
    });
    expect(next.readMessage('1000', first)).toEqual(sound);
  });

  it('is readable by its owner alone', () => {
    const id = leave(new MessageStore(folder), 1_000);
    expect(statSync(join(folder, '1000')).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, '1000', `${id}.wav`)).mode & 0o777).toBe(0o600);
  });

  it('deletes a message whole, twice without harm', () => {
    const store = new MessageStore(folder);
    const id = leave(store, 1_000);
    store.delete('1000', id);
    store.delete('1000', id);
    expect(readdirSync(join(folder, '1000'))).toEqual([]);
    expect(store.readMessage('1000', id)).toBeUndefined();
  });

  it('leaves out what a crash cut off or a stranger wrote', () => {
    const store = new MessageStore(folder);
    const id = leave(store, 1_000);
    writeFileSync(join(folder, '1000', '5-aa.wav'), 'RIFF');
    writeFileSync(join(folder, '1000', '6-aa.json'), '{"from":');
    writeFileSync(join(folder, '1000', '7-aa.json'), '{"from":"1001","atMs":-1}');
    writeFileSync(join(folder, '1000', 'X.json'), '{"from":"1001","atMs":1,"durationMs":1,"isNew":true}');
    expect(store.list('1000').map((message) => message.id)).toEqual([id]);
    expect(store.readMessage('1000', '5-aa')).toBeUndefined();
  });

  it('never leaves its folder for an id', () => {
    const store = new MessageStore(join(folder, 'boxes'));
    writeFileSync(join(folder, 'precious.json'), 'x');
    store.delete('1000', '../../precious');
    expect(readdirSync(folder)).toContain('precious.json');
    expect(store.readMessage('1000', '../../precious')).toBeUndefined();
  });

  it('keeps, gives and forgets the greeting', () => {
    const store = new MessageStore(folder);
    expect(store.hasGreeting('1000')).toBe(false);
    store.writeGreeting('1000', sound);
    expect(store.hasGreeting('1000')).toBe(true);
    expect(store.readGreeting('1000')).toEqual(sound);
    store.deleteGreeting('1000');
    store.deleteGreeting('1000');
    expect(store.readGreeting('1000')).toBeUndefined();
  });

  it('is empty before anybody called, and full at its capacity', () => {
    const store = new MessageStore(folder);
    expect(store.list('1000')).toEqual([]);
    for (let n = 1; n < boxCapacity; n++) leave(store, n);
    expect(store.isFull('1000')).toBe(false);
    leave(store, 0);
    expect(store.isFull('1000')).toBe(true);
  });
});
