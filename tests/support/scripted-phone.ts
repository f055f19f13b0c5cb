/**
 * A phone without a telephone: implements the contract in memory, so that views can be seen and tested in any state.
 * Requests change its snapshot as the engine would, at once; everything else is played by the test through `change` and `tell`.
 */
import { makeError } from '../../contract/errors.ts';
import type {
  Answer,
  EventData,
  EventName,
  PhoneClient,
  RequestInput,
  RequestName,
  RequestOutput,
} from '../../contract/phone.ts';
import { applyPatch, type AccountSettings } from '../../contract/settings.ts';
import type {
  CallEnd,
  CallSnapshot,
  PhoneSnapshot,
  QualityPoint,
  SoundProblem,
} from '../../contract/snapshot.ts';

type Script = { [N in RequestName]?: (input: RequestInput<N>) => unknown };

export class ScriptedPhone implements PhoneClient {
  snapshot: PhoneSnapshot;
  /** Everything that was asked, oldest first. */
  readonly asked: { name: RequestName; input: unknown }[] = [];
  /** What trying an account form finds. */
  checked: RequestOutput<'account.check'> = {
    server: { state: 'unknown', sentence: '' },
    transport: { state: 'unknown', sentence: '' },
    user: { state: 'unknown', sentence: '' },
    password: { state: 'unknown', sentence: '' },
    certificate: null,
  };
  /** Quality over time of every call. */
  quality: readonly QualityPoint[] = [];
  /** Names whose next request is refused. */
  readonly refusing = new Set<RequestName>();
  readonly #listeners = new Map<EventName, Set<(data: never) => void>>();
  #nextCall = 1;

  constructor(snapshot: PhoneSnapshot) {
    this.snapshot = snapshot;
  }

  request<N extends RequestName>(name: N, input: RequestInput<N>): Promise<Answer<RequestOutput<N>>> {
    this.asked.push({ name, input });
    if (this.refusing.delete(name)) {
      return Promise.resolve({ ok: false, error: makeError('internal', { reason: 'the script says no' }) });
    }
    const script = this.#script[name] as ((input: RequestInput<N>) => unknown) | undefined;
    return Promise.resolve({ ok: true, value: (script?.(input) ?? {}) as RequestOutput<N> });
  }

  subscribe<N extends EventName>(name: N, listener: (data: EventData<N>) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  tell<N extends EventName>(name: N, data: EventData<N>): void {
    for (const listener of this.#listeners.get(name) ?? []) listener(data as never);
  }

  /** A new snapshot with these parts changed. */
  change(parts: Partial<PhoneSnapshot>): void {
    this.snapshot = { ...this.snapshot, ...parts, revision: this.snapshot.revision + 1 };
    this.tell('snapshot', this.snapshot);
  }

  changeCall(callId: string, parts: Partial<CallSnapshot>): void {
    const calls = this.snapshot.calls.map((call) => (call.id === callId ? { ...call, ...parts } : call));
    this.change({ calls });
  }

  endCall(callId: string, end: Partial<CallEnd> = {}): void {
    this.changeCall(callId, {
      state: 'ended',
      end: {
        at: Date.now(),
        by: 'here',
        status: 200,
        reason: 'OK',
        sentence: 'You hung up.',
        error: null,
        answeredElsewhere: false,
        ...end,
      },
    });
  }

  /** Begins a call; whatever talks is held. */
  #call(target: string, consultationFor: string | null = null): string {
    this.#holdTalking();
    const id = `call-${this.#nextCall++}`;
    const call = scriptedCall({ id, remote: partyOf(target), state: 'calling', consultationFor });
    this.change({ calls: [...this.snapshot.calls, call] });
    return id;
  }

  #setHold(callId: string, local: boolean): void {
    const remote = this.snapshot.calls.find(({ id }) => id === callId)?.hold.remote === true;
    this.changeCall(callId, { hold: { local, remote, pending: false } });
  }

  /** The call and those in a conference with it. */
  #together(callId: string): string[] {
    const { calls } = this.snapshot;
    const conference = calls.find(({ id }) => id === callId)?.conferenceId ?? null;
    const members = calls.filter((call) => conference !== null && call.conferenceId === conference);
    return members.length === 0 ? [callId] : members.map(({ id }) => id);
  }

  /** Holds what talks, but for the given call and those in a conference with it. */
  #holdTalking(except?: string): void {
    const spared = except === undefined ? [] : this.#together(except);
    for (const { id, state } of this.snapshot.calls)
      if (state === 'connected' && !spared.includes(id)) this.#setHold(id, true);
  }

  #changeAccount(accountId: string, change: (account: AccountSettings) => AccountSettings): void {
    const { settings } = this.snapshot;
    const accounts = settings.accounts.map((account) =>
      account.id === accountId ? change(account) : account,
    );
    this.change({ settings: { ...settings, accounts } });
  }

  readonly #script: Script = {
    'phone.snapshot': () => this.snapshot,
    'call.start': ({ target }) => ({ callId: this.#call(target) }),
    'call.answer': ({ callId }) => {
      this.#holdTalking();
      this.changeCall(callId, { state: 'connected', answeredAt: Date.now() });
    },
    'call.reject': ({ callId }) => this.endCall(callId, { sentence: 'You rejected the call.', status: 603 }),
    'call.hangup': ({ callId }) => this.endCall(callId),
    // Whoever is in the script never stops talking.
    'call.mute': ({ callId, muted }) =>
      this.changeCall(callId, { muted, soundProblem: muted ? mutedAndSpeaking : null }),
    'call.digits': ({ callId, digits }) => {
      const call = this.snapshot.calls.find(({ id }) => id === callId);
      this.changeCall(callId, { digits: `${call?.digits ?? ''}${digits}` });
    },
    'call.hold': ({ callId }) => {
      for (const id of this.#together(callId)) this.#setHold(id, true);
    },
    'call.resume': ({ callId }) => {
      this.#holdTalking(callId);
      for (const id of this.#together(callId)) this.#setHold(id, false);
    },
    'call.transfer': ({ callId, target }) =>
      this.changeCall(callId, {
        transfer: { kind: 'blind', to: partyOf(target), state: 'trying', sentence: `Calling ${target}…` },
      }),
    'call.consult': ({ callId, target }) => ({ callId: this.#call(target, callId) }),
    'call.complete-transfer': ({ callId, toCallId }) => {
      this.endCall(callId, { sentence: 'You connected the two.' });
      this.endCall(toCallId, { sentence: 'You connected the two.' });
    },
    'call.merge': ({ callIds }) => {
      for (const callId of callIds) {
        this.#setHold(callId, false);
        this.changeCall(callId, { conferenceId: 'conference-1' });
      }
      return { conferenceId: 'conference-1' };
    },
    'call.record': ({ callId, on }) =>
      this.changeCall(callId, {
        recording: on ? { state: 'recording', file: '/recordings/anna.wav', since: Date.now() } : null,
      }),
    'call.quality': () => ({ points: this.quality }),
    'diagnostics.sound': () => ({
      checks: [
        { id: 'ports', title: 'RTP ports', state: 'good', sentence: 'All are free.', cure: '' },
        {
          id: 'turn',
          title: 'TURN server turns:turn.example.com:5349',
          state: 'bad',
          sentence: 'It does not take the password.',
          cure: 'Type it again, or ask whoever runs the server.',
        },
        {
          id: 'dscp',
          title: 'Marks of urgency (DSCP)',
          state: 'unknown',
          sentence: 'This system does not tell.',
          cure: '',
        },
      ],
    }),
    'call.split': ({ callId }) => {
      this.changeCall(callId, { conferenceId: null });
      this.#setHold(callId, true);
    },
    'call.redirect': ({ callId, target }) =>
      this.changeCall(callId, {
        redirect: null,
        ...(target === undefined ? {} : { remote: partyOf(target) }),
      }),
    'call.deflect': ({ callId }) =>
      this.endCall(callId, { sentence: 'You sent the call elsewhere.', status: 302 }),
    'text.send': ({ target, text, accountId = 'office' }) => {
      const id = `text-${this.snapshot.texts.length}`;
      const remote = partyOf(target);
      const sent = { id, accountId, direction: 'outgoing', remote, text, at: Date.now() } as const;
      this.change({ texts: [{ ...sent, state: 'sent', error: null }, ...this.snapshot.texts] });
      return { id };
    },
    'settings.change': ({ patch }) => this.change({ settings: applyPatch(this.snapshot.settings, patch) }),
    'presence.set': ({ state, note = '' }) => this.change({ presence: { state, note } }),
    'account.forward': ({ accountId, when, to }) =>
      this.#changeAccount(accountId, (account) => ({
        ...account,
        forward: { ...account.forward, [when]: to },
      })),
    'account.check': () => this.checked,
    'account.add': () => ({ accountId: 'added' }),
    'history.clear': () => this.change({ history: [] }),
  };
}

const partyOf = (target: string) => ({ number: target, name: '', uri: `sip:${target}@127.0.0.1` });

export const mutedAndSpeaking: SoundProblem = {
  cause: 'muted-and-speaking',
  sentence: 'You are muted and speaking.',
  cure: 'Unmute to be heard.',
};

/** An outgoing call to Anna Keller, connected since 4:17, with the given parts changed. */
export function scriptedCall(parts: Partial<CallSnapshot> = {}): CallSnapshot {
  const now = Date.now();
  const state = parts.state ?? 'connected';
  return {
    id: 'anna',
    accountId: 'office',
    direction: 'outgoing',
    state,
    remote: { number: '1042', name: 'Anna Keller', uri: 'sip:1042@pbx.example.com' },
    startedAt: now - 262_000,
    answeredAt: state === 'connected' ? now - 257_000 : null,
    end: null,
    muted: false,
    hold: { local: false, remote: false, pending: false },
    conferenceId: null,
    media: [
      {
        kind: 'audio',
        codec: 'PCMU',
        direction: 'sendrecv',
        secure: false,
        sampleRate: 8000,
        encryption: { kind: 'none', suite: '' },
        path: null,
      },
    ],
    soundProblem: null,
    recording: null,
    dtmfMethod: 'rfc4733',
    digits: '',
    transfer: null,
    consultationFor: null,
    referredBy: null,
    redirect: null,
    autoAnswered: false,
    recovering: false,
    ...parts,
  };
}
