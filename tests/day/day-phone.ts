/** The conductor's hand on a phone in another process (phone-process.ts): asks, waits, and notes what the phone has told. */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { Answer, RequestInput, RequestName, RequestOutput } from '../../contract/phone.ts';
import type { CallSnapshot, HistoryEntry, PhoneSnapshot } from '../../contract/snapshot.ts';
import type { NetworkNamespace } from '../support/network-namespace.ts';
import type { FromPhone, Measure, PhoneStart, ToPhone } from './phone-process.ts';

const usualLimitMs = 20_000;
const pollMs = 20;
const linesKept = 400;
const looks = 5;
const lookEveryMs = 1_500;

/** `Omit` that keeps the members of a union apart. */
type WithoutId<T> = T extends { id: number } ? Omit<T, 'id'> : never;

export class DayPhone {
  /** Entries of its call log, oldest first. */
  readonly log: HistoryEntry[] = [];
  /** The last state of every call that it has shown, by id. */
  readonly seen = new Map<string, CallSnapshot>();
  /** What it said last, for a failure's reason. */
  readonly said: string[] = [];
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: unknown) => void>();
  #snapshot: PhoneSnapshot | undefined;
  #asked = 0;

  constructor(network: NetworkNamespace, start: PhoneStart) {
    const entry = new URL('phone-process.ts', import.meta.url).pathname;
    const node = [process.execPath, '--expose-gc', '--disable-warning=ExperimentalWarning', entry] as const;
    const [command, args] = network.command(...node);
    this.#child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#child.on('message', (message) => this.#take(message as FromPhone));
    this.#tell({ type: 'start', start });
  }

  get snapshot(): PhoneSnapshot | undefined {
    return this.#snapshot;
  }

  /** Calls that go on. */
  get calls(): CallSnapshot[] {
    return (this.#snapshot?.calls ?? []).filter(({ state }) => state !== 'ended');
  }

  /** Every call that it has shown stands in its log. */
  get isLogged(): boolean {
    return this.log.length >= this.seen.size;
  }

  get registered(): boolean {
    return this.#snapshot?.accounts[0]?.registration.state === 'registered';
  }

  /** Rejects with the refusal's sentence. */
  async ask<N extends RequestName>(name: N, input: RequestInput<N>): Promise<RequestOutput<N>> {
    const answer = (await this.#request({ type: 'ask', name, input })) as Answer<RequestOutput<N>>;
    if (!answer.ok) throw new Error(`${name}: ${answer.error.message}`);
    return answer.value;
  }

  /** What it holds while nothing goes on: the least of several looks, so that a timer of a passing request does not count. */
  async measure(): Promise<Measure> {
    let least = (await this.#request({ type: 'measure' })) as Measure;
    for (let look = 1; look < looks; look += 1) {
      await delay(lookEveryMs);
      const next = (await this.#request({ type: 'measure' })) as Measure;
      const keys = Object.keys(next) as (keyof Measure)[];
      for (const key of keys) least = { ...least, [key]: Math.min(least[key], next[key]) };
    }
    return least;
  }

  /** Waits until it holds; rejects with what was waited for and how the phone is instead. */
  async until(what: string, holds: () => boolean, limitMs = usualLimitMs): Promise<void> {
    const deadline = performance.now() + limitMs;
    while (!holds()) {
      if (performance.now() > deadline) {
        const calls = this.calls.map(
          ({ remote, state, direction }) => `${direction} ${remote.number} ${state}`,
        );
        throw new Error(`waited ${limitMs} ms for ${what}; calls: ${calls.join(', ') || 'none'}`);
      }
      await delay(pollMs);
    }
  }

  /** Waits until a call is in a state. */
  async reaches(callId: string, state: CallSnapshot['state'], limitMs = usualLimitMs): Promise<void> {
    await this.until(`a call to be ${state}`, () => this.seen.get(callId)?.state === state, limitMs);
  }

  /** Waits for an incoming call that rings; resolves to its id. */
  async rings(): Promise<string> {
    const ringing = () =>
      this.calls.find(({ direction, state }) => direction === 'incoming' && state === 'ringing');
    await this.until('an incoming call', () => ringing() !== undefined);
    return ringing()?.id ?? '';
  }

  async dial(target: string): Promise<string> {
    return (await this.ask('call.start', { target })).callId;
  }

  async hangUpAll(): Promise<void> {
    await Promise.allSettled(this.calls.map(({ id }) => this.ask('call.hangup', { callId: id })));
  }

  async close(): Promise<void> {
    const exited = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
    if (this.#child.exitCode !== null) return;
    await Promise.race([this.#request({ type: 'close' }), delay(45_000, undefined, { ref: false })]);
    if (this.#child.connected) this.#child.disconnect();
    await Promise.race([exited, delay(5_000).then(() => this.#child.kill('SIGKILL'))]);
  }

  #tell(message: ToPhone): void {
    this.#child.send(message);
  }

  #request(message: WithoutId<ToPhone>): Promise<unknown> {
    this.#asked += 1;
    const id = this.#asked;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#tell({ ...message, id });
    });
  }

  #take(message: FromPhone): void {
    if (message.type === 'snapshot') {
      this.#snapshot = message.snapshot;
      for (const call of message.snapshot.calls) this.seen.set(call.id, call);
    } else if (message.type === 'log') {
      this.log.push(message.entry);
    } else if (message.type === 'said') {
      this.said.push(`${new Date().toISOString().slice(11, 23)} ${message.line}`);
      this.said.splice(0, this.said.length - linesKept);
    } else {
      this.#waiting.get(message.id)?.(message.answer);
      this.#waiting.delete(message.id);
    }
  }
}
