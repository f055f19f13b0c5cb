/** The whole phone without a window: real files, a real practice PBX, real calls with a media thread. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { handleRequest } from '../../../contract/door.ts';
import { PhoneFailure } from '../../../contract/errors.ts';
import type { PhoneEvent, RequestInput, RequestName, RequestOutput } from '../../../contract/phone.ts';
import type { SettingsStore } from '../../../contract/services.ts';
import { phoneSnapshot } from '../../../contract/snapshot.ts';
import type { AccountSnapshot, PhoneSnapshot } from '../../../contract/snapshot.ts';
import { completeSettings, defaultSettings } from '../../../contract/settings.ts';
import { createLogger } from '../../../engine/log.ts';
import { createMediaThread } from '../../../engine/media/media-client.ts';
import { Phone } from '../../../engine/phone.ts';
import type { PhoneOptions } from '../../../engine/phone.ts';
import { openCallLog } from '../../../host/call-log.ts';
import { folders } from '../../../host/folders.ts';
import { launchPracticeLine } from '../../../host/practice-line.ts';
import type { RunningPracticeLine } from '../../../host/practice-line.ts';
import { openSecretStore } from '../../../host/secret-store.ts';
import { openSettingsStore } from '../../../host/settings-store.ts';

const mediaThread = new URL('../../../engine/media/media-thread.ts', import.meta.url);

interface Bench {
  phone: Phone;
  practice: RunningPracticeLine;
  events: PhoneEvent[];
  /** What the keychain holds, by account. */
  keychain: Map<string, string>;
  logged: string[];
}

let home = '';
const closers: (() => Promise<void>)[] = [];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sidetone-phone-test-'));
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  rmSync(home, { recursive: true, force: true });
});

async function makePhone(change: Partial<PhoneOptions> = {}): Promise<Bench> {
  const places = folders({ SIDETONE_HOME: home });
  const logged: string[] = [];
  const log = createLogger('test', (level, module, message) => logged.push(`${level} ${module} ${message}`));
  const keychain = new Map<string, string>();
  const secrets = await openSecretStore({
    say: () => undefined,
    loadKeychain: async () => ({
      get: async ({ account }) => keychain.get(account) ?? null,
      set: async ({ account }, value) => void keychain.set(account, value),
      delete: async ({ account }) => void keychain.delete(account),
    }),
  });
  const practice = await launchPracticeLine({ folders: places, log: log.child('practice-pbx') });
  const phone = new Phone({
    version: '0.0.0',
    settings: openSettingsStore(places),
    secrets,
    callLog: openCallLog(places),
    media: createMediaThread({ entry: mediaThread, log }),
    practice: async () => practice,
    log,
    ...change,
  });
  closers.push(
    () => practice.close(),
    () => phone.close(),
  );
  const events: PhoneEvent[] = [];
  phone.onEvent((event) => events.push(event));
  return { phone, practice, events, keychain, logged };
}

async function startPhone(change: Partial<PhoneOptions> = {}): Promise<Bench> {
  const bench = await makePhone(change);
  await bench.phone.start();
  return bench;
}

const settingsFile = () => join(home, 'config/settings.json');
const storedSettings = () => completeSettings(JSON.parse(readFileSync(settingsFile(), 'utf8')));

/** Asks through the door, as a shell does. */
const ask = <N extends RequestName>(phone: Phone, name: N, input: RequestInput<N>) =>
  handleRequest(phone.handlers, name, input);

async function askOk<N extends RequestName>(phone: Phone, name: N, input: RequestInput<N>) {
  const answer = await ask(phone, name, input);
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.value as RequestOutput<N>;
}

/** Waits until the phone's snapshot is so; fails with what it was when it never is. */
async function until(phone: Phone, holds: (snapshot: PhoneSnapshot) => boolean): Promise<PhoneSnapshot> {
  await expect.poll(() => holds(phone.snapshot), { timeout: 10_000, interval: 20 }).toBe(true);
  return phone.snapshot;
}

const accountOf = (snapshot: PhoneSnapshot, id: string) => snapshot.accounts.find((each) => each.id === id);
const isReady = (account: AccountSnapshot | undefined) => account?.registration.state === 'registered';
const allReady = ({ accounts }: PhoneSnapshot) => accounts.length > 0 && accounts.every(isReady);

/** An extension of one's own: the practice PBX's, as a server like any other. */
function ownExtension({ practice }: Bench, change: Partial<RequestInput<'account.add'>['account']> = {}) {
  return {
    label: 'Office',
    user: practice.user,
    server: practice.host,
    port: practice.port,
    register_expires: 600,
    ...change,
  };
}

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
    expect(phone.snapshot.settings).toEqual(defaultSettings);
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

describe('accounts', () => {
  it('registers a new account; its password goes to the keychain and nowhere else', async () => {
    const bench = await startPhone();
    const { phone, practice, keychain, events, logged } = bench;
    await askOk(phone, 'settings.change', { patch: { verbose_logging: true } });
    const password = practice.password.reveal();
    const { accountId } = await askOk(phone, 'account.add', { account: ownExtension(bench), password });
    await until(phone, (snapshot) => isReady(accountOf(snapshot, accountId)));
    expect(keychain.get(accountId)).toBe(password);
    expect(storedSettings().accounts[0]?.password).toEqual({ service: 'Sidetone', account: accountId });
    expect(accountOf(phone.snapshot, accountId)).toMatchObject({ label: 'Office', hasPassword: true });
    for (const place of [readFileSync(settingsFile(), 'utf8'), JSON.stringify(events), logged.join('\n')])
      expect(place).not.toContain(password);
    expect(logged.join('\n')).not.toMatch(/response="/);

    await askOk(phone, 'account.remove', { accountId });
    expect(keychain.size).toBe(0);
    expect(storedSettings().accounts).toEqual([]);
    expect(accountOf(phone.snapshot, accountId)).toBeUndefined();
  });

  it('says in the registration that a password is wrong, and takes a better one', async () => {
    const bench = await startPhone();
    const { phone, practice } = bench;
    const { accountId } = await askOk(phone, 'account.add', {
      account: ownExtension(bench),
      password: 'wrong',
    });
    const failed = await until(
      phone,
      (snapshot) => accountOf(snapshot, accountId)?.registration.state === 'failed',
    );
    expect(accountOf(failed, accountId)?.registration.error?.code).toBe('registration.password');
    await askOk(phone, 'account.change', { accountId, account: {}, password: practice.password.reveal() });
    await until(phone, (snapshot) => isReady(accountOf(snapshot, accountId)));
  });

  it('changes only what a change names', async () => {
    const bench = await startPhone();
    const { phone } = bench;
    const { accountId } = await askOk(phone, 'account.add', {
      account: ownExtension(bench, { enabled: false }),
    });
    const [before] = storedSettings().accounts;
    await askOk(phone, 'account.change', { accountId, account: { label: 'Home' } });
    expect(storedSettings().accounts).toEqual([{ ...before, label: 'Home' }]);
  });

  it('refuses an account whose domain is no address, before anything is kept', async () => {
    const bench = await startPhone();
    const { phone, keychain } = bench;
    const account = ownExtension(bench, { domain: 'not a domain' });
    expect(await ask(phone, 'account.add', { account, password: 'p' })).toMatchObject({
      ok: false,
      error: { code: 'settings.invalid' },
    });
    expect(keychain.size).toBe(0);
    expect(phone.snapshot.settings.accounts).toEqual([]);
  });

  it('starts with the other accounts when a stored one cannot be opened', async () => {
    const account = { id: 'bad', label: '', kind: 'sip', user: '50%', server: 'pbx.invalid' };
    await openSettingsStore(folders({ SIDETONE_HOME: home })).save(completeSettings({ accounts: [account] }));
    const { phone, events } = await startPhone();
    await until(phone, allReady);
    expect(events.filter(({ name }) => name === 'notice')).toMatchObject([
      { data: { error: { code: 'settings.invalid' } } },
    ]);
  });

  it('leaves one line when an account is changed twice at once, and none when it is removed while it opens', async () => {
    const bench = await startPhone();
    const { phone, practice } = bench;
    const password = practice.password.reveal();
    const { accountId } = await askOk(phone, 'account.add', { account: ownExtension(bench), password });
    await Promise.all([
      askOk(phone, 'account.change', { accountId, account: { display_name: 'One' } }),
      askOk(phone, 'account.change', { accountId, account: { register_expires: 900 } }),
    ]);
    await until(phone, (snapshot) => isReady(accountOf(snapshot, accountId)));
    expect(accountOf(phone.snapshot, accountId)?.displayName).toBe('One');
    expect(storedSettings().accounts[0]?.register_expires).toBe(900);

    const changing = askOk(phone, 'account.change', { accountId, account: { display_name: 'Two' } });
    await askOk(phone, 'account.remove', { accountId });
    await changing;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(phone.snapshot.accounts.map(({ id }) => id)).toEqual(['practice']);
  });

  it('ends the calls of an account that is removed', async () => {
    const bench = await startPhone();
    const { phone, practice } = bench;
    const password = practice.password.reveal();
    const { accountId } = await askOk(phone, 'account.add', { account: ownExtension(bench), password });
    await until(phone, (snapshot) => isReady(accountOf(snapshot, accountId)));
    await askOk(phone, 'call.start', { target: '*43', accountId });
    await until(phone, ({ calls }) => calls[0]?.state === 'connected');
    await askOk(phone, 'account.remove', { accountId });
    const { calls } = await until(phone, ({ history }) => history.length === 1);
    expect(calls[0]).toMatchObject({ state: 'ended', end: { by: 'here' } });
    expect(await ask(phone, 'call.start', { target: '*43', accountId })).toMatchObject({
      error: { code: 'call.no-account' },
    });
  });

  it('calls out on the first real account in the order of the settings, whichever was opened last', async () => {
    const bench = await startPhone();
    const { phone } = bench;
    const first = await askOk(phone, 'account.add', { account: ownExtension(bench, { label: 'First' }) });
    const second = await askOk(phone, 'account.add', { account: ownExtension(bench, { label: 'Second' }) });
    await until(phone, ({ accounts }) => accounts.length === 3);
    await askOk(phone, 'account.change', { accountId: first.accountId, account: { display_name: 'New' } });
    await until(phone, ({ accounts }) => accounts[1]?.displayName === 'New');
    expect(phone.snapshot.accounts.map(({ id }) => id)).toEqual([
      'practice',
      first.accountId,
      second.accountId,
    ]);
    await askOk(phone, 'call.start', { target: '*43' });
    expect(phone.snapshot.calls[0]?.accountId).toBe(first.accountId);
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
