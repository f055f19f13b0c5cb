/** What a person does with accounts: adds, changes and removes them; their passwords go to the keychain. */
import { randomUUID } from 'node:crypto';
import { PhoneFailure } from '../contract/errors.ts';
import type { RequestData, RequestOutput } from '../contract/phone.ts';
import { Secret } from '../contract/secret.ts';
import type { SecretStore } from '../contract/services.ts';
import { accountSettings } from '../contract/settings.ts';
import type { AccountSettings, SecretReference, Settings } from '../contract/settings.ts';
import { checkAccountForm } from './account-check.ts';
import type { AccountLines } from './account-lines.ts';
import { checkAccount } from './account-transport.ts';
import type { Logger } from './log.ts';
import type { PhoneSettings } from './phone-settings.ts';
import { plainFingerprint } from './net/untrusted-certificate.ts';

/** Keychain service under which every account's password is filed; the account is the account's id. */
export const keychainService = 'Sidetone';

export interface PhoneAccountsOptions {
  settings: PhoneSettings;
  secrets: SecretStore;
  lines: AccountLines;
  log: Logger;
}

export class PhoneAccounts {
  readonly #options: PhoneAccountsOptions;

  constructor(options: PhoneAccountsOptions) {
    this.#options = options;
  }

  /** Rejects with `settings.invalid` for an account that no line could be opened for. */
  async add({ account, password }: RequestData<'account.add'>): Promise<{ accountId: string }> {
    const { settings, lines } = this.#options;
    const id = randomUUID();
    const added: AccountSettings = { ...account, id, kind: 'sip' };
    checkAccount(added);
    if (password !== undefined) added.password = await this.#storePassword(id, password);
    await settings.change((before) => ({ ...before, accounts: [...before.accounts, added] }));
    void lines.align(id);
    return { accountId: id };
  }

  async change({ accountId, account, password }: RequestData<'account.change'>): Promise<void> {
    const { settings, lines } = this.#options;
    const changed = (before: Settings): AccountSettings => {
      const after = accountSettings.parse({ ...accountOf(before, accountId), ...account });
      checkAccount(after);
      return after;
    };
    changed(settings.current);
    const reference = password === undefined ? undefined : await this.#storePassword(accountId, password);
    await settings.change((before) => {
      const after = changed(before);
      if (reference !== undefined) after.password = reference;
      return { ...before, accounts: before.accounts.map((each) => (each.id === accountId ? after : each)) };
    });
    void lines.align(accountId, reference !== undefined);
  }

  async remove(accountId: string): Promise<void> {
    const { settings, lines, secrets } = this.#options;
    const { password } = accountOf(settings.current, accountId);
    await settings.change((before) => ({
      ...before,
      accounts: before.accounts.filter(({ id }) => id !== accountId),
      default_account: before.default_account === accountId ? '' : before.default_account,
    }));
    void lines.align(accountId);
    if (password !== undefined) await secrets.delete(password);
  }

  /**
   * Trusts the certificate that an account's line asks about, and connects at once. Rejects with `request.invalid` when it asks about
   * another one by now.
   */
  async trust({ accountId, fingerprint }: RequestData<'account.trust'>): Promise<void> {
    const { settings, lines } = this.#options;
    const question = lines.find(accountId).snapshot.certificate;
    if (question === null || plainFingerprint(question.fingerprint) !== plainFingerprint(fingerprint))
      throw new PhoneFailure('request.invalid', { problem: 'the server shows another certificate by now' });
    await settings.change((before) => {
      const account = accountOf(before, accountId);
      const trusting = { ...account, tls_pins: [...account.tls_pins, question.fingerprint] };
      return { ...before, accounts: before.accounts.map((each) => (each === account ? trusting : each)) };
    });
    void lines.align(accountId);
  }

  /** Tries a form out; see account-check.ts. */
  async check({
    account,
    password,
    accountId,
  }: RequestData<'account.check'>): Promise<RequestOutput<'account.check'>> {
    const { settings, secrets, log } = this.#options;
    const kept = settings.current.accounts.find(({ id }) => id === accountId)?.password;
    const stored = password === undefined && kept !== undefined ? await secrets.get(kept) : undefined;
    const secret = password === undefined ? stored : new Secret(password);
    return checkAccountForm({ ...account, id: 'check', kind: 'sip' }, secret, log);
  }

  async #storePassword(accountId: string, password: string): Promise<SecretReference> {
    const reference = { service: keychainService, account: accountId };
    await this.#options.secrets.set(reference, new Secret(password));
    return reference;
  }
}

function accountOf(settings: Settings, accountId: string): AccountSettings {
  const account = settings.accounts.find(({ id }) => id === accountId);
  if (account === undefined) throw new PhoneFailure('call.no-account');
  return account;
}
