/** Accounts of the whole phone: real files, a keychain in memory, real servers. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { completeSettings } from '../../../contract/settings.ts';
import { folders } from '../../../host/folders.ts';
import { openSettingsStore } from '../../../host/settings-store.ts';
import { TestAuthority } from '../../support/certificates.ts';
import { streamPeer } from '../../support/stream-peer.ts';
import {
  accountOf,
  ask,
  askOk,
  home,
  isReady,
  ownExtension,
  settingsFile,
  startPhone,
  storedSettings,
  until,
} from './support/phone-bench.ts';

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
    const ready = await until(phone, (now) => isReady(accountOf(now, 'practice')));
    expect(accountOf(ready, 'bad')?.registration).toMatchObject({
      state: 'failed',
      error: { code: 'settings.invalid' },
    });
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

  it('asks about a certificate that nobody vouches for, and connects once it is trusted', async () => {
    const authority = await TestAuthority.create();
    const server = await streamPeer({ tls: await authority.issue({ hosts: ['pbx.example.com'] }) });
    try {
      server.onRequest = (request) =>
        server.reply(request, '200 OK', [`Contact: ${request.header('Contact')}`]);
      const bench = await startPhone();
      const { phone } = bench;
      const { accountId } = await askOk(phone, 'account.add', {
        account: ownExtension(bench, { server: '127.0.0.1', port: server.port, transport: 'tls' }),
      });
      const asking = await until(phone, (now) => Boolean(accountOf(now, accountId)?.certificate));
      const account = accountOf(asking, accountId);
      expect(account).toMatchObject({
        secure: true,
        registration: { state: 'failed', error: { code: 'server.certificate' } },
        certificate: {
          subject: 'pbx.example.com',
          reason: 'it is for another name and nobody known signed it',
        },
      });
      const stranger = 'AB'.repeat(32);
      expect(await ask(phone, 'account.trust', { accountId, fingerprint: stranger })).toMatchObject({
        error: { code: 'request.invalid' },
      });
      expect(server.received).toEqual([]);

      const fingerprint = account?.certificate?.fingerprint ?? '';
      await askOk(phone, 'account.trust', { accountId, fingerprint });
      const trusted = await until(phone, (now) => isReady(accountOf(now, accountId)));
      expect(accountOf(trusted, accountId)?.certificate).toBeNull();
      expect(storedSettings().accounts[0]?.tls_pins).toEqual([fingerprint]);
    } finally {
      await Promise.all([server.close(), authority.close()]);
    }
  });

  it('takes another name while a call goes on, and waits with another server until the call is over', async () => {
    const bench = await startPhone();
    const { phone, practice } = bench;
    const password = practice.password.reveal();
    const { accountId } = await askOk(phone, 'account.add', { account: ownExtension(bench), password });
    await until(phone, (now) => isReady(accountOf(now, accountId)));
    const { callId } = await askOk(phone, 'call.start', { target: '*43', accountId });
    await until(phone, ({ calls }) => calls[0]?.state === 'connected');

    await askOk(phone, 'account.change', { accountId, account: { label: 'Home', display_name: 'Anna' } });
    await until(phone, (now) => accountOf(now, accountId)?.label === 'Home');
    expect(accountOf(phone.snapshot, accountId)).toMatchObject({
      displayName: 'Anna',
      registration: { state: 'registered' },
    });

    await askOk(phone, 'account.change', { accountId, account: { server: 'localhost' } });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(phone.snapshot.calls[0]?.state).toBe('connected');
    expect(accountOf(phone.snapshot, accountId)?.server).toBe('127.0.0.1');

    await askOk(phone, 'call.hangup', { callId });
    await until(phone, (now) => accountOf(now, accountId)?.server === 'localhost');
    await until(phone, (now) => isReady(accountOf(now, accountId)));
  });

  it('shows an account that is switched off', async () => {
    const bench = await startPhone();
    const { phone } = bench;
    const { accountId } = await askOk(phone, 'account.add', {
      account: ownExtension(bench, { enabled: false }),
    });
    expect(accountOf(phone.snapshot, accountId)).toMatchObject({
      label: 'Office',
      registration: { state: 'off', reason: 'Not registered' },
    });
    expect(await ask(phone, 'call.start', { target: '*43', accountId })).toMatchObject({
      error: { code: 'call.no-account' },
    });
  });

  it('tries a form out with the password that is stored', async () => {
    const bench = await startPhone();
    const { phone, practice } = bench;
    const password = practice.password.reveal();
    const account = ownExtension(bench);
    const { accountId } = await askOk(phone, 'account.add', { account, password });
    expect(await askOk(phone, 'account.check', { account, accountId })).toMatchObject({
      password: { state: 'good' },
    });
    expect(await askOk(phone, 'account.check', { account, password: 'other', accountId })).toMatchObject({
      password: { state: 'bad' },
    });
  });
});
