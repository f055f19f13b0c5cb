/**
 * Watches the computer's network for network-machine.ts: looks at the interfaces every so often, asks the system which way leads to
 * each server, and compares the clocks for a sleep.
 *
 *   interfaces, routes, clocks ─ look ─► network-machine.ts ─ effects ─► onEffect (phone-network.ts)
 */
import { createSocket } from 'node:dgram';
import { isIP } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';
import type { NetworkState } from '../../contract/snapshot.ts';
import type { Logger } from '../log.ts';
import type { Clock } from '../net/clock.ts';
import { plainAddress } from '../net/transport-address.ts';
import type { TransportAddress } from '../net/transport-address.ts';
import { networkSnapshot, stepNetwork, unseenNetwork } from './network-machine.ts';
import type { NetworkEffect, NetworkEvent, NetworkLook } from './network-machine.ts';

export type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>;

export interface NetworkWatchOptions {
  clock: Clock;
  /** Milliseconds since 1970: it goes on while the computer sleeps. */
  wallClock: () => number;
  /** The interfaces that are up, as os.networkInterfaces() tells them. */
  interfaces: () => Interfaces;
  /** The local address from which the system would send to an address; undefined without a route. */
  localAddressTowards: (server: TransportAddress) => Promise<string | undefined>;
  /** The servers that matter, resolved. */
  servers: () => TransportAddress[];
  /** How long until the next look: short while somebody talks, milliseconds. */
  intervalMs: () => number;
  onEffect: (effect: NetworkEffect) => void;
  /** `state` reads differently now. */
  onChanged: () => void;
  log: Logger;
}

/** Between two looks while something changes. */
const settlingMs = 200;
/** The wall clock is so far ahead of what a look should have taken: the computer slept. */
const sleptMs = 5_000;

export class NetworkWatch {
  readonly #options: NetworkWatchOptions;
  #state = unseenNetwork;
  #stopTimer: () => void = () => undefined;
  #looking = false;
  #again = false;
  #closed = false;
  /** Monotonic time of the last sleep that was told: the system's word and the clocks' may both come. */
  #sleptAt = -Infinity;

  constructor(options: NetworkWatchOptions) {
    this.#options = options;
  }

  get state(): NetworkState {
    return networkSnapshot(this.#state);
  }

  /** Begins to look. */
  start(): void {
    void this.#look();
  }

  /** Looks now: something outside says that the network may have changed. */
  hint(): void {
    void this.#look();
  }

  /** The computer has slept: whatever it looks like, connections from before are not to be trusted. */
  slept(): void {
    const nowMs = this.#options.clock.nowMs();
    if (nowMs - this.#sleptAt > sleptMs) this.#dispatch({ type: 'slept' });
    this.#sleptAt = nowMs;
    void this.#look();
  }

  /** What `follow` has asked for is done. */
  restored(): void {
    this.#dispatch({ type: 'restored' });
  }

  /** Idempotent. */
  close(): void {
    this.#closed = true;
    this.#stopTimer();
  }

  async #look(): Promise<void> {
    if (this.#closed) return;
    if (this.#looking) {
      this.#again = true;
      return;
    }
    this.#looking = true;
    this.#stopTimer();
    try {
      const look = await this.#see();
      if (!this.#closed) this.#dispatch({ type: 'looked', look });
    } finally {
      this.#looking = false;
    }
    if (this.#closed) return;
    if (this.#again) {
      this.#again = false;
      return this.#look();
    }
    this.#wait(this.#state.phase === 'settling' ? settlingMs : this.#options.intervalMs());
  }

  #wait(delayMs: number): void {
    const { clock, wallClock } = this.#options;
    const dueAt = wallClock() + delayMs;
    this.#stopTimer = clock.after(delayMs, () => {
      if (wallClock() - dueAt > sleptMs) this.slept();
      else void this.#look();
    });
  }

  async #see(): Promise<NetworkLook> {
    const { interfaces, servers, localAddressTowards } = this.#options;
    const present = interfaces();
    const ways = new Map<string, string>();
    const outside: string[] = [];
    const inside: string[] = [];
    for (const server of servers()) {
      if (ways.has(server.address)) continue;
      const local = await localAddressTowards(server);
      ways.set(server.address, local === undefined ? '' : wayOf(local, present));
      (isLoopback(server.address) ? inside : outside).push(local ?? '');
    }
    const chosen = outside.length > 0 ? outside : [...inside, externalAddress(present)];
    return {
      ways,
      interfaces: JSON.stringify(present),
      address: chosen.find((local) => local !== '') ?? '',
    };
  }

  #dispatch(event: NetworkEvent): void {
    const before = this.#state;
    const [state, effects] = stepNetwork(before, event, this.#options.wallClock());
    this.#state = state;
    if (state.phase !== before.phase)
      this.#options.log.info(`network: ${before.phase} → ${state.phase}, ${state.seen?.address ?? ''}`);
    for (const effect of effects) this.#options.onEffect(effect);
    const [one, other] = [networkSnapshot(before), networkSnapshot(state)];
    if (one.state !== other.state || one.address !== other.address || one.lastChange !== other.lastChange)
      this.#options.onChanged();
  }
}

/** True for addresses of this computer alone: no network change touches them. */
export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

/**
 * A local address with the interface that has it: the same address on another interface, or with another mask, is another network.
 */
function wayOf(local: string, interfaces: Interfaces): string {
  for (const [name, addresses = []] of Object.entries(interfaces)) {
    const found = addresses.find(({ address }) => address === local);
    if (found !== undefined) return `${local} ${name} ${found.mac} ${found.netmask}`;
  }
  return local;
}

/** An address of the computer that others could reach; empty when it has none. */
function externalAddress(interfaces: Interfaces): string {
  const all = Object.values(interfaces).flatMap((addresses) => addresses ?? []);
  const usable = all.filter(({ internal, address }) => !internal && !/^fe80:/i.test(address));
  return (usable.find(({ family }) => family === 'IPv4') ?? usable[0])?.address ?? '';
}

/**
 * Asks the system which local address it would use towards a server, by connecting a UDP socket, which sends nothing. Resolves to
 * undefined when there is no route. This is the address for SDP and Contact: with VPNs and several network cards the first
 * interface is the wrong guess.
 */
export function localAddressTowards({ address, port }: TransportAddress): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4');
    const settle = (local: string | undefined) => {
      probe.close();
      resolve(local);
    };
    probe.once('error', () => settle(undefined));
    try {
      probe.connect(port, address, (error?: Error) => {
        settle(error === undefined ? plainAddress(probe.address().address) : undefined);
      });
    } catch {
      settle(undefined);
    }
  });
}
