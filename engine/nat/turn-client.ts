/**
 * An allocation at a TURN server (RFC 8656): drives turn-machine.ts, keeps permissions and channels alive (turn-peers.ts), and carries
 * datagrams: in indications to a peer that is merely permitted, in channel data to the one that a channel is bound to.
 */
import type { Logger } from '../log.ts';
import type { TransportAddress } from '../net/transport-address.ts';
import type { Clock } from '../net/clock.ts';
import { toPhoneError } from '../../contract/errors.ts';
import { assertNever } from '../../contract/assert-never.ts';
import {
  numberAttribute,
  readError,
  readNumber,
  readPlainAddress,
  readXorAddress,
  requestedUdp,
  xorAddressAttribute,
} from './stun-attributes.ts';
import { StunAuthentication } from './stun-authentication.ts';
import { StunExchange, type StunAnswer } from './stun-exchange.ts';
import {
  attributeOf,
  parseStun,
  serialiseStun,
  stunAttributes,
  stunMethods,
  type StunAttribute,
  type StunMessage,
  type StunMethod,
} from './stun-message.ts';
import { datagramTiming, streamTiming, type StunTiming } from './stun-transaction.ts';
import { channelData, readChannelData } from './turn-framing.ts';
import { idleTurn, stepTurn, type TurnEffect, type TurnEvent } from './turn-machine.ts';
import { TurnPeers, type TurnRefusal } from './turn-peers.ts';
import type { OpenTurnTransport, TurnTransport } from './turn-transport.ts';
import type { TurnProtocol, TurnServer } from './turn-uri.ts';

export interface TurnClientOptions {
  server: TurnServer;
  username: string;
  password: string;
  connect: OpenTurnTransport;
  clock: Clock;
  /** Cryptographically random octets. */
  random: (count: number) => Uint8Array;
  log: Logger;
  /** How often a request is repeated over UDP; the usual when absent. */
  timing?: StunTiming;
}

type Answered = { ok: true; message: StunMessage } | TurnRefusal;

/** What a server grants when it does not say for how long (RFC 8656 §7.2). */
const usualLifetimeSeconds = 600;
/** A closing phone waits no longer than this for a server that does not confirm. */
const releaseWithinMs = 500;
const mostChallenges = 3;

export class TurnClient {
  readonly #options: TurnClientOptions;
  #authentication: StunAuthentication;
  readonly #peers: TurnPeers;
  #exchange: StunExchange;
  #server: TurnServer;
  #transport: TurnTransport | null = null;
  #state = idleTurn;
  #stopRefresh: () => void = () => undefined;
  #stopRelease: (() => void) | null = null;
  #relayed: TransportAddress | null = null;
  #settle: (failure: string | null) => void = () => undefined;
  #onData: (data: Buffer, from: TransportAddress) => void = () => undefined;
  #onLost: (reason: string) => void = () => undefined;
  #shut: () => void = () => undefined;
  readonly #isShut = new Promise<void>((resolve) => (this.#shut = resolve));

  private constructor(options: TurnClientOptions) {
    this.#options = options;
    this.#server = options.server;
    this.#authentication = new StunAuthentication(options);
    this.#exchange = new StunExchange(options.clock);
    this.#peers = new TurnPeers({
      clock: options.clock,
      request: (method, attributes) => this.#request(method, attributes),
      log: options.log,
    });
  }

  /** Resolves to the client once the server relays, or to why it does not, in words that follow "cannot be used:". Never rejects. */
  static async allocate(options: TurnClientOptions): Promise<TurnClient | string> {
    const client = new TurnClient(options);
    const settled = new Promise<string | null>((resolve) => (client.#settle = resolve));
    void client.#begin(options.server);
    return (await settled) ?? client;
  }

  /** Where the server receives for us. */
  get relayed(): TransportAddress {
    return this.#relayed ?? { address: '', port: 0 };
  }

  get protocol(): TurnProtocol {
    return this.#server.protocol;
  }

  onData(listener: (data: Buffer, from: TransportAddress) => void): void {
    this.#onData = listener;
  }

  /** The allocation is gone without our asking. */
  onLost(listener: (reason: string) => void): void {
    this.#onLost = listener;
  }

  /** Sends a datagram from the relayed address; waits for the peer's permission where there is none yet. */
  send(data: Uint8Array, peer: TransportAddress): void {
    const way = this.#peers.wayTo(peer, () => this.send(data, peer));
    if (way === 'waiting' || this.#transport === null) return;
    if (way !== 'indication') {
      const onStream = this.#transport.protocol !== 'udp';
      this.#transport.send(channelData(way.channel, data, { onStream }));
      return;
    }
    const transactionId = this.#options.random(12);
    const attributes = [
      xorAddressAttribute(stunAttributes.xorPeerAddress, peer, transactionId),
      { type: stunAttributes.data, value: data },
    ];
    const message = { class: 'indication', method: stunMethods.send, transactionId, attributes } as const;
    this.#transport.send(serialiseStun(message));
  }

  /** Sound goes there: a channel saves 32 octets a packet. */
  bind(peer: TransportAddress): void {
    this.#peers.bind(peer);
  }

  /** Gives the allocation back. Resolves within half a second. Idempotent. */
  close(): Promise<void> {
    this.#dispatch({ type: 'close' });
    if (this.#state.phase === 'closing')
      this.#stopRelease ??= this.#options.clock.after(releaseWithinMs, () =>
        this.#dispatch({ type: 'silent' }),
      );
    return this.#isShut;
  }

  async #begin(server: TurnServer): Promise<void> {
    this.#transport?.close();
    this.#exchange.close();
    this.#exchange = new StunExchange(this.#options.clock);
    // Another server has a realm and nonces of its own.
    if (server !== this.#server) this.#authentication = new StunAuthentication(this.#options);
    this.#server = server;
    try {
      const transport = await this.#options.connect(server);
      // Closed while it was being opened.
      if (this.#state.phase === 'closed') return transport.close();
      this.#transport = transport;
      transport.listen({
        message: (message) => this.#take(message),
        lost: (reason) => {
          if (this.#transport === transport) this.#dispatch({ type: 'lost', reason });
        },
      });
      this.#dispatch({ type: 'start' });
    } catch (thrown) {
      const { code, message } = toPhoneError(thrown);
      const reason = code === 'internal' ? message : message.replace(/\.$/, '');
      this.#dispatch({ type: 'lost', reason });
    }
  }

  #dispatch(event: TurnEvent): void {
    const [state, effects] = stepTurn(this.#state, event);
    this.#state = state;
    for (const effect of effects) this.#run(effect);
  }

  #run(effect: TurnEffect): void {
    switch (effect.type) {
      case 'allocate':
        void this.#allocate();
        break;
      case 'reconnect':
        void this.#begin(
          effect.to === undefined
            ? this.#server
            : { ...this.#server, host: effect.to.address, port: effect.to.port },
        );
        break;
      case 'ready':
        this.#settle(null);
        break;
      case 'refresh':
        void this.#refresh(effect.release ? 0 : undefined);
        break;
      case 'schedule-refresh':
        this.#stopRefresh();
        this.#stopRefresh = this.#options.clock.after(effect.afterMs, () =>
          this.#dispatch({ type: 'refresh-due' }),
        );
        break;
      case 'cancel-refresh':
        this.#stopRefresh();
        break;
      case 'fail':
        this.#settle(effect.reason);
        if (this.#relayed !== null) this.#onLost(effect.reason);
        break;
      case 'shut':
        this.#stopRelease?.();
        this.#peers.close();
        this.#exchange.close();
        this.#transport?.close();
        this.#settle('it was closed');
        this.#shut();
        break;
      default:
        assertNever(effect);
    }
  }

  async #allocate(): Promise<void> {
    const answer = await this.#request(stunMethods.allocate, () => [requestedUdp]);
    if (answer.ok) {
      const { message } = answer;
      const value = attributeOf(message, stunAttributes.xorRelayedAddress);
      this.#relayed = readXorAddress(value, message.transactionId) ?? null;
      if (this.#relayed === null) return this.#dispatch({ type: 'refused', ...unreadable });
    }
    this.#report(answer);
  }

  async #refresh(lifetimeSeconds: number | undefined): Promise<void> {
    const attributes =
      lifetimeSeconds === undefined ? [] : [numberAttribute(stunAttributes.lifetime, lifetimeSeconds)];
    this.#report(await this.#request(stunMethods.refresh, () => attributes));
  }

  #report(answer: Answered): void {
    if (answer.ok) {
      const seconds = readNumber(attributeOf(answer.message, stunAttributes.lifetime));
      this.#dispatch({ type: 'granted', lifetimeSeconds: seconds ?? usualLifetimeSeconds });
    } else if (answer.code === 'silent') this.#dispatch({ type: 'silent' });
    else if (answer.code !== 'closed') this.#dispatch({ ...answer, type: 'refused', code: answer.code });
  }

  /** One request, asked again as often as the server challenges it. */
  async #request(
    method: StunMethod,
    attributesOf: (transactionId: Uint8Array) => StunAttribute[],
  ): Promise<Answered> {
    const { random, timing = datagramTiming } = this.#options;
    for (let attempt = 0; attempt < mostChallenges; attempt += 1) {
      const transactionId = random(12);
      const attributes = attributesOf(transactionId);
      const request = this.#authentication.seal({ class: 'request', method, transactionId, attributes });
      const outcome = await this.#exchange.request(transactionId, request, {
        send: (datagram) => this.#transport?.send(datagram),
        timing: this.protocol === 'udp' ? timing : streamTiming,
      });
      if (typeof outcome === 'string') return { ok: false, code: outcome, reason: '', alternate: undefined };
      const verdict = this.#authentication.take(outcome);
      if (verdict === 'accepted') return answered(outcome);
      if (verdict === 'wrong') break;
    }
    return { ok: false, code: 401, reason: 'Unauthorized', alternate: undefined };
  }

  #take(datagram: Buffer): void {
    const framed = readChannelData(datagram);
    if (framed !== undefined) {
      const from = this.#peers.peerOf(framed.channel);
      if (from !== undefined) this.#onData(framed.data, from);
      return;
    }
    const parsed = parseStun(datagram);
    if (!parsed.ok) return;
    const message = parsed.value;
    if (message.class !== 'indication') {
      this.#exchange.receive({ message, datagram });
      return;
    }
    if (message.method !== stunMethods.data) return;
    const data = attributeOf(message, stunAttributes.data);
    const from = readXorAddress(attributeOf(message, stunAttributes.xorPeerAddress), message.transactionId);
    if (data !== undefined && from !== undefined) this.#onData(Buffer.from(data), from);
  }
}

const unreadable = { code: 500, reason: 'without an address', alternate: undefined };

function answered({ message }: StunAnswer): Answered {
  if (message.class === 'success') return { ok: true, message };
  const error = readError(attributeOf(message, stunAttributes.errorCode)) ?? { code: 500, reason: '' };
  const alternate = readPlainAddress(attributeOf(message, stunAttributes.alternateServer));
  return { ok: false, ...error, alternate };
}
