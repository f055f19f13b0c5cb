/**
 * Whom an allocation may reach (RFC 8656 §9, §12): a permission for each address, renewed before its five minutes are over, and a channel
 * for the peer that sound goes to, renewed before its ten.
 */
import type { Logger } from '../log.ts';
import type { TransportAddress } from '../net/transport-address.ts';
import type { Clock } from '../net/clock.ts';
import { channelAttribute, xorAddressAttribute } from './stun-attributes.ts';
import {
  stunAttributes,
  stunMethods,
  type StunAttribute,
  type StunMessage,
  type StunMethod,
} from './stun-message.ts';
import { firstChannel, lastChannel } from './turn-framing.ts';

export interface TurnRefusal {
  ok: false;
  /** Of ERROR-CODE; `silent`: no answer; `closed`: nobody waits for it any more. */
  code: number | 'silent' | 'closed';
  reason: string;
  alternate: TransportAddress | undefined;
}

export interface TurnPeersOptions {
  clock: Clock;
  request: (
    method: StunMethod,
    attributes: (transactionId: Uint8Array) => StunAttribute[],
  ) => Promise<{ ok: true; message: StunMessage } | TurnRefusal>;
  log: Logger;
}

interface Permission {
  granted: boolean;
  /** Sent once it is granted. */
  waiting: (() => void)[];
  stopTimer: () => void;
}

const permissionRenewMs = 240_000;
const channelRenewMs = 540_000;
/** After a refusal the peer is asked for again, should anything be sent to it. */
const refusedForMs = 5_000;
const mostWaiting = 16;

export class TurnPeers {
  readonly #options: TurnPeersOptions;
  readonly #permissions = new Map<string, Permission>();
  readonly #channels = new Map<string, { channel: number; bound: boolean; stopTimer: () => void }>();
  readonly #peers = new Map<number, TransportAddress>();
  #lastChannel = firstChannel - 1;
  #closed = false;

  constructor(options: TurnPeersOptions) {
    this.#options = options;
  }

  /** How a datagram gets to a peer. `waiting`: not yet; the permission has been asked for and `again` runs when it is there. */
  wayTo(peer: TransportAddress, again: () => void): 'indication' | 'waiting' | { channel: number } {
    const channel = this.#channels.get(nameOf(peer));
    if (channel?.bound === true) return channel;
    const permission = this.#permissions.get(peer.address) ?? this.#permit(peer);
    if (permission.granted) return 'indication';
    if (permission.waiting.length < mostWaiting) permission.waiting.push(again);
    return 'waiting';
  }

  peerOf(channel: number): TransportAddress | undefined {
    return this.#peers.get(channel);
  }

  /** Binds a channel to the peer; harmless when it has one. */
  bind(peer: TransportAddress): void {
    const name = nameOf(peer);
    if (this.#channels.has(name) || this.#lastChannel === lastChannel || this.#closed) return;
    this.#lastChannel += 1;
    const entry = { channel: this.#lastChannel, bound: false, stopTimer: () => undefined };
    this.#channels.set(name, entry);
    this.#peers.set(entry.channel, peer);
    void this.#bindChannel(peer, entry);
  }

  async #bindChannel(
    peer: TransportAddress,
    entry: { channel: number; bound: boolean; stopTimer: () => void },
  ): Promise<void> {
    const answer = await this.#options.request(stunMethods.channelBind, (transactionId) => [
      channelAttribute(entry.channel),
      xorAddressAttribute(stunAttributes.xorPeerAddress, peer, transactionId),
    ]);
    if (this.#closed) return;
    // Without a channel, indications go on.
    entry.bound = answer.ok;
    if (!answer.ok) this.#options.log.debug(`no channel to ${nameOf(peer)}: ${answer.code} ${answer.reason}`);
    else
      entry.stopTimer = this.#options.clock.after(channelRenewMs, () => void this.#bindChannel(peer, entry));
  }

  #permit(peer: TransportAddress): Permission {
    const permission: Permission = { granted: false, waiting: [], stopTimer: () => undefined };
    this.#permissions.set(peer.address, permission);
    void this.#ask(peer, permission);
    return permission;
  }

  async #ask(peer: TransportAddress, permission: Permission): Promise<void> {
    const answer = await this.#options.request(stunMethods.createPermission, (transactionId) => [
      xorAddressAttribute(stunAttributes.xorPeerAddress, { ...peer, port: 0 }, transactionId),
    ]);
    if (this.#closed) return;
    permission.granted = answer.ok;
    const { clock, log } = this.#options;
    if (answer.ok) {
      permission.stopTimer = clock.after(permissionRenewMs, () => void this.#ask(peer, permission));
      for (const send of permission.waiting.splice(0)) send();
    } else {
      log.debug(`the relay does not reach ${peer.address}: ${answer.code} ${answer.reason}`);
      permission.waiting = [];
      permission.stopTimer = clock.after(refusedForMs, () => this.#permissions.delete(peer.address));
    }
  }

  /** Renews nothing any more. Idempotent. */
  close(): void {
    this.#closed = true;
    for (const { stopTimer } of [...this.#permissions.values(), ...this.#channels.values()]) stopTimer();
    this.#permissions.clear();
    this.#channels.clear();
  }
}

const nameOf = ({ address, port }: TransportAddress) => `${address} ${port}`;
