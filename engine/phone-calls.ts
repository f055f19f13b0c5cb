/** The calls of all lines: begun and found by their ids, followed until they are over, and written into the call log. */
import { randomUUID } from 'node:crypto';
import { assertNever } from '../contract/assert-never.ts';
import { PhoneFailure } from '../contract/errors.ts';
import type { PhoneEvent, RequestData } from '../contract/phone.ts';
import type { CallLog } from '../contract/services.ts';
import type { Settings } from '../contract/settings.ts';
import type { CallSnapshot, HistoryEntry, Party } from '../contract/snapshot.ts';
import type { AccountLines } from './account-lines.ts';
import { historyEntryOf, turnedAwayEntry } from './call-history.ts';
import type { SoundSink, SoundSource } from './media/media-engine.ts';
import type { Admission } from './sip/admission.ts';
import type { Call } from './sip/call.ts';

/** How long an ended call stays in the snapshot, so that a view can say why it ended. */
const endedCallMs = 6_000;
const historyLength = 200;

const device: { source: SoundSource; sink: SoundSink } = {
  source: { kind: 'device' },
  sink: { kind: 'device' },
};

export interface PhoneCallsOptions {
  lines: AccountLines;
  settings: () => Settings;
  callLog: CallLog;
  now: () => number;
  onChanged: () => void;
  onEvent: (event: PhoneEvent) => void;
  /** Something went wrong that no caller waits for. */
  onProblem: (thrown: unknown) => void;
}

export class PhoneCalls {
  readonly #options: PhoneCallsOptions;
  readonly #calls = new Map<string, { call: Call; accountId: string }>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #history: HistoryEntry[];
  #closing = false;

  constructor(options: PhoneCallsOptions) {
    this.#options = options;
    this.#history = options.callLog.load();
  }

  /** Calls that go on, and ended ones for a few seconds. Oldest first. */
  get snapshots(): CallSnapshot[] {
    return [...this.#calls.values()].map(({ call, accountId }) => ({ ...call.snapshot, accountId }));
  }

  /** Newest first. */
  get history(): HistoryEntry[] {
    return this.#history;
  }

  /** @throws PhoneFailure `call.no-account`, `call.bad-target` */
  start({ target, accountId }: RequestData<'call.start'>): { callId: string } {
    const { lines } = this.#options;
    const line = accountId === undefined ? lines.usual() : lines.find(accountId);
    const id = randomUUID();
    this.follow(line.userAgent.call(target, { id, ...device }), line.account.id);
    return { callId: id };
  }

  /** A call goes on or rings. */
  get busy(): boolean {
    return [...this.#calls.values()].some(({ call }) => call.snapshot.state !== 'ended');
  }

  /** Follows a call that rings here; answers it where the PBX asks for that, the settings allow it and nobody is talking. */
  takeIncoming(call: Call, accountId: string): void {
    const { settings, onProblem } = this.#options;
    const afterSeconds = call.autoAnswerSeconds;
    const answersItself = settings().calls.auto_answer && afterSeconds !== undefined && !this.busy;
    this.follow(call, accountId);
    if (!answersItself) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (call.snapshot.state === 'ringing') call.answer(device, { byItself: true }).catch(onProblem);
    }, afterSeconds * 1000);
    this.#timers.add(timer);
  }

  /** Writes down a call that the settings turned away. */
  async noteTurnedAway(
    accountId: string,
    remote: Party,
    admission: Exclude<Admission, 'ring'>,
  ): Promise<void> {
    await this.#log(
      turnedAwayEntry({ id: randomUUID(), accountId, remote, admission, at: this.#options.now() }),
    );
  }

  /** @throws PhoneFailure `call.not-found`, `call.wrong-state`, `call.bad-target` */
  deflect(callId: string, target: string): void {
    const { lines } = this.#options;
    const call = this.find(callId);
    call.deflect(lines.find(call.snapshot.accountId).userAgent.addressOf(target).address);
  }

  /** Rejects as Call.answer does. */
  answer(callId: string): Promise<void> {
    return this.find(callId).answer(device);
  }

  /**
   * A call that goes on.
   * @throws PhoneFailure `call.not-found`
   */
  find(callId: string): Call {
    const found = this.#calls.get(callId);
    if (found === undefined || found.call.snapshot.state === 'ended')
      throw new PhoneFailure('call.not-found');
    return found.call;
  }

  /** Takes a call into the snapshot, its events into the phone's, and its end into the call log. */
  follow(call: Call, accountId: string): void {
    const { onChanged, onEvent } = this.#options;
    this.#calls.set(call.id, { call, accountId });
    call.on((event) => {
      switch (event.type) {
        case 'changed':
          onChanged();
          break;
        case 'digit':
          onEvent({ name: 'dtmf', data: { callId: call.id, ...withoutType(event) } });
          break;
        case 'stats':
          onEvent({ name: 'stats', data: { callId: call.id, ...withoutType(event) } });
          break;
        case 'levels':
          onEvent({ name: 'levels', data: { callId: call.id, ...withoutType(event) } });
          break;
        case 'notice':
          onEvent({ name: 'notice', data: { error: event.error } });
          break;
        default:
          assertNever(event);
      }
    });
    void call.ended.then(() => this.#onEnded(call, accountId));
    onChanged();
  }

  async clearHistory(): Promise<void> {
    await this.#options.callLog.clear();
    this.#history = [];
    this.#options.onChanged();
  }

  /** From here on ended calls are not kept for show. */
  closing(): void {
    this.#closing = true;
  }

  /** Ends the timers. Idempotent. */
  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  async #onEnded(call: Call, accountId: string): Promise<void> {
    const written = this.#log(historyEntryOf({ ...call.snapshot, accountId }, this.#options.now()));
    if (!this.#closing) this.#forgetLater(call.id);
    await written;
  }

  async #log(entry: HistoryEntry): Promise<void> {
    const { callLog, onChanged, onProblem } = this.#options;
    this.#history = [entry, ...this.#history].slice(0, historyLength);
    onChanged();
    try {
      await callLog.append(entry);
    } catch (thrown) {
      onProblem(thrown);
    }
  }

  #forgetLater(callId: string): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#calls.delete(callId);
      this.#options.onChanged();
    }, endedCallMs);
    this.#timers.add(timer);
  }
}

function withoutType<T extends { type: string }>({ type: _type, ...rest }: T): Omit<T, 'type'> {
  return rest;
}
