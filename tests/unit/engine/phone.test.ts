/** The whole phone without a window: real files, a real practice PBX, real calls with a media thread. */
import { readFileSync, writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PhoneFailure } from '../../../contract/errors.ts';
import type { SettingsStore } from '../../../contract/services.ts';
import { phoneSnapshot } from '../../../contract/snapshot.ts';
import { completeSettings, defaultSettings } from '../../../contract/settings.ts';
import { folders } from '../../../host/folders.ts';
import type { RunningPracticeLine } from '../../../host/practice-line.ts';
import { openSettingsStore } from '../../../host/settings-store.ts';
import {
  accountOf,
  allReady,
  ask,
  askOk,
  home,
  makePhone,
  ownExtension,
  settingsFile,
  startPhone,
  storedSettings,
  until,
} from './support/phone-bench.ts';

describe('calls', () => {
  it('registers at the practice line, calls the echo test, and writes the call into the history', async () => {
    const { phone, events } = await startPhone();
    const ready = await until(phone, allReady);
    expect(ready.accounts).toMatchObject([{ id: 'practice', kind: 'practice', hasPassword: true }]);

    const { callId } = await askOk(phone, 'call.start', { target: '*43' });
    await until(phone, ({ calls }) => calls.some(({ state }) => state === 'connected'));
    await expect.poll(() => events.some(({ name }) => name === 'stats'), { timeout: 5000 }).toBe(true);
    await askOk(phone, 'call.hangup', { callId });

    const ended = await until(phone, ({ history }) => history.length === 1);
    expect(ended.calls).toMatchObject([{ id: callId, state: 'ended', end: { by: 'here', error: null } }]);
    expect(ended.history[0]).toMatchObject({
      accountId: 'practice',
      direction: 'outgoing',
      outcome: 'completed',
    });
    expect(ended.history[0]?.remote.number).toBe('*43');
    await expect.poll(() => readFileSync(join(home, 'data/calls.jsonl'), 'utf8')).toContain('"*43"');
    expect(await ask(phone, 'call.hangup', { callId })).toMatchObject({ error: { code: 'call.not-found' } });

    await askOk(phone, 'history.clear', {});
    expect(phone.snapshot.history).toEqual([]);
    expect(readFileSync(join(home, 'data/calls.jsonl'), 'utf8')).toBe('');
  });

  it('answers a bad target and a busy extension as data, and stays usable', async () => {
    const { phone } = await startPhone();
    await until(phone, allReady);
    expect(await ask(phone, 'call.start', { target: 'no number ' })).toMatchObject({
      ok: false,
      error: { code: 'call.bad-target' },
    });
    await askOk(phone, 'call.start', { target: '1002' });
    const { calls } = await until(phone, (snapshot) => snapshot.calls[0]?.state === 'ended');
    expect(calls[0]?.end?.error?.code).toBe('call.busy');
    await askOk(phone, 'call.start', { target: '*60' });
    await until(phone, (snapshot) => snapshot.calls[1]?.state === 'connected');
  });
});

describe('settings', () => {
  it('keeps a change in the file, and uses it', async () => {
    const { phone } = await startPhone();
    await askOk(phone, 'settings.change', { patch: { dtmf: { duration: 100 } } });
    expect(storedSettings().dtmf).toEqual({ ...defaultSettings.dtmf, duration: 100 });
    expect(phone.snapshot.settings.dtmf.duration).toBe(100);
  });

  it('refuses a change that leaves no valid settings, in one sentence that names the key', async () => {
    const { phone } = await startPhone();
    const answer = await ask(phone, 'settings.change', { patch: { rtp: { port_min: 30_000 } } });
    expect(answer).toMatchObject({ ok: false, error: { code: 'settings.invalid' } });
    if (!answer.ok) {
      expect(answer.error.message).toContain('rtp.port_max');
      expect(answer.error.message).not.toMatch(/[{}\n]/);
    }
    const { instance_id } = phone.snapshot.settings;
    expect(phone.snapshot.settings).toEqual({ ...defaultSettings, instance_id });
  });

  it('loses none of several changes that are asked for at once', async () => {
    const { phone } = await startPhone();
    await Promise.all([
      askOk(phone, 'settings.change', { patch: { audio: { speaker_volume: 0.5 } } }),
      askOk(phone, 'settings.change', { patch: { interface: { theme: 'dark' } } }),
      askOk(phone, 'settings.change', { patch: { audio: { microphone_volume: 1.5 } } }),
    ]);
    expect(storedSettings().audio).toMatchObject({ speaker_volume: 0.5, microphone_volume: 1.5 });
    expect(storedSettings().interface.theme).toBe('dark');
    expect(phone.snapshot.settings).toEqual(storedSettings());
  });

  it('follows what another process writes, down to its accounts', async () => {
    const bench = await startPhone();
    const { phone } = bench;
    const other = openSettingsStore(folders({ SIDETONE_HOME: home }));
    const account = { ...ownExtension(bench), id: 'from-elsewhere', kind: 'sip' };
    await other.save(completeSettings({ interface: { theme: 'light' }, accounts: [account] }));
    await until(phone, (snapshot) => accountOf(snapshot, 'from-elsewhere') !== undefined);
    expect(phone.snapshot.settings.interface.theme).toBe('light');
    await other.save(completeSettings({ accounts: [] }));
    await until(phone, (snapshot) => accountOf(snapshot, 'from-elsewhere') === undefined);
  });

  it('starts where the system cannot watch the document', async () => {
    const store = openSettingsStore(folders({ SIDETONE_HOME: home }));
    const settings: SettingsStore = {
      load: () => store.load(),
      save: (wanted) => store.save(wanted),
      watch: () => {
        throw new Error('ENOSPC: System limit for number of file watchers reached');
      },
      problem: null,
      close: () => store.close(),
    };
    const { phone } = await startPhone({ settings });
    await until(phone, allReady);
  });

  it('says once what was wrong with a damaged document', async () => {
    mkdirSync(join(home, 'config'), { recursive: true });
    writeFileSync(settingsFile(), '{ half a docu');
    const { events, phone } = await startPhone();
    const notices = events.filter(({ name }) => name === 'notice');
    expect(notices).toMatchObject([{ data: { error: { code: 'settings.invalid' } } }]);
    await until(phone, allReady);
  });
});

describe('snapshots and the end', () => {
  it('sends whole, valid snapshots whose revision grows', async () => {
    const { phone, events } = await startPhone();
    await until(phone, allReady);
    await askOk(phone, 'settings.change', { patch: { interface: { first_run_done: true } } });
    const snapshots = events.flatMap((event) => (event.name === 'snapshot' ? [event.data] : []));
    expect(snapshots.length).toBeGreaterThan(2);
    for (const [index, snapshot] of snapshots.entries()) {
      expect(phoneSnapshot.parse(snapshot)).toEqual(snapshot);
      expect(snapshot.revision).toBeGreaterThan(snapshots[index - 1]?.revision ?? 0);
    }
  });

  it('works without a practice line, and says why', async () => {
    const { phone } = await startPhone({
      practice: () => Promise.reject(new PhoneFailure('internal', { reason: 'no sockets' })),
    });
    expect(phone.snapshot.trouble).toMatchObject({ code: 'practice.failed' });
    expect(phone.snapshot.trouble?.message).not.toContain('..');
    expect(await ask(phone, 'call.start', { target: '1001' })).toMatchObject({
      error: { code: 'call.no-account' },
    });
  });

  it('tells in a notice that the call could not be written down, and keeps it in sight', async () => {
    const { phone, events } = await startPhone({
      callLog: {
        load: () => [],
        append: () => Promise.reject(new PhoneFailure('internal', { reason: 'the disk is full' })),
        clear: async () => undefined,
      },
    });
    await until(phone, allReady);
    await askOk(phone, 'call.start', { target: '1004' });
    await until(phone, ({ history }) => history.length === 1);
    await expect.poll(() => events.filter(({ name }) => name === 'notice').length).toBe(1);
  });

  it('hangs up and unregisters when it is closed, once however often', async () => {
    const { phone, events } = await startPhone();
    await until(phone, allReady);
    await askOk(phone, 'call.start', { target: '*43' });
    await until(phone, ({ calls }) => calls[0]?.state === 'connected');
    const closed = phone.close();
    expect(phone.close()).toBe(closed);
    await closed;
    expect(phone.snapshot.calls[0]?.end?.by).toBe('here');
    expect(phone.snapshot.accounts).toEqual([]);
    const count = events.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(events).toHaveLength(count);
  });

  it('opens no line after it was closed, however late the practice line comes', async () => {
    let hand: (line: RunningPracticeLine) => void = () => undefined;
    const late = new Promise<RunningPracticeLine>((resolve) => (hand = resolve));
    const { phone, practice } = await makePhone({ practice: () => late });
    const starting = phone.start();
    await phone.close();
    hand(practice);
    await starting;
    expect(phone.snapshot.accounts).toEqual([]);
  });
});
