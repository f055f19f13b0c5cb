/**
 * Gathers our candidates (RFC 8445 §5.1): sockets on this computer's addresses, how STUN servers see them, and addresses at TURN servers.
 * Owns what it opened, tells the checks' messages from the call's packets, and keeps NATs open while nobody else does.
 */
import { isIP } from 'node:net';
import type { Logger } from '../log.ts';
import { kindOfDatagram } from './datagram-kind.ts';
import { sameTransportAddress, type TransportAddress } from '../net/transport-address.ts';
import type { Clock } from '../net/clock.ts';
import { candidatePriority, foundationOf, type Component, type IceCandidate } from './ice-candidate.ts';
import type { LocalBase } from './ice-checklist.ts';
import { readPlainAddress, readXorAddress } from './stun-attributes.ts';
import { StunExchange, type StunAnswer } from './stun-exchange.ts';
import { withFingerprint } from './stun-integrity.ts';
import {
  attributeOf,
  parseStun,
  serialiseStun,
  stunAttributes,
  stunMethods,
  type StunMessage,
} from './stun-message.ts';
import type { StunTiming } from './stun-transaction.ts';
import { TurnClient } from './turn-client.ts';
import type { OpenTurnTransport } from './turn-transport.ts';
import type { StunServer, TurnProtocol, TurnServer } from './turn-uri.ts';

/** One UDP socket. */
export interface DatagramPort {
  readonly local: TransportAddress;
  /** Resolves when the datagram has left or could not. */
  send(datagram: Uint8Array, to: TransportAddress): Promise<void>;
  listen(listener: (datagram: Buffer, from: TransportAddress) => void): void;
}

/** Sockets of both components on one address. */
export interface PortPair {
  rtp: DatagramPort;
  rtcp: DatagramPort;
  close(): Promise<void>;
}

export interface IceGatheringOptions {
  /** Addresses of this computer, the preferred one first. */
  addresses: readonly string[];
  stunServers: readonly StunServer[];
  turnServers: readonly { server: TurnServer; username: string; password: string }[];
  policy: 'all' | 'relay';
  openPair: (address: string) => Promise<PortPair>;
  /** An address of a server in this family; undefined when it has none. */
  resolve: (host: string, family: 4 | 6) => Promise<string | undefined>;
  connectTurn: OpenTurnTransport;
  clock: Clock;
  random: (count: number) => Uint8Array;
  log: Logger;
}

export interface IceGatheringListener {
  /** There are more candidates, or all are there. */
  gathered(): void;
  stun(message: StunMessage, datagram: Buffer, base: LocalBase, from: TransportAddress): void;
  packet(datagram: Buffer, base: LocalBase, from: TransportAddress): void;
  /** A relay that was there is gone. */
  relayLost(server: string, reason: string): void;
}

interface Base extends LocalBase {
  protocol: TurnProtocol;
  send(datagram: Uint8Array, to: TransportAddress): Promise<void>;
  /** Packets of the call go there now. */
  bind(peer: TransportAddress): void;
}

/** A STUN server that has not answered by then is of no use to a call that somebody waits for: three requests in 1.75 s. */
const gatheringTiming: StunTiming = { rtoMs: 250, requests: 3, lastWaits: 4 };
/** RFC 8445 §11: Tr. */
const keepaliveMs = 15_000;

export class IceGathering {
  readonly #options: IceGatheringOptions;
  readonly #listener: IceGatheringListener;
  readonly #exchange: StunExchange;
  readonly #bases = new Map<number, Base>();
  readonly #candidates: IceCandidate[] = [];
  readonly #pairs: PortPair[] = [];
  readonly #relays = new Set<TurnClient>();
  /** How STUN servers see our sockets, to hold their bindings. */
  readonly #reflexive: { base: Base; server: TransportAddress }[] = [];
  readonly #failures: { server: string; reason: string }[] = [];
  #complete = false;
  #stopKeepalive: () => void = () => undefined;
  #closed: Promise<void> | null = null;

  constructor(options: IceGatheringOptions, listener: IceGatheringListener) {
    this.#options = options;
    this.#listener = listener;
    this.#exchange = new StunExchange(options.clock);
  }

  get bases(): readonly LocalBase[] {
    return [...this.#bases.values()];
  }

  /** All so far; best first. */
  get candidates(): readonly IceCandidate[] {
    return [...this.#candidates].sort((one, other) => other.priority - one.priority);
  }

  get complete(): boolean {
    return this.#complete;
  }

  /** TURN servers that do not relay, and why. */
  get failures(): readonly { server: string; reason: string }[] {
    return this.#failures;
  }

  protocolOf(base: number): TurnProtocol {
    return this.#bases.get(base)?.protocol ?? 'udp';
  }

  /** Where packets are expected of somebody who speaks no ICE (RFC 8445 §5.1.4); a relay only where nothing else is allowed. */
  defaultCandidate(component: Component): IceCandidate | undefined {
    const own = this.#candidates.filter((candidate) => candidate.component === component);
    if (this.#options.policy === 'relay') return own.find(({ type }) => type === 'relay');
    const host = own.find(({ type }) => type === 'host');
    const reflexive = own.find(
      ({ type, related }) =>
        type === 'srflx' && host !== undefined && related !== null && sameTransportAddress(related, host),
    );
    return reflexive ?? host ?? own[0];
  }

  /** The base that sends for {@link defaultCandidate}. */
  defaultBase(component: Component): LocalBase | undefined {
    const candidate = this.defaultCandidate(component);
    if (candidate === undefined) return undefined;
    const from = candidate.type === 'srflx' ? (candidate.related ?? candidate) : candidate;
    return this.bases.find((base) => base.component === component && sameTransportAddress(base, from));
  }

  /** Opens sockets. Rejects with `media.ports-used-up`, or the system's error, when the preferred address cannot be used. */
  async open(): Promise<void> {
    if (this.#options.policy === 'all') await this.#openHosts();
    this.#listener.gathered();
  }

  /** Asks servers. Resolves when all have answered or not; candidates are told as they come. */
  async gather(): Promise<void> {
    await Promise.all([
      this.#askStunServers(),
      ...this.#options.turnServers.map((each) => this.#askTurnServer(each)),
    ]);
    this.#complete = true;
    this.#keepAlive();
    this.#listener.gathered();
  }

  /** Sends by a base; resolves when the datagram has left or could not. */
  send(base: number, datagram: Uint8Array, to: TransportAddress): Promise<void> {
    return this.#bases.get(base)?.send(datagram, to) ?? Promise.resolve();
  }

  bind(base: number, peer: TransportAddress): void {
    this.#bases.get(base)?.bind(peer);
  }

  /** The checks' consent holds the bindings from now on. */
  stopKeepalive(): void {
    this.#stopKeepalive();
  }

  async #openHosts(): Promise<void> {
    const { addresses, openPair, log } = this.#options;
    for (const [index, address] of addresses.entries()) {
      try {
        this.#takePair(await openPair(address), 65_535 - index);
      } catch (error) {
        if (index === 0) throw error;
        log.debug(`no candidate on ${address}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }

  #takePair(pair: PortPair, localPreference: number): void {
    if (this.#closed !== null) return void pair.close();
    this.#pairs.push(pair);
    for (const [component, port] of [
      [1, pair.rtp],
      [2, pair.rtcp],
    ] as const) {
      const candidate: IceCandidate = {
        ...port.local,
        type: 'host',
        component,
        foundation: foundationOf('host', port.local.address, ''),
        priority: candidatePriority('host', component, localPreference),
        related: null,
      };
      const base = this.#addBase(candidate, {
        protocol: 'udp',
        send: (datagram, to) => port.send(datagram, to),
        bind: () => undefined,
      });
      port.listen((datagram, from) => this.#take(datagram, base, from));
      this.#candidates.push(candidate);
    }
  }

  #addBase(candidate: IceCandidate, way: Pick<Base, 'protocol' | 'send' | 'bind'>): Base {
    const base = { ...candidate, ...way, base: this.#bases.size + 1 };
    this.#bases.set(base.base, base);
    return base;
  }

  async #askStunServers(): Promise<void> {
    const hosts = [...this.#bases.values()].filter(({ type }) => type === 'host');
    const asked = this.#options.stunServers.flatMap((server) =>
      hosts.map((base) => this.#askStunServer(server, base)),
    );
    await Promise.all(asked);
  }

  async #askStunServer({ host, port }: StunServer, base: Base): Promise<void> {
    const address = await this.#options.resolve(host, isIP(base.address) === 6 ? 6 : 4);
    if (address === undefined) return;
    const server = { address, port };
    const transactionId = this.#options.random(12);
    const outcome = await this.#exchange.request(transactionId, bindingRequest('request', transactionId), {
      send: (datagram) => void base.send(datagram, server),
      timing: gatheringTiming,
    });
    if (typeof outcome === 'string') {
      if (outcome === 'silent')
        this.#options.log.debug(`STUN server ${host} does not answer ${base.address}`);
      return;
    }
    const mapped = mappedAddress(outcome.message);
    if (mapped === undefined) return;
    this.#reflexive.push({ base, server });
    // Nothing is in between, or another server has said so already (RFC 8445 §5.1.3).
    const isKnown = (each: IceCandidate) =>
      each.component === base.component && sameTransportAddress(each, mapped);
    if (this.#candidates.some(isKnown)) return;
    const { component } = base;
    this.#candidates.push({
      ...mapped,
      type: 'srflx',
      component,
      foundation: foundationOf('srflx', base.address, host),
      priority: candidatePriority('srflx', component, (base.priority >> 8) & 0xffff),
      related: { address: base.address, port: base.port },
    });
    this.#listener.gathered();
  }

  async #askTurnServer(turn: IceGatheringOptions['turnServers'][number]): Promise<void> {
    await Promise.all(([1, 2] as const).map((component) => this.#allocate(turn, component)));
  }

  async #allocate(
    { server, username, password }: IceGatheringOptions['turnServers'][number],
    component: Component,
  ): Promise<void> {
    const { connectTurn, clock, random, log } = this.#options;
    const client = await TurnClient.allocate({
      server,
      username,
      password,
      connect: connectTurn,
      clock,
      random,
      log,
    });
    if (typeof client === 'string') {
      log.warn(`TURN server ${server.host} cannot be used: ${client}`);
      this.#failures.push({ server: server.host, reason: client });
      return;
    }
    if (this.#closed !== null) return void client.close();
    this.#relays.add(client);
    const index = this.#options.turnServers.findIndex((each) => each.server === server);
    const candidate: IceCandidate = {
      ...client.relayed,
      type: 'relay',
      component,
      foundation: foundationOf('relay', client.relayed.address, `${server.protocol} ${server.host}`),
      // A relay that is reached by UDP adds less delay than one behind a stream.
      priority: candidatePriority('relay', component, (server.protocol === 'udp' ? 40_000 : 20_000) - index),
      related: { address: client.relayed.address, port: client.relayed.port },
    };
    const base = this.#addBase(candidate, {
      protocol: server.protocol,
      send: async (datagram, to) => client.send(datagram, to),
      bind: (peer) => client.bind(peer),
    });
    client.onData((data, from) => this.#take(data, base, from));
    client.onLost((reason) => this.#listener.relayLost(server.host, reason));
    this.#candidates.push(candidate);
    this.#listener.gathered();
  }

  #take(datagram: Buffer, base: Base, from: TransportAddress): void {
    if (kindOfDatagram(datagram) !== 'stun') return this.#listener.packet(datagram, base, from);
    const parsed = parseStun(datagram);
    if (!parsed.ok) return;
    const answer: StunAnswer = { message: parsed.value, datagram };
    if (!this.#exchange.receive(answer)) this.#listener.stun(parsed.value, datagram, base, from);
  }

  #keepAlive(): void {
    if (this.#closed !== null || this.#reflexive.length === 0) return;
    this.#stopKeepalive = this.#options.clock.after(keepaliveMs, () => {
      for (const { base, server } of this.#reflexive)
        void base.send(bindingRequest('indication', this.#options.random(12)), server);
      this.#keepAlive();
    });
  }

  /** Closes sockets and gives relays back. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#shutDown();
    return this.#closed;
  }

  async #shutDown(): Promise<void> {
    this.#stopKeepalive();
    this.#exchange.close();
    await Promise.all([...this.#relays].map((relay) => relay.close()));
    await Promise.all(this.#pairs.map((pair) => pair.close()));
  }
}

function bindingRequest(kind: 'request' | 'indication', transactionId: Uint8Array): Buffer {
  return withFingerprint(
    serialiseStun({ class: kind, method: stunMethods.binding, transactionId, attributes: [] }),
  );
}

/** How a server sees whoever asked it; servers of RFC 3489 do not mask the address. */
function mappedAddress(message: StunMessage): TransportAddress | undefined {
  if (message.class !== 'success') return undefined;
  return (
    readXorAddress(attributeOf(message, stunAttributes.xorMappedAddress), message.transactionId) ??
    readPlainAddress(attributeOf(message, stunAttributes.mappedAddress))
  );
}
