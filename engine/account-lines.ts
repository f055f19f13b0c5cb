/**
 * The lines of all accounts, kept in step with the settings: one line at most for each account, whatever crosses on the way.
 *
 *   settings have changed ── align(id) ──► close the line that is out of date ──► open one for the account as it is by then
 */
import { isDeepStrictEqual } from 'node:util';
import { PhoneFailure, toPhoneError, type PhoneError } from '../contract/errors.ts';
import type { Secret } from '../contract/secret.ts';
import type { PracticeLine, SecretStore } from '../contract/services.ts';
import type { AccountSettings, Settings } from '../contract/settings.ts';
import type { AccountSnapshot, Party } from '../contract/snapshot.ts';
import { AccountLine, needsNewLine, practiceAccount, restingAccount } from './account-line.ts';
import type { Logger } from './log.ts';
import type { MediaEngine } from './media/media-engine.ts';
import type { TurnedAway } from './sip/admission.ts';
import type { Call } from './sip/call.ts';
import type { Referral } from './sip/referral.ts';
import type { UserAgent } from './sip/user-agent.ts';

export interface AccountLinesOptions {
  settings: () => Settings;
  secrets: SecretStore;
  media: MediaEngine;
  userAgentName: string;
  log: Logger;
  /** A line came or went, or its registration has changed. */
  onChanged: () => void;
  /** What a change of the network has taken away from a line is back. */
  onRestored: () => void;
  onIncoming: (call: Call, accountId: string) => void;
  /** The far side of a call sends the person elsewhere. */
  onReferred: (referral: Referral, accountId: string) => void;
  /** A call that the settings turned away before it rang. */
  onTurnedAway: (accountId: string, remote: Party, why: TurnedAway) => void;
  onText: (accountId: string, from: Party, text: string) => void;
  /** A call goes on, on whichever line. */
  inCall: () => boolean;
  /** An account's line cannot be opened. */
  onProblem: (thrown: unknown) => void;
}

export class AccountLines {
  readonly #options: AccountLinesOptions;
  readonly #lines = new Map<string, AccountLine>();
  /** Per account: the last of its openings and closings, which follow each other. */
  readonly #work = new Map<string, Promise<void>>();
  /** Per account: looks again whether its line may be replaced. */
  readonly #reconsider = new Map<string, () => void>();
  /** Per account: why its line could not be opened. */
  readonly #problems = new Map<string, PhoneError>();
  #closed: Promise<unknown> | undefined;

  constructor(options: AccountLinesOptions) {
    this.#options = options;
  }

  /** Practice first, then as the settings list the accounts, whether they have a line at the moment or not. */
  get snapshots(): AccountSnapshot[] {
    const { accounts } = this.#options.settings();
    const unlisted = this.#inOrder().filter(({ account }) => accounts.every(({ id }) => id !== account.id));
    const listed = accounts.map(
      (account) =>
        this.#lines.get(account.id)?.snapshot ?? restingAccount(account, this.#problems.get(account.id)),
    );
    return [...unlisted.map((line) => line.snapshot), ...listed];
  }

  get userAgents(): UserAgent[] {
    return [...this.#lines.values()].map(({ userAgent }) => userAgent);
  }

  /** The lines that are open. */
  get all(): AccountLine[] {
    return this.#inOrder();
  }

  /** @throws PhoneFailure `call.no-account` */
  find(accountId: string): AccountLine {
    const line = this.#lines.get(accountId);
    if (line === undefined) throw new PhoneFailure('call.no-account');
    return line;
  }

  /**
   * The line that calls go out on: the chosen default, else the first real one, else practice.
   * @throws PhoneFailure `call.no-account`
   */
  usual(): AccountLine {
    const line = this.at('');
    if (line === undefined) throw new PhoneFailure('call.no-account');
    return line;
  }

  /** An account's line, the usual one for an empty id; undefined while there is none. */
  at(accountId: string): AccountLine | undefined {
    if (accountId !== '') return this.#lines.get(accountId);
    const lines = this.#inOrder();
    return (
      this.#lines.get(this.#options.settings().default_account) ??
      lines.find(({ account }) => account.kind === 'sip') ??
      lines[0]
    );
  }

  /** Opens the line to the practice PBX. */
  openPractice(practice: PracticeLine): void {
    if (this.#closed !== undefined) return;
    this.#open(practiceAccount(practice), async () => practice.password, true);
  }

  /**
   * Opens, changes, closes or replaces an account's line, so that it is as the settings say; a line is replaced once its calls are over.
   * Runs of one account follow each other, so that two changes cannot leave two lines. Resolves once the line is opened (not registered); never rejects.
   * @param renew replaces a line whose settings are the same: its password is another
   */
  align(accountId: string, renew = false): Promise<void> {
    const before = this.#work.get(accountId) ?? Promise.resolve();
    this.#reconsider.get(accountId)?.();
    const work = before
      .then(() => this.#replace(accountId, renew))
      .catch((thrown: unknown) => {
        this.#problems.set(accountId, toPhoneError(thrown));
        this.#options.onProblem(thrown);
        this.#options.onChanged();
      })
      .finally(() => {
        if (this.#work.get(accountId) === work) this.#work.delete(accountId);
      });
    this.#work.set(accountId, work);
    return work;
  }

  /** Ends calls, unregisters and closes every line; opens none from here on. Idempotent, never rejects. */
  async close(): Promise<void> {
    this.#closed ??= Promise.allSettled([
      ...[...this.#lines.values()].map((line) => line.close()),
      ...this.#work.values(),
    ]);
    await this.#closed;
    this.#lines.clear();
  }

  async #replace(accountId: string, renew: boolean): Promise<void> {
    const line = this.#lines.get(accountId);
    if (line !== undefined) {
      if (!renew && this.#suits(line)) return;
      if (await this.#freed(line, renew)) return;
      this.#lines.delete(accountId);
      this.#options.onChanged();
      await line.close();
    }
    this.#problems.delete(accountId);
    const account = this.#wanted(accountId);
    if (account === undefined) return;
    const reference = account.password;
    const password = async () => (reference === undefined ? undefined : this.#options.secrets.get(reference));
    const hasPassword = (await password()) !== undefined;
    if (this.#closed === undefined) this.#open(account, password, hasPassword);
  }

  /** True when the line can go on as it is; what it can take without being replaced, it takes. */
  #suits(line: AccountLine): boolean {
    const wanted = this.#wanted(line.account.id);
    if (wanted === undefined || needsNewLine(line.account, wanted)) return false;
    if (isDeepStrictEqual(line.account, wanted)) return true;
    line.change(wanted);
    this.#options.onChanged();
    return true;
  }

  /**
   * Waits until the line may be closed: its calls are over, or the account is gone. True when it need not be any more: the settings suit
   * it again.
   */
  async #freed(line: AccountLine, renew: boolean): Promise<boolean> {
    const { id } = line.account;
    let over = false;
    const idle = line.userAgent.idle().then(() => (over = true));
    // Its calls are counted in the next turn at the earliest.
    await Promise.resolve();
    while (!over && this.#wanted(id) !== undefined && this.#closed === undefined) {
      const asked = new Promise<void>((resolve) => this.#reconsider.set(id, resolve));
      await Promise.race([idle, asked]);
      if (!renew && this.#suits(line)) {
        this.#reconsider.delete(id);
        return true;
      }
    }
    this.#reconsider.delete(id);
    return false;
  }

  /** The settings of an account that should have a line; undefined when it is gone or switched off. */
  #wanted(accountId: string): AccountSettings | undefined {
    return this.#options.settings().accounts.find(({ id, enabled }) => id === accountId && enabled);
  }

  #open(account: AccountSettings, password: () => Promise<Secret | undefined>, hasPassword: boolean): void {
    const {
      settings,
      media,
      userAgentName,
      log,
      inCall,
      onChanged,
      onRestored,
      onIncoming,
      onTurnedAway,
      onText,
    } = this.#options;
    const line = new AccountLine({
      account,
      password,
      hasPassword,
      settings,
      readSecret: (reference) => this.#options.secrets.get(reference),
      media,
      userAgentName,
      inCall,
      log: log.child(account.id),
    });
    this.#lines.set(account.id, line);
    line.userAgent.on('registration', onChanged);
    line.userAgent.on('reachable', onChanged);
    line.userAgent.on('restored', onRestored);
    line.watchMailbox(onChanged);
    line.userAgent.on('incoming', (call) => onIncoming(call, account.id));
    line.userAgent.on('referred', (referral) => this.#options.onReferred(referral, account.id));
    line.userAgent.on('turnedAway', (...told) => onTurnedAway(account.id, ...told));
    line.userAgent.beside.on('text', (from, text) => onText(account.id, from, text));
    onChanged();
    void line.start();
  }

  #inOrder(): AccountLine[] {
    const places = this.#options.settings().accounts.map(({ id }) => id);
    return [...this.#lines.values()].toSorted(
      (one, other) => places.indexOf(one.account.id) - places.indexOf(other.account.id),
    );
  }
}
