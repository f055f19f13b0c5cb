/**
 * The whole phone (engine/phone.ts) as one person at one extension, without a window: settings, passwords and call log in memory,
 * a WAV file for a microphone, and a recording of what each call's far side said.
 */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { handleRequest } from '../../contract/door.ts';
import type { PhoneEvent, RequestInput, RequestName, RequestOutput } from '../../contract/phone.ts';
import { type AccountSettings, accountSettings, completeSettings } from '../../contract/settings.ts';
import type { CallSnapshot, PhoneSnapshot } from '../../contract/snapshot.ts';
import { type LogLevel, createLogger } from '../../engine/log.ts';
import type { MediaEngine, MediaSession, OpenSessionOptions } from '../../engine/media/media-engine.ts';
import { Phone } from '../../engine/phone.ts';
import { memoryServices } from './memory-services.ts';
import { type Recording, readWav } from './wav-file.ts';

export interface DeskPhoneOptions {
  /** What differs from a fresh account; at least user, server, port and transport. */
  account: Partial<AccountSettings> & Pick<AccountSettings, 'user' | 'server' | 'port' | 'transport'>;
  password: string;
  /** Shared by several phones; stays open. */
  media: MediaEngine;
  /** WAV file that it says in every call, then silence. */
  says: string;
  /** What differs from the default settings, section by section. */
  settings?: Record<string, unknown>;
}

const accountId = 'line';
const usualLimitMs = 15_000;
const pollMs = 20;

export class DeskPhone {
  readonly user: string;
  readonly #phone: Phone;
  readonly #folder: string;
  readonly #recordings: string[];
  readonly #keys: string[] = [];
  readonly #log: string[];

  private constructor(made: {
    user: string;
    phone: Phone;
    folder: string;
    recordings: string[];
    log: string[];
  }) {
    this.user = made.user;
    this.#phone = made.phone;
    this.#folder = made.folder;
    this.#recordings = made.recordings;
    this.#log = made.log;
    made.phone.onEvent((event) => this.#take(event));
  }

  /** Opens it and begins to register. */
  static async open(options: DeskPhoneOptions): Promise<DeskPhone> {
    const { account, password, media, says, settings } = options;
    const folder = mkdtempSync(join(tmpdir(), 'sidetone-desk-'));
    const recordings: string[] = [];
    const log: string[] = [];
    const reference = { service: 'Sidetone', account: accountId };
    const first = completeSettings({
      ...settings,
      accounts: [
        accountSettings.parse({
          id: accountId,
          label: account.user,
          kind: 'sip',
          ...account,
          password: reference,
        }),
      ],
    });
    const phone = new Phone({
      version: 'interop',
      ...memoryServices(first, password),
      callLog: { load: () => [], append: async () => undefined, clear: async () => undefined },
      media: withSoundFiles(media, says, () => {
        const path = join(folder, `heard-${recordings.length + 1}.wav`);
        recordings.push(path);
        return path;
      }),
      log: createLogger(account.user, (level: LogLevel, module, message) => {
        log.push(`${level} ${module}: ${message}`);
      }),
    });
    const desk = new DeskPhone({ user: account.user, phone, folder, recordings, log });
    await phone.start();
    return desk;
  }

  get snapshot(): PhoneSnapshot {
    return this.#phone.snapshot;
  }

  get account(): PhoneSnapshot['accounts'][number] {
    const account = this.snapshot.accounts.find(({ id }) => id === accountId);
    if (account === undefined) throw new Error('the phone has lost its account');
    return account;
  }

  /** Keys received so far, in all calls. */
  get keys(): string {
    return this.#keys.join('');
  }

  /** The newest call, gone or not. */
  get call(): CallSnapshot | undefined {
    return this.snapshot.calls.at(-1);
  }

  /** Calls that go on. */
  get calls(): CallSnapshot[] {
    return this.snapshot.calls.filter(({ state }) => state !== 'ended');
  }

  /** What the phone has logged, for a failure's reason. */
  get log(): string {
    return this.#log.join('\n');
  }

  /** Asks through the contract's door. Rejects with the refusal's sentence. */
  async ask<N extends RequestName>(name: N, input: RequestInput<N>): Promise<RequestOutput<N>> {
    const answer = await handleRequest(this.#phone.handlers, name, input);
    if (!answer.ok) throw new Error(`${name}: ${answer.error.message}`);
    return answer.value as RequestOutput<N>;
  }

  /** Calls somebody; resolves to the call's id. */
  async dial(target: string): Promise<string> {
    return (await this.ask('call.start', { target })).callId;
  }

  /** Answers what rings, and resolves to the call's id once it is connected. */
  async answer(limitMs = usualLimitMs): Promise<string> {
    const callId = await this.rings(limitMs);
    await this.ask('call.answer', { callId });
    await this.reaches(callId, 'connected', limitMs);
    return callId;
  }

  /** Waits for an incoming call that rings; resolves to its id. */
  async rings(limitMs = usualLimitMs): Promise<string> {
    const ringing = () =>
      this.calls.find(({ direction, state }) => direction === 'incoming' && state === 'ringing');
    await this.until('an incoming call', () => ringing() !== undefined, limitMs);
    return ringing()?.id ?? '';
  }

  /** Waits until a call is in a state. */
  async reaches(callId: string, state: CallSnapshot['state'], limitMs = usualLimitMs): Promise<CallSnapshot> {
    await this.until(`its call to be ${state}`, () => this.find(callId).state === state, limitMs);
    return this.find(callId);
  }

  /** A call by its id. Throws when the phone does not show it any more. */
  find(callId: string): CallSnapshot {
    const call = this.snapshot.calls.find(({ id }) => id === callId);
    if (call === undefined) throw new Error(`phone ${this.user} does not show that call any more`);
    return call;
  }

  /** Waits until the phone is so; rejects with what it waited for and how the phone is instead. */
  async until(
    what: string,
    holds: (snapshot: PhoneSnapshot) => boolean,
    limitMs = usualLimitMs,
  ): Promise<void> {
    const deadline = performance.now() + limitMs;
    while (!holds(this.snapshot)) {
      if (performance.now() > deadline)
        throw new Error(`phone ${this.user} waited for ${what}: ${this.#state()}`);
      await delay(pollMs);
    }
  }

  async registered(limitMs = usualLimitMs): Promise<void> {
    await this.until(
      'its registration',
      () => {
        const { state, error } = this.account.registration;
        if (state === 'failed') throw new Error(error?.message ?? 'the registration failed');
        return state === 'registered';
      },
      limitMs,
    );
  }

  /** Ends every call, and waits until they are over. */
  async hangUpAll(): Promise<void> {
    await Promise.allSettled(this.calls.map(({ id }) => this.ask('call.hangup', { callId: id })));
    await this.until('all calls to be over', () => this.calls.length === 0);
  }

  /** What the newest call's far side said, or an earlier one's (−2). The call has ended. */
  heard(place = -1): Recording {
    const path = this.#recordings.at(place);
    if (path === undefined) throw new Error(`phone ${this.user} has recorded nothing`);
    return readWav(path);
  }

  async close(): Promise<void> {
    await this.#phone.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #take(event: PhoneEvent): void {
    if (event.name === 'dtmf' && event.data.direction === 'received') this.#keys.push(event.data.digit);
  }

  #state(): string {
    const calls = this.snapshot.calls.map(({ direction, state, end }) =>
      end === null ? `${direction} ${state}` : `${direction} ended (${end.status} ${end.reason})`,
    );
    return calls.length === 0 ? 'it has no call' : calls.join(', ');
  }
}

/** Files instead of the shell's microphone and speaker: one recording for each call. */
function withSoundFiles(media: MediaEngine, says: string, nextRecording: () => string): MediaEngine {
  return {
    openSession: (options: OpenSessionOptions): Promise<MediaSession> =>
      media.openSession({
        ...options,
        source: { kind: 'wav', path: says },
        sink: { kind: 'wav', path: nextRecording() },
      }),
    fingerprint: () => media.fingerprint(),
    setVolumes: () => undefined,
    attachLink: () => undefined,
    close: async () => undefined,
  };
}
