import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockSync } from 'proper-lockfile';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PhoneFailure } from '../../../contract/errors.ts';
import { type Settings, defaultSettings } from '../../../contract/settings.ts';
import { openSettingsStore } from '../../../host/settings-store.ts';

const writer = join(import.meta.dirname, 'settings-writer.ts');
let config: string;
const file = () => join(config, 'settings.json');
const now = () => new Date('2026-03-04T05:06:07Z');

beforeEach(() => {
  config = mkdtempSync(join(tmpdir(), 'sidetone-settings-'));
});
afterEach(() => {
  rmSync(config, { recursive: true, force: true });
});

function withMicrophone(settings: Settings, microphone: number): Settings {
  return { ...settings, audio: { ...settings.audio, microphone_volume: microphone } };
}

describe('the settings document', () => {
  it('says that the disk refuses, not that another Sidetone is writing', async () => {
    writeFileSync(join(config, 'taken'), '');
    const store = openSettingsStore({ config: join(config, 'taken') });
    await expect(store.save(defaultSettings)).rejects.toMatchObject({
      error: { code: 'internal', message: expect.stringContaining('could not be written') },
    });
  });
  it('is the defaults where there is none, and creates nothing by being read', () => {
    const store = openSettingsStore({ config });
    expect(store.load()).toEqual(defaultSettings);
    expect(store.problem).toBeNull();
    expect(readdirSync(config)).toEqual([]);
  });

  it('comes back as it was saved, readable by this user alone, with no lock or half file left', async () => {
    const store = openSettingsStore({ config });
    await store.save(withMicrophone(defaultSettings, 0.5));
    expect(openSettingsStore({ config }).load().audio.microphone_volume).toBe(0.5);
    expect(readdirSync(config)).toEqual(['settings.json']);
    if (process.platform !== 'win32') expect(statSync(file()).mode & 0o777).toBe(0o600);
  });

  it('takes the defaults for what an older document does not say', () => {
    writeFileSync(file(), JSON.stringify({ version: 1, rtp: { port_min: 12_000 } }));
    const store = openSettingsStore({ config });
    expect(store.load().rtp).toEqual({ port_min: 12_000, port_max: 20_000, packet_time: 20 });
    expect(store.problem).toBeNull();
  });

  it('sets a document aside that is no JSON, says so and goes on with the defaults', () => {
    writeFileSync(file(), '{"version": 1, "rtp": {');
    const store = openSettingsStore({ config }, { now });
    expect(store.load()).toEqual(defaultSettings);
    expect(store.problem).toContain('settings.damaged-2026-03-04T05-06-07.json');
    expect(readFileSync(join(config, 'settings.damaged-2026-03-04T05-06-07.json'), 'utf8')).toBe(
      '{"version": 1, "rtp": {',
    );
    const again = openSettingsStore({ config });
    again.load();
    expect(again.problem).toBeNull();
  });

  it('keeps the good sections of a document with one bad key, and names the key but not its value', () => {
    const account = { id: 'a', label: 'Office', kind: 'sip', user: '101', server: 'pbx.example.com' };
    writeFileSync(file(), JSON.stringify({ version: 1, accounts: [account], dtmf: { duration: 'hunter2' } }));
    const store = openSettingsStore({ config }, { now });
    const settings = store.load();
    expect(settings.accounts).toHaveLength(1);
    expect(settings.dtmf.duration).toBe(160);
    expect(store.problem).toContain('dtmf.duration');
    expect(store.problem).not.toContain('hunter2');
    expect(openSettingsStore({ config }).load().accounts).toHaveLength(1);
  });

  it('refuses to write what the schema refuses', async () => {
    const store = openSettingsStore({ config });
    await expect(store.save(withMicrophone(defaultSettings, 7))).rejects.toThrow();
    expect(readdirSync(config)).toEqual([]);
  });

  it('says settings.locked when another process does not let go', { timeout: 20_000 }, async () => {
    const unlock = lockSync(file(), { realpath: false, stale: 60_000, update: 1_000 });
    const failure = await openSettingsStore({ config })
      .save(defaultSettings)
      .catch((thrown: unknown) => thrown);
    unlock();
    expect(failure).toBeInstanceOf(PhoneFailure);
    expect((failure as PhoneFailure).error.code).toBe('settings.locked');
  });

  it('tells what another store has changed, and not its own changes', async () => {
    const mine = openSettingsStore({ config });
    const theirs = openSettingsStore({ config });
    mine.load();
    const seen: number[] = [];
    mine.watch((settings) => seen.push(settings.audio.microphone_volume));
    await mine.save(withMicrophone(defaultSettings, 0.1));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(seen).toEqual([]);
    await theirs.save(withMicrophone(defaultSettings, 0.2));
    await expect.poll(() => seen).toEqual([0.2]);
    mine.close();
    await theirs.save(withMicrophone(defaultSettings, 0.3));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(seen).toEqual([0.2]);
  });

  it('keeps still while somebody is half way through editing it by hand', async () => {
    const store = openSettingsStore({ config });
    await store.save(defaultSettings);
    const seen: Settings[] = [];
    store.watch((settings) => seen.push(settings));
    writeFileSync(file(), '{"version": 1,');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(seen).toEqual([]);
    expect(readFileSync(file(), 'utf8')).toBe('{"version": 1,');
    store.close();
  });

  it('is whole at every moment while two processes write it', { timeout: 60_000 }, async () => {
    const rounds = 40;
    const writers = ['0.25', '0.75'].map(
      (volume) =>
        new Promise<number | null>((resolve) => {
          const child = spawn(process.execPath, [writer, config, volume, String(rounds)], {
            stdio: ['ignore', 'ignore', 'inherit'],
          });
          child.on('exit', resolve);
        }),
    );
    const volumes = new Set<number>();
    const reader = openSettingsStore({ config });
    let running = true;
    const done = Promise.all(writers).finally(() => (running = false));
    while (running) {
      volumes.add(reader.load().audio.microphone_volume);
      expect(reader.problem).toBeNull();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(await done).toEqual([0, 0]);
    expect([...volumes].filter((volume) => ![0.25, 0.75, 1].includes(volume))).toEqual([]);
    expect(volumes.has(0.25) && volumes.has(0.75)).toBe(true);
    expect(readdirSync(config)).toEqual(['settings.json']);
  });
});
