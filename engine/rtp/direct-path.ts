/**
 * Packets go straight between the addresses that SDP names, or back to where theirs come from (symmetric RTP, RFC 4961): a pair of
 * sockets here, an address there.
 */
import type { RemoteInfo } from 'node:dgram';
import type { Logger } from '../log.ts';
import type { Component } from '../nat/ice-candidate.ts';
import { bindPair, closePair, type SocketPair } from './datagram-socket.ts';
import {
  handoverMs,
  type MediaPath,
  type PathEvent,
  type PathListener,
  type PathRemote,
} from './media-path.ts';
import { kindOfDatagram } from '../nat/datagram-kind.ts';
import type { PortPool } from './port-pool.ts';
import {
  isReachable,
  sameTransportAddress,
  writtenAddress,
  type TransportAddress,
} from '../net/transport-address.ts';

export interface DirectPathOptions {
  localAddress: string;
  /** Inclusive range of the RTP/RTCP pair. */
  portMin: number;
  portMax: number;
  ports: PortPool;
  log: Logger;
}

export class DirectPath implements MediaPath {
  readonly #options: DirectPathOptions;
  #sockets: SocketPair;
  /** Pairs that were moved away from and are still heard. */
  readonly #leaving = new Map<SocketPair, NodeJS.Timeout>();
  #moves: Promise<void> = Promise.resolve();
  #listener: PathListener | null = null;
  #onDtls: (datagram: Buffer, component: Component) => void = () => undefined;
  #onEvent: (event: PathEvent) => void = () => undefined;
  #remote: PathRemote | null = null;
  /** Where DTLS records of each port come from, which need not be where SDP says. */
  #dtlsSources: Partial<Record<Component, TransportAddress>> = {};
  #closed: Promise<void> | null = null;

  private constructor(options: DirectPathOptions, sockets: SocketPair) {
    this.#options = options;
    this.#sockets = sockets;
    this.#attach(sockets);
  }

  /** Binds the ports. Rejects with `media.ports-used-up` or the system's error. */
  static async open(options: DirectPathOptions): Promise<DirectPath> {
    return new DirectPath(options, await bindPair(options.ports, options));
  }

  get localAddress(): string {
    return this.#sockets.address;
  }

  get localPort(): number {
    return this.#sockets.port;
  }

  get ice(): null {
    return null;
  }

  listen(listener: PathListener): void {
    this.#listener = listener;
  }

  onDtls(listener: (datagram: Buffer, component: Component) => void): void {
    this.#onDtls = listener;
  }

  onEvent(listener: (event: PathEvent) => void): void {
    this.#onEvent = listener;
  }

  addRemoteCandidates(): void {
    // Packets go straight: nobody waits for candidates.
  }

  setRemote(remote: PathRemote): void {
    const isSame = this.#remote !== null && sameTransportAddress(this.#remote, remote);
    this.#remote = remote;
    if (isSame) return;
    this.#dtlsSources = {};
    this.#tellPath(remote);
  }

  #tellPath(remote: PathRemote): void {
    this.#onEvent({
      type: 'path',
      path: {
        local: 'direct',
        remote: 'direct',
        protocol: 'udp',
        localAddress: writtenAddress({ address: this.localAddress, port: this.localPort }),
        remoteAddress: writtenAddress(remote),
      },
    });
  }

  leads(source: TransportAddress | null): boolean {
    const to = source ?? this.#remote;
    return this.#closed === null && this.#remote !== null && to !== null && isReachable(to);
  }

  sendRtp(packet: Uint8Array, source: TransportAddress | null): void {
    const to = source ?? this.#remote;
    if (to !== null && this.leads(source)) this.#sockets.rtp.send(packet, to.port, to.address);
  }

  sendRtcp(packet: Uint8Array, source: TransportAddress | null): Promise<void> {
    const remote = this.#remote;
    if (remote === null) return Promise.resolve();
    const to = source ?? { address: remote.address, port: remote.rtcpMux ? remote.port : remote.rtcpPort };
    if (!isReachable(to)) return Promise.resolve();
    const socket = remote.rtcpMux ? this.#sockets.rtp : this.#sockets.rtcp;
    return new Promise((resolve) => socket.send(packet, to.port, to.address, () => resolve()));
  }

  sendDtls(record: Uint8Array, component: Component): void {
    const to = this.#dtlsSources[component] ?? this.#named(component);
    const socket = component === 1 ? this.#sockets.rtp : this.#sockets.rtcp;
    if (to !== null && this.#closed === null && isReachable(to)) socket.send(record, to.port, to.address);
  }

  /** Where signalling says that a port of theirs is. */
  #named(component: Component): TransportAddress | null {
    if (this.#remote === null) return null;
    const { address, port, rtcpPort } = this.#remote;
    return { address, port: component === 1 ? port : rtcpPort };
  }

  #attach({ rtp, rtcp }: SocketPair): void {
    rtp.on('message', (datagram, from) => this.#take(datagram, from, 1));
    rtcp.on('message', (datagram, from) => this.#take(datagram, from, 2));
    for (const socket of [rtp, rtcp]) {
      socket.on('error', (error) => this.#options.log.debug(`media socket: ${error.message}`));
    }
  }

  #take(datagram: Buffer, from: RemoteInfo, component: Component): void {
    if (this.#closed !== null) return;
    const kind = kindOfDatagram(datagram);
    // A handshake may begin before the answer that names the far side is here.
    if (kind === 'dtls') this.#takeDtls(datagram, from, component);
    else if (this.#remote === null) return;
    else if (kind === 'rtp') this.#listener?.rtp(datagram, from);
    else if (kind === 'rtcp') this.#listener?.rtcp(datagram, from);
  }

  #takeDtls(datagram: Buffer, from: RemoteInfo, component: Component): void {
    this.#dtlsSources[component] = { address: from.address, port: from.port };
    this.#onDtls(datagram, component);
  }

  move(localAddress: string): Promise<void> {
    const moved = this.#moves.then(() => this.#rebind(localAddress));
    this.#moves = moved.catch(() => undefined);
    return moved;
  }

  async #rebind(localAddress: string): Promise<void> {
    const { ports, portMin, portMax, log } = this.#options;
    const sockets = await bindPair(ports, { localAddress, portMin, portMax });
    const old = this.#sockets;
    this.#sockets = sockets;
    this.#attach(sockets);
    const leave = () => {
      this.#leaving.delete(old);
      void closePair(ports, old);
    };
    this.#leaving.set(old, setTimeout(leave, handoverMs));
    if (this.#remote !== null) this.#tellPath(this.#remote);
    log.debug(`media moves to ${localAddress}:${sockets.port}`);
  }

  close(): Promise<void> {
    this.#closed ??= this.#shutDown();
    return this.#closed;
  }

  async #shutDown(): Promise<void> {
    await this.#moves;
    for (const timer of this.#leaving.values()) clearTimeout(timer);
    const pairs = [this.#sockets, ...this.#leaving.keys()];
    await Promise.all(pairs.map((pair) => closePair(this.#options.ports, pair)));
  }
}
