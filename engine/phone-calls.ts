/** The calls of all lines: begun and found by their ids, followed until they are over, and written into the call log. */
import { randomUUID } from 'node:crypto';
import { assertNever } from '../contract/assert-never.ts';
import { PhoneFailure } from '../contract/errors.ts';
import type { PhoneEvent, RequestData } from '../contract/phone.ts';
import type { CallLog } from '../contract/services.ts';
import type { Settings } from '../contract/settings.ts';
import type { CallSnapshot, HistoryEntry, Party, QualityPoint } from '../contract/snapshot.ts';
import type { AccountLines } from './account-lines.ts';
import { CallQuality } from './call-quality.ts';
import { historyEntryOf, turnedAwayEntry } from './call-history.ts';
import type { SoundSink, SoundSource } from './media/media-engine.ts';
import { PhoneFloor } from './phone-floor.ts';
import type { Recordings } from './recordings.ts';
import type { TurnedAway } from './sip/admission.ts';
import type { Call } from './sip/call.ts';
import type { Takeover } from './sip/replaces.ts';
import type { Referral } from './sip/referral.ts';
import { partyOfUri } from './sip/party.ts';

/** How long an ended call stays in the snapshot, so that a view can say why it ended. */
const endedCallMs = 6_000;
/** Ended calls whose quality can still be asked for, newest first. Counted and not timed: an ended call leaves no clock running. */
const endedQualities = 20;
const historyLength = 200;

const device: { source: SoundSource; sink: SoundSink } = {
  source: { kind: 'device' },
  sink: { kind: 'device' },
};

export interface PhoneCallsOptions {
  lines: AccountLines;
  settings: () => Settings;
  recordings: Recordings;
  callLog: CallLog;
  now: () => number;
  onChanged: () => void;
  onEvent: (event: PhoneEvent) => void;
  /** Something went wrong that no caller waits for. */
  onProblem: (thrown: unknown) => void;
}

interface FollowedCall {
  call: Call;
  accountId: string;
  /** The call that this one was begun for. */
  consultationFor: string | null;
}

export class PhoneCalls {
  /** Which of the calls talks. */
  readonly floor: PhoneFloor;
  readonly #options: PhoneCallsOptions;
  readonly #calls = new Map<string, FollowedCall>();
  readonly #qualities = new Map<string, CallQuality>();
  /** Ended calls among them, oldest first. */
  readonly #endedQualities: string[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  #history: HistoryEntry[];
  #closing = false;

  constructor(options: PhoneCallsOptions) {
    this.#options = options;
    this.#history = options.callLog.load();
    this.floor = new PhoneFloor({
      calls: () => [...this.#calls.values()].map(({ call }) => call),
      onProblem: options.onProblem,
    });
  }

  /** Calls that go on, and ended ones for a few seconds. Oldest first. */
  get snapshots(): CallSnapshot[] {
    return [...this.#calls.values()].map(({ call, accountId, consultationFor }) => {
      const { snapshot } = call;
      // Whoever is aside is on hold to the person, whatever the far side says to it.
      const local = snapshot.hold.local || (call.seat.aside && snapshot.answeredAt !== null);
      return { ...snapshot, accountId, consultationFor, hold: { ...snapshot.hold, local } };
    });
  }

  /** Newest first. */
  get history(): HistoryEntry[] {
    return this.#history;
  }

  /**
   * Calls; whatever else talks goes on hold.
   * @param consultationFor the call that this one is begun for
   * @throws PhoneFailure `call.no-account`, `call.bad-target`
   */
  start(
    { target, accountId }: RequestData<'call.start'>,
    consultationFor: string | null = null,
    takeover?: Takeover,
  ): { callId: string } {
    const { lines } = this.#options;
    const line = accountId === undefined ? lines.usual() : lines.find(accountId);
    const id = randomUUID();
    const taking = takeover === undefined ? {} : { takeover };
    const call = line.userAgent.call(target, { id, ...device, ...taking });
    this.#follow({ call, accountId: line.account.id, consultationFor });
    this.floor.begun(call);
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
    this.#follow({ call, accountId, consultationFor: null });
    if (!answersItself) return;
    const stop = this.#after(afterSeconds * 1000, () => {
      if (call.snapshot.state !== 'ringing') return;
      this.floor.begun(call);
      call.answer(device, { byItself: true }).catch(onProblem);
    });
    void call.ended.then(stop);
  }

  /** Calls whom the far side of a call sends the person to; the new call has the floor where the old one had it. */
  takeReferral(referral: Referral, accountId: string): void {
    const { userAgent } = this.#options.lines.find(accountId);
    const from = this.find(referral.from.id);
    const hadFloor = this.floor.has(from);
    const call = userAgent.callReferred(referral, { id: randomUUID(), ...device });
    if (!hadFloor) this.floor.begunAside(call);
    this.#follow({ call, accountId, consultationFor: null });
    if (hadFloor) this.floor.begunFor(call, from);
  }

  /** Writes down a call that was turned away before it rang. */
  async noteTurnedAway(accountId: string, remote: Party, why: TurnedAway): Promise<void> {
    await this.#log(turnedAwayEntry({ id: randomUUID(), accountId, remote, why, at: this.#options.now() }));
  }

  /** @throws PhoneFailure `call.not-found`, `call.wrong-state`, `call.bad-target` */
  deflect(callId: string, target: string): void {
    const { lines } = this.#options;
    const call = this.find(callId);
    call.deflect(lines.find(call.snapshot.accountId).userAgent.addressOf(target).address);
  }

  /** @throws PhoneFailure `call.not-found`, `call.wrong-state`, `call.bad-target` */
  redirect(callId: string, target: string | undefined): void {
    const call = this.find(callId);
    const { accountId, redirect } = call.snapshot;
    const named = redirect?.find(({ uri }) => uri === target);
    const { userAgent } = this.#options.lines.find(accountId);
    call.redirect(
      target === undefined ? undefined : (named ?? partyOfUri(userAgent.addressOf(target).address)),
    );
  }

  /** Answers; whatever else talks goes on hold. Rejects as Call.answer does. */
  answer(callId: string): Promise<void> {
    const call = this.find(callId);
    if (call.snapshot.state === 'ringing') this.floor.begun(call);
    return call.answer(device);
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

  /**
   * The quality of a call over time, oldest first.
   * @throws PhoneFailure `call.not-found`
   */
  quality(callId: string): QualityPoint[] {
    const quality = this.#qualities.get(callId);
    if (quality === undefined) throw new PhoneFailure('call.not-found');
    return quality.points;
  }

  /** Takes a call into the snapshot, its events into the phone's, and its end into the call log. */
  #follow(followed: FollowedCall): void {
    const { onChanged, onEvent, now, recordings } = this.#options;
    const { call, accountId } = followed;
    const quality = new CallQuality();
    this.#calls.set(call.id, followed);
    this.#qualities.set(call.id, quality);
    call.on((event) => {
      switch (event.type) {
        case 'changed':
          this.floor.changed(call);
          recordings.changed(call);
          onChanged();
          break;
        case 'digit':
          onEvent({ name: 'dtmf', data: { callId: call.id, ...withoutType(event) } });
          break;
        case 'stats':
          if (event.final) quality.finish(event.stats);
          else if (call.snapshot.answeredAt !== null) quality.note(event.stats, now());
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
    void call.ended.then(() => this.#onEnded(call, accountId, quality));
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

  async #onEnded(call: Call, accountId: string, quality: CallQuality): Promise<void> {
    this.floor.ended(call);
    const { snapshot } = call;
    const left = { quality: quality.summary(snapshot), recording: call.recording.file };
    const entry = historyEntryOf({ ...snapshot, accountId }, this.#options.now(), left);
    const written = this.#log(entry);
    this.#keepQuality(call.id);
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
    this.#after(endedCallMs, () => {
      this.#calls.delete(callId);
      this.#options.onChanged();
    });
  }

  #keepQuality(callId: string): void {
    this.#endedQualities.push(callId);
    if (this.#endedQualities.length <= endedQualities) return;
    const oldest = this.#endedQualities.shift();
    if (oldest !== undefined) this.#qualities.delete(oldest);
  }

  /** Returns the function that stops it; idempotent. */
  #after(delayMs: number, act: () => void): () => void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, delayMs);
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
      clearTimeout(timer);
    };
  }
}

function withoutType<T extends { type: string }>({ type: _type, ...rest }: T): Omit<T, 'type'> {
  return rest;
}
