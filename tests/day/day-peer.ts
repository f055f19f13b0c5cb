/** Somebody at the other end: an extension beside the PBX that answers, rejects or lets ring as the scene wants. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { AccountLine } from '../../engine/account-line.ts';
import type { SoundOptions } from '../../engine/sip/call-environment.ts';
import type { Call } from '../../engine/sip/call.ts';

export type Manners = 'answers' | 'rejects' | 'lets-ring';

const noSound: SoundOptions = { source: { kind: 'silence' }, sink: { kind: 'none' } };
const usualLimitMs = 20_000;

export class DayPeer {
  readonly number: string;
  manners: Manners = 'answers';
  readonly #line: AccountLine;
  readonly #calls = new Set<Call>();

  constructor(number: string, line: AccountLine) {
    this.number = number;
    this.#line = line;
    line.userAgent.on('incoming', (call) => {
      this.#follow(call);
      if (this.manners === 'rejects') call.reject('busy');
      if (this.manners === 'answers') call.answer(noSound).catch(() => undefined);
    });
  }

  /** Calls that go on. */
  get calls(): Call[] {
    return [...this.#calls];
  }

  get registered(): boolean {
    return this.#line.userAgent.registration.state === 'registered';
  }

  call(target: string): Call {
    const call = this.#line.userAgent.call(target, { id: randomUUID(), ...noSound });
    this.#follow(call);
    return call;
  }

  hangUpAll(): void {
    for (const call of this.#calls) call.hangup();
  }

  async until(what: string, holds: () => boolean, limitMs = usualLimitMs): Promise<void> {
    const deadline = performance.now() + limitMs;
    while (!holds()) {
      if (performance.now() > deadline) throw new Error(`${this.number} waited ${limitMs} ms for ${what}`);
      await delay(20);
    }
  }

  /** Waits until so many calls stand. */
  async talks(calls = 1): Promise<void> {
    const standing = () => this.calls.filter((call) => call.snapshot.state === 'connected').length;
    await this.until(`${calls} calls that stand`, () => standing() === calls);
  }

  #follow(call: Call): void {
    this.#calls.add(call);
    void call.ended.then(() => this.#calls.delete(call));
  }
}
