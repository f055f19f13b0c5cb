/**
 * THE PHONE: the one object that implements the contract. It holds the account lines, the calls on them, the settings in force
 * and the call log, and tells every change as a whole snapshot with a revision. It knows no window, no file and no Electron:
 * what a computer lends comes in as services (contract/services.ts).
 *
 *   request → handler → account line / call → … → onChanged → snapshot event
 */
import { randomUUID } from 'node:crypto';
import { PhoneFailure, toPhoneError } from '../contract/errors.ts';
import type { PhoneError } from '../contract/errors.ts';
import type { PhoneEvent, PhoneHandlers } from '../contract/phone.ts';
import type {
  CallLog,
  PacketMarkReader,
  PracticeLine,
  SecretStore,
  SettingsStore,
  TextLog,
} from '../contract/services.ts';
import type { Settings } from '../contract/settings.ts';
import type { PhoneSnapshot } from '../contract/snapshot.ts';
import { AccountLines } from './account-lines.ts';
import { CallForwarding } from './call-forwarding.ts';
import { Lamps } from './lamps.ts';
import type { Logger } from './log.ts';
import type { MediaEngine } from './media/media-engine.ts';
import { OwnPresence } from './own-presence.ts';
import { PhoneAccounts } from './phone-accounts.ts';
import { PhoneCalls } from './phone-calls.ts';
import type { PhoneFloor } from './phone-floor.ts';
import { PhoneTransfers } from './phone-transfers.ts';
import { PhoneNetwork } from './phone-network.ts';
import { PracticeStart } from './practice-start.ts';
import { PhoneSettings } from './phone-settings.ts';
import { Recordings } from './recordings.ts';
import { checkSound } from './sound-diagnostics.ts';
import { Texts } from './texts.ts';
import { storeTurnCredential } from './turn-credentials.ts';

export interface PhoneOptions {
  version: string;
  settings: SettingsStore;
  secrets: SecretStore;
  callLog: CallLog;
  textLog: TextLog;
  media: MediaEngine;
  /** Folder of recordings unless the settings name another. */
  recordingsFolder: string;
  packetMark: PacketMarkReader;
  /** Starts or finds the practice PBX. Rejects when it cannot be had; the phone then says so and works without. */
  practice: () => Promise<PracticeLine>;
  log: Logger;
  now?: () => number;
}

export class Phone {
  readonly handlers: PhoneHandlers = this.#makeHandlers();
  readonly #options: PhoneOptions;
  readonly #listeners = new Set<(event: PhoneEvent) => void>();
  readonly #settings: PhoneSettings;
  readonly #lines: AccountLines;
  readonly #accounts: PhoneAccounts;
  readonly #calls: PhoneCalls;
  readonly #practice: PracticeStart;
  readonly #transfers: PhoneTransfers;
  readonly #forwarding: CallForwarding;
  readonly #lamps: Lamps;
  readonly #network: PhoneNetwork;
  readonly #presence: OwnPresence;
  readonly #recordings: Recordings;
  readonly #texts: Texts;
  #trouble: PhoneError | null = null;
  #revision = 0;
  #snapshotQueued = false;
  #stopWatching: () => void = () => undefined;
  #closed: Promise<void> | undefined;

  constructor(options: PhoneOptions) {
    this.#options = options;
    const { secrets, media, log, callLog } = options;
    const onChanged = () => this.#changed();
    const onProblem = (thrown: unknown) => this.#notice(thrown);
    this.#settings = new PhoneSettings(options.settings, () => {
      for (const userAgent of this.#lines.userAgents) userAgent.settingsChanged();
      this.#applyVolumes();
      this.#lamps.align();
      onChanged();
    });
    this.#lines = new AccountLines({
      settings: () => this.settings,
      secrets,
      media,
      userAgentName: `Sidetone/${options.version}`,
      log,
      onChanged: () => {
        this.#lamps.align();
        this.#presence.align();
        onChanged();
      },
      onRestored: () => this.#network.check(),
      onIncoming: (call, accountId) => this.#calls.takeIncoming(call, accountId),
      onText: (accountId, from, text) => this.#texts.receive(accountId, from, text),
      onReferred: (referral, accountId) => this.#calls.takeReferral(referral, accountId),
      onTurnedAway: (...told) => void this.#calls.noteTurnedAway(...told),
      inCall: () => this.#calls.busy,
      onProblem,
    });
    this.#accounts = new PhoneAccounts({
      settings: this.#settings,
      secrets,
      lines: this.#lines,
      log: log.child('account'),
    });
    this.#recordings = new Recordings({
      settings: () => this.settings.recording,
      folder: options.recordingsFolder,
      now: options.now ?? Date.now,
      onProblem,
    });
    this.#calls = new PhoneCalls({
      recordings: this.#recordings,
      lines: this.#lines,
      settings: () => this.settings,
      callLog,
      now: options.now ?? Date.now,
      onChanged,
      onEvent: (event) => this.#emit(event),
      onProblem,
    });
    this.#transfers = new PhoneTransfers({ lines: this.#lines, calls: this.#calls });
    this.#forwarding = new CallForwarding({ settings: this.#settings, lines: this.#lines });
    this.#texts = new Texts({
      lines: this.#lines,
      log: options.textLog,
      now: options.now ?? Date.now,
      onChanged,
      onProblem,
    });
    this.#presence = new OwnPresence({ lines: () => this.#lines.all, onChanged });
    this.#lamps = new Lamps({
      wanted: () => this.settings.lamps,
      lineOf: (accountId) => this.#lines.at(accountId),
      pickUpCode: () => this.settings.feature_codes.pick_up,
      call: (target, accountId, takeover) =>
        this.#calls.start(accountId === undefined ? { target } : { target, accountId }, null, takeover),
      onChanged,
      onProblem,
    });
    this.#network = new PhoneNetwork({
      lines: () => this.#lines.userAgents.map(({ network }) => network),
      busy: () => this.#calls.busy,
      onChanged,
      log: log.child('network'),
    });
    this.#practice = new PracticeStart({
      start: options.practice,
      onLine: (line) => this.#lines.openPractice(line),
      onTrouble: (trouble) => {
        this.#trouble = trouble;
        if (trouble !== null) log.error(trouble.message);
        onChanged();
      },
    });
    this.#applyVolumes();
  }

  /** Starts the practice line and registers every enabled account. Failures show in the snapshot; it never rejects. */
  async start(): Promise<void> {
    this.#watchSettings();
    this.#network.start();
    if (this.#options.settings.problem !== null) {
      this.#notice(new PhoneFailure('settings.invalid', { problem: this.#options.settings.problem }));
    }
    await this.#settings.nameInstance(() => randomUUID());
    await Promise.all([
      this.#practice.begin(),
      ...this.settings.accounts.map((account) => this.#lines.align(account.id)),
    ]);
  }

  /** Follows what other processes change. A system that can watch no more files costs no more than that. */
  #watchSettings(): void {
    try {
      this.#stopWatching = this.#options.settings.watch((settings) => {
        const accounts = [...this.settings.accounts, ...settings.accounts];
        this.#settings.use(settings);
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
      calls: this.#calls.snapshots,
      history: this.#calls.history,
      lamps: this.#lamps.snapshots,
      texts: this.#texts.snapshots,
      network: this.#network.state,
      presence: this.#presence.presence,
      settings: this.settings,
      secretStore: { kind: this.#options.secrets.kind, reason: this.#options.secrets.reason },
      trouble: this.#trouble,
    };
  }

  /** The computer has woken from a sleep: lines register again at once. Shells that are told so tell it. */
  resumed(): void {
    this.#network.resumed();
  }

  /** The network may have changed, says whoever saw it: it is looked at now. */
  networkHint(): void {
    this.#network.hint();
  }

  get #floor(): PhoneFloor {
    return this.#calls.floor;
  }

  /** Settings in force; shells read `verbose_logging` from here. */
  get settings(): Settings {
    return this.#settings.current;
  }

  /** Ends calls, unregisters, frees media and closes the stores. Idempotent; bounded by the lines' own bounds. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#calls.closing();
    this.#practice.close();
    this.#stopWatching();
    this.#network.close();
    await this.#lines.close();
    this.#calls.close();
    await this.#options.media.close();
    this.#options.settings.close();
    this.#listeners.clear();
  }

  // ── events ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #applyVolumes(): void {
    const { microphone_volume: microphone, speaker_volume: speaker } = this.settings.audio;
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
      'call.start': async (input) => this.#calls.start(input),
      'call.answer': done(({ callId }) => this.#calls.answer(callId)),
      'call.reject': done(({ callId, reason }) => this.#calls.find(callId).reject(reason)),
      'call.hangup': done(({ callId }) => this.#calls.find(callId).hangup()),
      'call.mute': done(({ callId, muted }) => this.#floor.setMuted(this.#calls.find(callId), muted)),
      'call.digits': done(({ callId, digits }) => this.#calls.find(callId).sendDigits(digits)),
      'call.hold': done(({ callId }) => this.#floor.hold(this.#calls.find(callId))),
      'call.resume': done(({ callId }) => this.#floor.resume(this.#calls.find(callId))),
      'call.transfer': done((input) => this.#transfers.blind(input)),
      'call.consult': async (input) => this.#transfers.consult(input),
      'call.complete-transfer': done((input) => this.#transfers.complete(input)),
      'call.merge': async ({ callIds }) => {
        const calls = callIds.map((callId) => this.#calls.find(callId));
        return { conferenceId: await this.#floor.merge(calls) };
      },
      'call.split': done(({ callId }) => this.#floor.split(this.#calls.find(callId))),
      'call.redirect': done(({ callId, target }) => this.#calls.redirect(callId, target)),
      'call.deflect': done(({ callId, target }) => this.#calls.deflect(callId, target)),
      'call.record': done(({ callId, on }) => this.#recordings.set(this.#calls.find(callId), on)),
      'call.quality': async ({ callId }) => ({ points: this.#calls.quality(callId) }),
      'turn.credential': done((input) => storeTurnCredential(this.#settings, this.#options.secrets, input)),
      'diagnostics.sound': async () => ({
        checks: await checkSound({
          settings: this.settings,
          packetMark: this.#options.packetMark,
          readSecret: (reference) => this.#options.secrets.get(reference),
        }),
      }),
      'lamp.pick-up': async (input) => this.#lamps.pickUp(input),
      'text.send': async (input) => this.#texts.send(input),
      'presence.set': done((input) => this.#presence.set(input)),
      'account.add': (input) => this.#accounts.add(input),
      'account.change': done((input) => this.#accounts.change(input)),
      'account.remove': done(({ accountId }) => this.#accounts.remove(accountId)),
      'account.register': done(({ accountId }) => this.#lines.find(accountId).userAgent.register()),
      'account.unregister': done(({ accountId }) => this.#lines.find(accountId).userAgent.unregister()),
      'account.forward': done((input) => this.#forwarding.set(input)),
      'account.trust': done((input) => this.#accounts.trust(input)),
      'account.prove': done(({ accountId }) => this.#lines.find(accountId).userAgent.prove()),
      'account.check': (input) => this.#accounts.check(input),
      'settings.change': done(({ patch }) => this.#settings.patch(patch)),
      'history.clear': done(() => this.#calls.clearHistory()),
    };
  }
}

/** A handler that answers with nothing but that it is done. */
function done<T>(handle: (input: T) => Promise<void> | void): (input: T) => Promise<Record<string, never>> {
  return async (input) => {
    await handle(input);
    return {};
  };
}
