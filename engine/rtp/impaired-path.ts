/** A path over a bad network (impairment.ts): what is sent and what comes is lost or late on its way; everything else is the path's own. */
import type { IceDescription, LocalIce } from '../nat/ice-description.ts';
import type { Component } from '../nat/ice-candidate.ts';
import { ImpairedWay, type Impairment } from './impairment.ts';
import type { MediaPath, PathEvent, PathListener, PathRemote } from './media-path.ts';
import type { TransportAddress } from '../net/transport-address.ts';

export class ImpairedPath implements MediaPath {
  readonly #path: MediaPath;
  readonly #now: () => number;
  readonly #out: ImpairedWay;
  readonly #in: ImpairedWay;
  readonly #underway = new Set<NodeJS.Timeout>();

  /** @param now monotonic milliseconds */
  constructor(path: MediaPath, impairment: Impairment, now: () => number) {
    this.#path = path;
    this.#now = now;
    this.#out = new ImpairedWay(impairment, 0);
    this.#in = new ImpairedWay(impairment, 1);
  }

  get localAddress(): string {
    return this.#path.localAddress;
  }

  get localPort(): number {
    return this.#path.localPort;
  }

  get ice(): LocalIce | null {
    return this.#path.ice;
  }

  #carry(way: ImpairedWay, deliver: () => void): void {
    const delayMs = way.delayOf(this.#now());
    if (delayMs === null) return;
    if (delayMs === 0) {
      deliver();
      return;
    }
    const timer = setTimeout(() => {
      this.#underway.delete(timer);
      deliver();
    }, delayMs);
    this.#underway.add(timer);
  }

  listen(listener: PathListener): void {
    this.#path.listen({
      rtp: (datagram, from) => this.#carry(this.#in, () => listener.rtp(datagram, from)),
      rtcp: (datagram, from) => this.#carry(this.#in, () => listener.rtcp(datagram, from)),
    });
  }

  onDtls(listener: (datagram: Buffer, component: Component) => void): void {
    this.#path.onDtls((datagram, component) => this.#carry(this.#in, () => listener(datagram, component)));
  }

  onEvent(listener: (event: PathEvent) => void): void {
    this.#path.onEvent(listener);
  }

  addRemoteCandidates(ice: IceDescription): void {
    this.#path.addRemoteCandidates(ice);
  }

  setRemote(remote: PathRemote): void {
    this.#path.setRemote(remote);
  }

  leads(source: TransportAddress | null): boolean {
    return this.#path.leads(source);
  }

  sendRtp(packet: Uint8Array, source: TransportAddress | null): void {
    // Whoever sends may use the same memory for the next packet.
    const copy = Uint8Array.from(packet);
    this.#carry(this.#out, () => this.#path.sendRtp(copy, source));
  }

  /** Reports are not impaired on their way out: the last one is waited for. */
  sendRtcp(packet: Uint8Array, source: TransportAddress | null): Promise<void> {
    return this.#path.sendRtcp(packet, source);
  }

  sendDtls(record: Uint8Array, component: Component): void {
    this.#carry(this.#out, () => this.#path.sendDtls(record, component));
  }

  move(localAddress: string): Promise<void> {
    return this.#path.move(localAddress);
  }

  close(): Promise<void> {
    for (const timer of this.#underway) clearTimeout(timer);
    this.#underway.clear();
    return this.#path.close();
  }
}
