/**
 * THE PHONE: the one object that implements the contract. It holds the account lines, the calls on them, the settings in force
 * and the call log, and tells every change as a whole snapshot with a revision. It knows no window, no file and no Electron:
 * what a computer lends comes in as services (contract/services.ts).
 *
 *   request → handler → account line / call → … → onChanged → snapshot event
 */
import { randomUUID } from 'node:crypto';
import { ZodError } from 'zod';
import { assertNever } from '../contract/assert-never.ts';
import { describeIssues } from '../contract/door.ts';
import { PhoneFailure, toPhoneError } from '../contract/errors.ts';
import type { PhoneError } from '../contract/errors.ts';
import type { PhoneEvent, PhoneHandlers, RequestData } from '../contract/phone.ts';
import { Secret } from '../contract/secret.ts';
import type { CallLog, PracticeLine, SecretStore, SettingsStore } from '../contract/services.ts';
import { accountSettings, applyPatch } from '../contract/settings.ts';
import type { AccountSettings, SecretReference, Settings } from '../contract/settings.ts';
import type { HistoryEntry, PhoneSnapshot } from '../contract/snapshot.ts';
import { checkAccount } from './account-line.ts';
import { AccountLines } from './account-lines.ts';
import { historyEntryOf } from './call-history.ts';
import type { Logger } from './log.ts';
import type { MediaEngine, SoundSink, SoundSource } from './media/media-engine.ts';
import type { Call } from './sip/call.ts';

/** How long an ended call stays in the snapshot, so that a view can say why it ended. */
const endedCallMs = 6_000;
const historyLength = 200;
/** Keychain service under which every account's password is filed; the account is the account's id. */
const keychainService = 'Sidetone';

export interface PhoneOptions {
  version: string;
  settings: SettingsStore;
  secrets: SecretStore;
  callLog: CallLog;
  media: MediaEngine;
  /** Starts or finds the practice PBX. Rejects when it cannot be had; the phone then says so and works without. */
  practice: () => Promise<PracticeLine>;
  log: Logger;
  now?: () => number;
}

interface PhoneCall {
  call: Call;
  accountId: string;
}

const device: { source: SoundSource; sink: SoundSink } = {
  source: { kind: 'device' },
  sink: { kind: 'device' },
};

export class Phone {
  readonly handlers: PhoneHandlers = this.#makeHandlers();
  readonly #options: PhoneOptions;
  readonly #now: () => number;
  readonly #listeners = new Set<(event: PhoneEvent) => void>();
  readonly #lines: AccountLines;
  readonly #calls = new Map<string, PhoneCall>();
  readonly #endedTimers = new Set<NodeJS.Timeout>();
  #settings: Settings;
  /** The last save; the next change begins when it is over, so that none is built on settings that are going out of date. */
  #lastSave: Promise<unknown> = Promise.resolve();
  #history: HistoryEntry[];
  #trouble: PhoneError | null = null;
  #revision = 0;
  #snapshotQueued = false;
  #stopWatching: () => void = () => undefined;
  #closing = false;
  #closed: Promise<void> | undefined;

  constructor(options: PhoneOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#settings = options.settings.load();
    this.#history = options.callLog.load();
    this.#lines = new AccountLines({
      settings: () => this.#settings,
      secrets: options.secrets,
      media: options.media,
      userAgentName: `Sidetone/${options.version}`,
      log: options.log,
      onChanged: () => this.#changed(),
      onIncoming: (call, accountId) => this.#follow(call, accountId),
      onProblem: (thrown) => this.#notice(thrown),
    });
    this.#applyVolumes();
  }

  /** Starts the practice line and registers every enabled account. Failures show in the snapshot; it never rejects. */
  async start(): Promise<void> {
    this.#watchSettings();
    if (this.#options.settings.problem !== null) {
      this.#notice(new PhoneFailure('settings.invalid', { problem: this.#options.settings.problem }));
    }
    await Promise.all([
      this.#startPractice(),
      ...this.#settings.accounts.map((account) => this.#lines.align(account.id)),
    ]);
  }

  /** Follows what other processes change. A system that can watch no more files costs no more than that. */
  #watchSettings(): void {
    try {
      this.#stopWatching = this.#options.settings.watch((settings) => {
        const accounts = [...this.#settings.accounts, ...settings.accounts];
        this.#useSettings(settings);
        for (const id of new Set(accounts.map((account) => account.id))) void this.#lines.align(id);
      });
    } catch (thrown) {
      this.#options.log.warn(
        `the settings of other processes are not followed: ${toPhoneError(thrown).message}`,
      );
    }
  }

  /** Registers a listener for every event of the contract. Returns the function that removes it. */
  onEvent(listener: (event: PhoneEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get snapshot(): PhoneSnapshot {
    return {
      revision: this.#revision,
      version: this.#options.version,
      accounts: this.#lines.snapshots,
      calls: [...this.#calls.values()].map(({ call, accountId }) => ({ ...call.snapshot, accountId })),
      history: this.#history,
      settings: this.#settings,
      secretStore: { kind: this.#options.secrets.kind, reason: this.#options.secrets.reason },
      trouble: this.#trouble,
    };
  }

  /** Settings in force; shells read `verbose_logging` from here. */
  get settings(): Settings {
    return this.#settings;
  }

  /** Ends calls, unregisters, frees media and closes the stores. Idempotent; bounded by the lines' own bounds. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing = true;
    this.#stopWatching();
    await this.#lines.close();
    for (const timer of this.#endedTimers) clearTimeout(timer);
    await this.#options.media.close();
    this.#options.settings.close();
    this.#listeners.clear();
  }

  // ── accounts ──────────────────────────────────────────────────────────────────────────────────────────────────────

  async #startPractice(): Promise<void> {
    try {
      this.#lines.openPractice(await this.#options.practice());
    } catch (thrown) {
      const reason = toPhoneError(thrown).message.replace(/\.$/, '');
      this.#trouble = new PhoneFailure('practice.failed', { reason }).error;
      this.#options.log.error(this.#trouble.message);
      this.#changed();
    }
  }

  async #storePassword(accountId: string, password: string): Promise<SecretReference> {
    const reference = { service: keychainService, account: accountId };
    await this.#options.secrets.set(reference, new Secret(password));
    return reference;
  }

  #accountOf(settings: Settings, accountId: string): AccountSettings {
    const account = settings.accounts.find(({ id }) => id === accountId);
    if (account === undefined) throw new PhoneFailure('call.no-account');
    return account;
  }

  async #addAccount({ account, password }: RequestData<'account.add'>): Promise<{ accountId: string }> {
    const id = randomUUID();
    const added: AccountSettings = { ...account, id, kind: 'sip' };
    checkAccount(added);
    if (password !== undefined) added.password = await this.#storePassword(id, password);
    await this.#changeSettings((settings) => ({ ...settings, accounts: [...settings.accounts, added] }));
    void this.#lines.align(id);
    return { accountId: id };
  }

  async #changeAccount({ accountId, account, password }: RequestData<'account.change'>): Promise<void> {
    const change = (settings: Settings): AccountSettings => {
      const after = accountSettings.parse({ ...this.#accountOf(settings, accountId), ...account });
      checkAccount(after);
      return after;
    };
    change(this.#settings);
    const reference = password === undefined ? undefined : await this.#storePassword(accountId, password);
    await this.#changeSettings((settings) => {
      const after = change(settings);
      if (reference !== undefined) after.password = reference;
      return {
        ...settings,
        accounts: settings.accounts.map((each) => (each.id === accountId ? after : each)),
      };
    });
    void this.#lines.align(accountId, reference !== undefined);
  }

  async #removeAccount(accountId: string): Promise<void> {
    const { password } = this.#accountOf(this.#settings, accountId);
    await this.#changeSettings((settings) => ({
      ...settings,
      accounts: settings.accounts.filter(({ id }) => id !== accountId),
      default_account: settings.default_account === accountId ? '' : settings.default_account,
    }));
    void this.#lines.align(accountId);
    if (password !== undefined) await this.#options.secrets.delete(password);
  }

  // ── calls ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  #startCall({ target, accountId }: RequestData<'call.start'>): { callId: string } {
    const line = accountId === undefined ? this.#lines.usual() : this.#lines.find(accountId);
    const id = randomUUID();
    this.#follow(line.userAgent.call(target, { id, ...device }), line.account.id);
    return { callId: id };
  }

  #callOf(callId: string): Call {
    const found = this.#calls.get(callId);
    if (found === undefined || found.call.snapshot.state === 'ended')
      throw new PhoneFailure('call.not-found');
    return found.call;
  }

  #follow(call: Call, accountId: string): void {
    this.#calls.set(call.id, { call, accountId });
    call.on((event) => {
      switch (event.type) {
        case 'changed':
          this.#changed();
          break;
        case 'digit':
          this.#emit({ name: 'dtmf', data: { callId: call.id, ...withoutType(event) } });
          break;
        case 'stats':
          this.#emit({ name: 'stats', data: { callId: call.id, ...withoutType(event) } });
          break;
        case 'levels':
          this.#emit({ name: 'levels', data: { callId: call.id, ...withoutType(event) } });
          break;
        case 'notice':
          this.#emit({ name: 'notice', data: { error: event.error } });
          break;
        default:
          assertNever(event);
      }
    });
    void call.ended.then(() => this.#callEnded(call, accountId));
    this.#changed();
  }

  async #callEnded(call: Call, accountId: string): Promise<void> {
    const entry = historyEntryOf({ ...call.snapshot, accountId }, this.#now());
    this.#history = [entry, ...this.#history].slice(0, historyLength);
    this.#changed();
    if (!this.#closing) this.#forgetLater(call.id);
    try {
      await this.#options.callLog.append(entry);
    } catch (thrown) {
      this.#notice(thrown);
    }
  }

  #forgetLater(callId: string): void {
    const timer = setTimeout(() => {
      this.#endedTimers.delete(timer);
      this.#calls.delete(callId);
      this.#changed();
    }, endedCallMs);
    this.#endedTimers.add(timer);
  }

  // ── settings, events ──────────────────────────────────────────────────────────────────────────────────────────────

  /** Saves changed settings, then uses them. Changes follow each other: each is made to what the one before has left. */
  #changeSettings(change: (settings: Settings) => Settings): Promise<void> {
    const save = this.#lastSave.then(async () => {
      const changed = change(this.#settings);
      await this.#options.settings.save(changed);
      this.#useSettings(changed);
    });
    this.#lastSave = save.catch(() => undefined);
    return save;
  }

  #useSettings(settings: Settings): void {
    this.#settings = settings;
    this.#applyVolumes();
    this.#changed();
  }

  #applyVolumes(): void {
    const { microphone_volume: microphone, speaker_volume: speaker } = this.#settings.audio;
    this.#options.media.setVolumes({ microphone, speaker });
  }

  #notice(thrown: unknown): void {
    const error = toPhoneError(thrown);
    this.#options.log.warn(error.message);
    this.#emit({ name: 'notice', data: { error } });
  }

  #emit(event: PhoneEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** Many changes in one turn become one snapshot. */
  #changed(): void {
    this.#revision += 1;
    if (this.#snapshotQueued) return;
    this.#snapshotQueued = true;
    queueMicrotask(() => {
      this.#snapshotQueued = false;
      this.#emit({ name: 'snapshot', data: this.snapshot });
    });
  }

  #makeHandlers(): PhoneHandlers {
    return {
      'phone.snapshot': async () => this.snapshot,
      'call.start': async (input) => this.#startCall(input),
      'call.answer': async ({ callId }) => {
        await this.#callOf(callId).answer(device);
        return {};
      },
      'call.reject': async ({ callId, reason }) => {
        this.#callOf(callId).reject(reason);
        return {};
      },
      'call.hangup': async ({ callId }) => {
        this.#callOf(callId).hangup();
        return {};
      },
      'call.mute': async ({ callId, muted }) => {
        this.#callOf(callId).setMuted(muted);
        return {};
      },
      'call.digits': async ({ callId, digits }) => {
        this.#callOf(callId).sendDigits(digits);
        return {};
      },
      'account.add': (input) => this.#addAccount(input),
      'account.change': async (input) => {
        await this.#changeAccount(input);
        return {};
      },
      'account.remove': async ({ accountId }) => {
        await this.#removeAccount(accountId);
        return {};
      },
      'account.register': async ({ accountId }) => {
        this.#lines.find(accountId).userAgent.register();
        return {};
      },
      'account.unregister': async ({ accountId }) => {
        this.#lines.find(accountId).userAgent.unregister();
        return {};
      },
      'settings.change': async ({ patch }) => {
        await this.#changeSettings((settings) => applyPatchOrRefuse(settings, patch));
        return {};
      },
      'history.clear': async () => {
        await this.#options.callLog.clear();
        this.#history = [];
        this.#changed();
        return {};
      },
    };
  }
}

function applyPatchOrRefuse(settings: Settings, patch: RequestData<'settings.change'>['patch']): Settings {
  try {
    return applyPatch(settings, patch);
  } catch (thrown) {
    const problem = thrown instanceof ZodError ? describeIssues(thrown) : toPhoneError(thrown).message;
    throw new PhoneFailure('settings.invalid', { problem });
  }
}

function withoutType<T extends { type: string }>({ type: _type, ...rest }: T): Omit<T, 'type'> {
  return rest;
}
