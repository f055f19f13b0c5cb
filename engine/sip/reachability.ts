/** Proves that one account can be called: drives reachability-machine.ts with round trips, one timer, and what the PBX sends. */
import { assertNever } from '../../contract/assert-never.ts';
import type { AccountSnapshot } from '../../contract/snapshot.ts';
import type { Logger } from '../log.ts';
import { reachabilitySnapshot, stepReachability, unknownReachability } from './reachability-machine.ts';
import type { ReachabilityEffect, ReachabilityEvent } from './reachability-machine.ts';
import type { RegistrationSnapshot } from './registration.ts';
import type { RoundTrip } from './round-trip.ts';
import type { Clock } from '../net/clock.ts';

export interface ReachabilityOptions {
  roundTrip: Pick<RoundTrip, 'ask' | 'close'>;
  /** Sends keepalives often, or as configured. */
  keepOpen: (often: boolean) => void;
  onChanged: () => void;
  clock: Clock;
  /** Milliseconds since 1970. */
  now: () => number;
  log: Logger;
}

export class Reachability {
  readonly #options: ReachabilityOptions;
  #state = unknownReachability;
  /** When the last REGISTER succeeded that was told. */
  #registeredAt: number | null = null;
  /** Tells the round trip of now from one that has been overtaken. */
  #attempt = 0;
  #stopTimer: () => void = () => undefined;
  #waiting: (() => void)[] = [];

  constructor(options: ReachabilityOptions) {
    this.#options = options;
  }

  get snapshot(): AccountSnapshot['reachable'] {
    return reachabilitySnapshot(this.#state);
  }

  /** The registration is in another state, or was renewed. */
  follow({ state, since }: RegistrationSnapshot): void {
    if (state !== 'registered') {
      this.#registeredAt = null;
      this.#options.roundTrip.close();
      this.#dispatch({ type: 'unregistered' });
    } else if (since !== this.#registeredAt) {
      this.#registeredAt = since;
      this.#dispatch({ type: 'registered' });
    }
  }

  /** The PBX has sent a request. */
  heard(): void {
    this.#dispatch({ type: 'heard' });
  }

  /** Proves it now; resolves when that has succeeded or failed, or at once while the account is not registered. */
  async prove(): Promise<void> {
    this.#dispatch({ type: 'prove' });
    if (this.#state.phase === 'asking') await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Idempotent. */
  close(): void {
    this.#options.roundTrip.close();
    this.#dispatch({ type: 'unregistered' });
  }

  #dispatch(event: ReachabilityEvent): void {
    const before = this.#state;
    const [state, effects] = stepReachability(before, event, this.#options.now());
    this.#state = state;
    for (const effect of effects) this.#run(effect);
    if (state.phase !== 'asking') for (const resolve of this.#waiting.splice(0)) resolve();
    if (state.verdict === before.verdict && state.provenAt === before.provenAt) return;
    if (state.verdict !== before.verdict)
      this.#options.log.info(`reachable, ${event.type}: ${before.verdict} → ${state.verdict}`);
    this.#options.onChanged();
  }

  #run(effect: ReachabilityEffect): void {
    switch (effect.type) {
      case 'ask':
        void this.#ask();
        break;
      case 'start-timer':
        this.#stopTimer();
        this.#stopTimer = this.#options.clock.after(effect.delayMs, () => this.#dispatch({ type: 'timer' }));
        break;
      case 'stop-timer':
        this.#stopTimer();
        break;
      case 'keep-open':
        this.#options.keepOpen(effect.often);
        break;
      default:
        assertNever(effect);
    }
  }

  async #ask(): Promise<void> {
    this.#attempt += 1;
    const attempt = this.#attempt;
    const outcome = await this.#options.roundTrip.ask();
    if (attempt === this.#attempt) this.#dispatch({ type: outcome === 'returned' ? 'heard' : outcome });
  }
}
