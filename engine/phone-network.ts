/**
 * The phone on a computer whose network changes: when the way to a server is another one, or the computer has slept, the lines
 * concerned connect and register again and take their calls along.
 *
 *   network-watch.ts ─ follow, lost, hint ─► lines (sip/line-network.ts) ─ restored ─► "Back after 1.4 s."
 */
import { networkInterfaces } from 'node:os';
import { assertNever } from '../contract/assert-never.ts';
import type { NetworkState } from '../contract/snapshot.ts';
import type { Logger } from './log.ts';
import type { NetworkEffect } from './nat/network-machine.ts';
import { isLoopback, localAddressTowards, NetworkWatch } from './nat/network-watch.ts';
import type { LineNetwork } from './sip/line-network.ts';
import { systemClock } from './net/clock.ts';

/** What a line does about the network. */
export type NetworkFollower = Pick<LineNetwork, 'server' | 'restored' | 'follow' | 'gone' | 'tryNow'>;

export interface PhoneNetworkOptions {
  lines: () => Iterable<NetworkFollower>;
  /** Somebody talks: a change shall be noticed soon. */
  busy: () => boolean;
  onChanged: () => void;
  log: Logger;
}

/** How often the network is looked at, milliseconds: sound shall be back within 2 s of a change. */
const busyIntervalMs = 400;
const idleIntervalMs = 2_000;

export class PhoneNetwork {
  readonly #options: PhoneNetworkOptions;
  readonly #watch: NetworkWatch;

  constructor(options: PhoneNetworkOptions) {
    this.#options = options;
    this.#watch = new NetworkWatch({
      clock: systemClock,
      wallClock: Date.now,
      interfaces: networkInterfaces,
      localAddressTowards,
      servers: () => [...options.lines()].flatMap(({ server }) => server ?? []),
      intervalMs: () => (options.busy() ? busyIntervalMs : idleIntervalMs),
      onEffect: (effect) => this.#run(effect),
      onChanged: options.onChanged,
      log: options.log,
    });
  }

  get state(): NetworkState {
    return this.#watch.state;
  }

  /** Begins to watch. */
  start(): void {
    this.#watch.start();
  }

  /** The computer has woken from a sleep. */
  resumed(): void {
    this.#watch.slept();
  }

  /** Something outside says that the network may have changed. */
  hint(): void {
    this.#watch.hint();
  }

  /** A line is back: the last change of the network may be over by that. */
  check(): void {
    if ([...this.#options.lines()].every(({ restored }) => restored)) this.#watch.restored();
  }

  /** Idempotent. */
  close(): void {
    this.#watch.close();
  }

  #run(effect: NetworkEffect): void {
    const lines = [...this.#options.lines()].filter(
      ({ server }) => server === undefined || !isLoopback(server.address),
    );
    switch (effect.type) {
      case 'follow':
        for (const line of lines) {
          if (isConcerned(line, effect.changed)) line.follow();
          else line.tryNow();
        }
        break;
      case 'lost':
        for (const line of lines) line.gone();
        break;
      case 'hint':
        for (const line of lines) line.tryNow();
        break;
      default:
        assertNever(effect);
    }
  }
}

const isConcerned = ({ server }: NetworkFollower, changed: readonly string[] | 'all') =>
  changed === 'all' || server === undefined || changed.includes(server.address);
