/**
 * Networks in memory: hosts, NATs of both kinds, a STUN server, delay and loss, by a clock whose hands a test moves. Addresses that
 * begin with `10.` are behind the NAT that was made for them.
 */
import { isIP } from 'node:net';
import { xorAddressAttribute } from '../../engine/nat/stun-attributes.ts';
import { parseStun, serialiseStun, stunAttributes } from '../../engine/nat/stun-message.ts';
import type { DatagramPort } from '../../engine/nat/ice-gathering.ts';
import type { IceNetwork } from '../../engine/rtp/ice-path.ts';
import type { TransportAddress } from '../../engine/net/transport-address.ts';
import type { HandClock } from './hand-clock.ts';

/** `full-cone`: one mapping for a socket, open to everybody. `symmetric`: one for each destination, open to that alone. */
export type NatKind = 'full-cone' | 'symmetric';

type Receive = (datagram: Buffer, from: TransportAddress) => void;
const nameOf = ({ address, port }: TransportAddress) => `${address} ${port}`;

class Nat {
  readonly publicAddress: string;
  readonly #kind: NatKind;
  readonly #mappings = new Map<string, { inside: TransportAddress; port: number; only: string | null }>();
  #nextPort = 50_000;

  constructor(publicAddress: string, kind: NatKind) {
    this.publicAddress = publicAddress;
    this.#kind = kind;
  }

  /** The source that the outside sees. */
  outward(inside: TransportAddress, to: TransportAddress): TransportAddress {
    const only = this.#kind === 'symmetric' ? nameOf(to) : null;
    const key = `${nameOf(inside)} ${only ?? ''}`;
    let mapping = this.#mappings.get(key);
    if (mapping === undefined) {
      this.#nextPort += 1;
      mapping = { inside, port: this.#nextPort, only };
      this.#mappings.set(key, mapping);
    }
    return { address: this.publicAddress, port: mapping.port };
  }

  inward(from: TransportAddress, port: number): TransportAddress | undefined {
    const mapping = [...this.#mappings.values()].find((each) => each.port === port);
    return mapping === undefined || (mapping.only !== null && mapping.only !== nameOf(from))
      ? undefined
      : mapping.inside;
  }
}

export class VirtualNetwork {
  readonly #clock: HandClock;
  readonly #loss: () => boolean;
  readonly #sockets = new Map<string, Receive>();
  readonly #nats = new Map<string, Nat>();
  /** Addresses that nothing reaches any more. */
  readonly #unplugged = new Set<string>();
  #nextPort = 20_000;

  /** @param loss whether the next datagram is lost */
  constructor(clock: HandClock, loss: () => boolean = () => false) {
    this.#clock = clock;
    this.#loss = loss;
  }

  /** Puts a private address (`10.…`) behind a NAT. */
  behind(inside: string, publicAddress: string, kind: NatKind): void {
    const known = [...this.#nats.values()].find((nat) => nat.publicAddress === publicAddress);
    this.#nats.set(inside, known ?? new Nat(publicAddress, kind));
  }

  unplug(address: string): void {
    this.#unplugged.add(address);
  }

  bind(address: string, fixedPort?: number): DatagramPort & { close(): void } {
    const local = { address, port: fixedPort ?? this.#nextPort++ };
    return {
      local,
      send: async (datagram, to) => this.#send(Buffer.from(datagram), local, to),
      listen: (listener) => void this.#sockets.set(nameOf(local), listener),
      close: () => void this.#sockets.delete(nameOf(local)),
    };
  }

  /** A server that tells everybody how it sees them. */
  stunServer(address: string): string {
    const socket = this.bind(address, 3478);
    socket.listen((datagram, from) => {
      const parsed = parseStun(datagram);
      if (!parsed.ok || parsed.value.class !== 'request') return;
      const { method, transactionId } = parsed.value;
      const mapped = xorAddressAttribute(stunAttributes.xorMappedAddress, from, transactionId);
      void socket.send(
        serialiseStun({ class: 'success', method, transactionId, attributes: [mapped] }),
        from,
      );
    });
    return `stun:${address}`;
  }

  /** What a computer with these addresses lends to ICE. The list may change. */
  computer(addresses: readonly string[]): IceNetwork {
    return {
      addresses: (preferred) => [...new Set([preferred, ...addresses])],
      openPair: async (address) => {
        const [rtp, rtcp] = [this.bind(address), this.bind(address)];
        return { rtp, rtcp, close: async () => [rtp, rtcp].forEach((socket) => socket.close()) };
      },
      resolve: async (host, family) => (isIP(host) === family ? host : undefined),
      connectTurn: () => Promise.reject(new Error('there is no TURN server in this network')),
    };
  }

  #send(datagram: Buffer, from: TransportAddress, to: TransportAddress): void {
    if (this.#loss() || this.#unplugged.has(from.address)) return;
    this.#clock.after(5, () => this.#arrive(datagram, from, to));
  }

  #arrive(datagram: Buffer, inside: TransportAddress, to: TransportAddress): void {
    const [own, theirs] = [this.#nats.get(inside.address), this.#nats.get(to.address)];
    // Private addresses mean something in their own network alone.
    if (theirs !== undefined && theirs !== own) return;
    const stays = theirs !== undefined && theirs === own;
    const from = own === undefined || stays ? inside : own.outward(inside, to);
    const nat = [...this.#nats.values()].find(({ publicAddress }) => publicAddress === to.address);
    const target = nat === undefined ? to : nat.inward(from, to.port);
    if (target === undefined || this.#unplugged.has(target.address)) return;
    this.#sockets.get(nameOf(target))?.(datagram, from);
  }
}

/** Lets time pass in steps, with what is promised in between. */
export async function letPass(clock: HandClock, forMs: number): Promise<void> {
  for (let passed = 0; passed < forMs; passed += 5) {
    clock.advance(5);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
