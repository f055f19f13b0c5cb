/**
 * One account and the network: keeps the transport connected, and what depends on it in step, whenever the connection, the way to the
 * server or our address as the server sees it is another one.
 *
 *   transport ─► Connection ─► here ─┬─► Contact, then REGISTER
 *   phone-network.ts ──── follow ──► ├─► calls: sound moves, re-INVITE (call-recovery.ts)
 *                                    └─► beside calls: subscriptions refreshed from the new address
 */
import type { IncomingResponseMessage } from 'sip.js/lib/core/messages/incoming-response-message.js';
import type { NameAddrHeader } from 'sip.js/lib/grammar/name-addr-header.js';
import type { PhoneError } from '../../contract/errors.ts';
import type { Logger } from '../log.ts';
import type { BesideCalls } from './beside-calls.ts';
import { Connection } from './connection.ts';
import type { Flow } from './flow.ts';
import type { LineCalls } from './line-calls.ts';
import type { Registration } from './registration.ts';
import type { SipCore } from './sip-core.ts';
import type { TransportAddress } from '../net/transport-address.ts';
import type { SipTransport } from './transport/transport.ts';

export interface LineNetworkOptions {
  transport: SipTransport;
  flow: Flow;
  core: Pick<SipCore, 'failPending' | 'useServiceRoute'>;
  registration: Registration;
  beside: BesideCalls;
  calls: LineCalls;
  /** The account shall be registered. */
  registers: () => boolean;
  /** The server refuses: nobody is there to wait for. */
  onRefused: () => void;
  /** What the last change of the network has taken away is back. */
  onRestored: () => void;
  log: Logger;
}

/** So long a REGISTER may stay unanswered over a stream that is new. */
const firstAnswerMs = 4_000;
const longestAnswerMs = 32_000;

export class LineNetwork {
  readonly connection: Connection;
  readonly #options: LineNetworkOptions;
  readonly #unsubscribe: () => void;
  /** The local endpoint that the far sides of calls know. */
  #knownEndpoint = '';
  /** The network is being followed: when the last REGISTER before that succeeded, null when none had. */
  #following: { since: number | null } | undefined;
  #closed = false;
  /** Connections in a row over which nothing was heard. */
  #silentConnections = 0;
  #answerTimer: NodeJS.Timeout | undefined;

  constructor(options: LineNetworkOptions) {
    const { transport, log } = options;
    this.#options = options;
    this.connection = new Connection({
      transport,
      log: log.child('connection'),
      onReady: () => this.#onReady(),
      onLost: (error) => this.#onLost(error),
      onUnreachable: (error) => this.#onUnreachable(error),
    });
    const unsubscribe = [
      transport.on('publicAddress', (seen) => this.#onPublicAddress(seen)),
      transport.on('message', () => this.#onHeard()),
    ];
    this.#unsubscribe = () => {
      for (const end of unsubscribe) end();
    };
  }

  /** The server, once it has been found. */
  get server(): TransportAddress | undefined {
    return this.#options.transport.remote;
  }

  /** Nothing is left to be done since the network was followed: registered again, and every call has its sound. */
  get restored(): boolean {
    return this.#following === undefined;
  }

  /** Another way leads to the server: connects by it, registers, and takes the calls along. `onRestored` tells the end of it. */
  follow(): void {
    const { registration, transport, core } = this.#options;
    this.#following = { since: registration.snapshot.since };
    this.gone();
    void this.connection.renew().then(() => this.checkRestored());
    // Datagrams are repeated over the new socket; what went over a stream is gone with it.
    if (transport.protocol !== 'UDP') core.failPending();
  }

  /** No way leads to the server: calls that stand wait for one. */
  gone(): void {
    for (const call of this.#options.calls) call.cutOff();
  }

  /** Something about the network is new: a connection that waits for its next attempt is tried now. */
  tryNow(): void {
    if (!this.connection.ready) void this.connection.renew();
  }

  /** The registration or a call has changed: whatever was being restored may be back. */
  checkRestored(): void {
    if (this.#following === undefined || !this.connection.ready) return;
    const { calls, registration, registers, onRestored } = this.#options;
    if (calls.recovering) return;
    const { state, since } = registration.snapshot;
    const before = this.#following.since;
    // Who was not registered before need not be now.
    if (registers() && before !== null && (state !== 'registered' || since === before)) return;
    this.#following = undefined;
    onRestored();
  }

  /** A REGISTER was accepted. */
  registered(response: IncomingResponseMessage, binding: NameAddrHeader | undefined): void {
    const { core, flow } = this.#options;
    core.useServiceRoute(response.getHeaders('Service-Route'));
    // A refresh is the occasion to look whether the server that is meant to serve us has returned (RFC 3263 §4.3).
    if (flow.agree(response, binding)) void this.#goBack();
  }

  /** The server cannot serve us for so long: the next one is tried, where there is one. */
  unserved(retryAfterMs: number): void {
    if (this.#options.transport.servers.moveOn(retryAfterMs)) void this.connection.renew();
  }

  /** Connects no more; the transport is its owner's to close. Idempotent. */
  close(): void {
    this.#closed = true;
    this.connection.close();
    clearTimeout(this.#answerTimer);
    this.#unsubscribe();
  }

  async #goBack(): Promise<void> {
    const { transport, calls } = this.#options;
    if (calls.size > 0 || !(await transport.servers.betterIsBack())) return;
    if (calls.size === 0 && !this.#closed) await this.connection.renew();
  }

  #onReady(): void {
    const { transport, registration, registers, calls, beside, flow } = this.#options;
    flow.opened();
    if (registration.snapshot.state === 'failed') registration.transportReady();
    else if (registers()) registration.register();
    if (registers() && transport.protocol !== 'UDP') this.#expectAnswer();
    const { address, port } = transport.local;
    const endpoint = `${address} ${port}`;
    if (endpoint === this.#knownEndpoint) return;
    this.#knownEndpoint = endpoint;
    for (const call of calls) call.pathChanged(address);
    beside.renew();
  }

  /**
   * A stream carries each request once, and a server that is just starting accepts connections before it reads them: where the REGISTER
   * gets no answer for a while, it is sent over another connection, ever later.
   */
  #expectAnswer(): void {
    clearTimeout(this.#answerTimer);
    const limitMs = Math.min(longestAnswerMs, firstAnswerMs * 2 ** this.#silentConnections);
    this.#answerTimer = setTimeout(() => {
      this.#silentConnections += 1;
      this.#options.core.failPending();
      void this.connection.renew();
    }, limitMs);
  }

  #onHeard(): void {
    this.#silentConnections = 0;
    clearTimeout(this.#answerTimer);
  }

  #onLost(error: PhoneError): void {
    clearTimeout(this.#answerTimer);
    const { registration, registers, calls, core, onRefused } = this.#options;
    if (error.code === 'server.refused') onRefused();
    if (registers() && registration.snapshot.state === 'off') registration.register();
    registration.transportLost(error);
    for (const call of calls) call.networkLost(error);
    core.failPending();
  }

  /** UDP's "port unreachable": fails what has heard nothing yet; the socket stands and later requests may succeed. */
  #onUnreachable(error: PhoneError): void {
    const { registration, calls, onRefused } = this.#options;
    onRefused();
    registration.unreachable(error);
    for (const call of calls) if (call.unheard) call.networkLost(error);
  }

  #onPublicAddress(seen: TransportAddress): void {
    if (this.#options.flow.seenAt(seen)) this.#options.registration.contactChanged();
  }
}
