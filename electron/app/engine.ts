/**
 * The engine as the desktop app sees it: the phone in a process of its own (and the practice PBX in another), so that neither
 * a busy window nor a busy main process delays a packet. Requests go in, answers and events come out; sound goes past main.
 */
import { join } from 'node:path';
import type { MessagePortMain } from 'electron';
import { assertNever } from '../../contract/assert-never.ts';
import { makeError } from '../../contract/errors.ts';
import type { Answer, PhoneEvent } from '../../contract/phone.ts';
import type { FromEngine, ToEngine } from '../ipc/channels.ts';
import { PracticeProcess } from './practice.ts';
import { SupervisedProcess } from './supervised-process.ts';

/** BYE and unregister take a round trip each; a server that is gone must not hold up the end. */
const closeLimitMs = 2_000;

type Pending = (answer: Answer<unknown>) => void;

export class Engine {
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Set<(event: PhoneEvent) => void>();
  readonly #practice = new PracticeProcess();
  readonly #process = new SupervisedProcess<ToEngine, FromEngine>({
    entry: join(__dirname, 'engine-process.cjs'),
    name: 'Sidetone engine',
    onMessage: (message) => this.#receive(message),
    onCrash: () => this.#stopped(),
  });
  #lastId = 0;

  start(): void {
    this.#practice.start();
    this.#process.start();
  }

  /** Never rejects: without an engine the answer is `engine.stopped`. */
  request(name: unknown, input: unknown): Promise<Answer<unknown>> {
    return new Promise((resolve) => {
      this.#lastId += 1;
      const id = this.#lastId;
      this.#pending.set(id, resolve);
      if (!this.#process.send({ type: 'request', id, name, input })) this.#answer(id, stoppedAnswer);
    });
  }

  onEvent(listener: (event: PhoneEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Hands one end of a sound channel to the engine; false when there is none just now. */
  sendAudioPort(port: MessagePortMain): boolean {
    return this.#process.send({ type: 'audio' }, [port]);
  }

  /** The computer has woken from a sleep: the phone registers again at once. */
  resumed(): void {
    this.#process.send({ type: 'resumed' });
  }

  /** The network may have changed: the phone looks at once. */
  networkHint(): void {
    this.#process.send({ type: 'network-hint' });
  }

  /** Ends calls and unregisters, within two seconds. Idempotent. */
  async close(): Promise<void> {
    await this.#process.close({ type: 'close' }, closeLimitMs);
    await this.#practice.close();
  }

  #receive(message: FromEngine): void {
    switch (message.type) {
      case 'answer':
        this.#answer(message.id, message.answer);
        break;
      case 'event':
        this.#emit(message.event);
        break;
      case 'practice-wanted':
        void this.#practice.outcome().then((outcome) => this.#process.send({ type: 'practice', outcome }));
        break;
      case 'closed':
        break;
      default:
        return assertNever(message);
    }
  }

  #answer(id: number, answer: Answer<unknown>): void {
    this.#pending.get(id)?.(answer);
    this.#pending.delete(id);
  }

  #stopped(): void {
    for (const id of [...this.#pending.keys()]) this.#answer(id, stoppedAnswer);
    this.#emit({ name: 'notice', data: { error: makeError('engine.stopped') } });
  }

  #emit(event: PhoneEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

const stoppedAnswer: Answer<unknown> = { ok: false, error: makeError('engine.stopped') };
