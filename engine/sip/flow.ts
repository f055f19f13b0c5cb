/**
 * The way between an account and its server (RFC 5626): the Contact by which the server reaches us, and what the registrar has agreed
 * about the connection: its keepalives, GRUUs, and the route of what we send.
 */
import type { IncomingResponseMessage } from 'sip.js/lib/core/messages/incoming-response-message.js';
import type { NameAddrHeader } from 'sip.js/lib/grammar/name-addr-header.js';
import type { URI } from 'sip.js/lib/grammar/uri.js';
import type { Settings } from '../../contract/settings.ts';
import { secondsOf } from './header-values.ts';
import { OwnContact } from './own-contact.ts';
import { parseUri } from './address-of-record.ts';
import type { TransportAddress } from '../net/transport-address.ts';
import type { SipTransport } from './transport/transport.ts';
import { writeHost } from './transport/via.ts';

export interface FlowOptions {
  user: string;
  aor: URI;
  transport: SipTransport;
  settings: () => Settings;
}

/** A NAT that forgets a way within so little cannot be kept open from here. */
const shortestKeepaliveSeconds = 5;

export class Flow {
  readonly contact: OwnContact;
  readonly #options: FlowOptions;
  /** Our address as the server sees it. */
  #publicAddress: TransportAddress | undefined;
  /** The registrar's Flow-Timer (RFC 5626 §5.4), seconds. */
  #flowSeconds: number | undefined;
  /** The way back seems to close between keepalives. */
  #often = false;
  #keepaliveSeconds: number;
  #agreed = false;

  constructor(options: FlowOptions) {
    this.#options = options;
    this.#keepaliveSeconds = options.settings().nat.udp_update_time;
    this.contact = new OwnContact(options.aor.clone(), () => options.settings().instance_id);
  }

  /** A connection stands; what was agreed about the one before is void. */
  opened(): void {
    this.#agreed = false;
    this.#publicAddress = undefined;
    this.#updateContact();
  }

  /** The server sees us at another address than we do. False when that is not asked for (`nat.rport`). */
  seenAt(seen: TransportAddress): boolean {
    if (!this.#options.settings().nat.rport) return false;
    this.#publicAddress = seen;
    this.#updateContact();
    return true;
  }

  /**
   * Takes what the registrar says in its answer to a REGISTER. True when this was not the first over the present connection.
   * @param binding our own Contact in it
   */
  agree(response: IncomingResponseMessage, binding: NameAddrHeader | undefined): boolean {
    const { contact } = this;
    contact.takeGruus(binding);
    contact.outbound = /(^|,)\s*outbound\s*(,|$)/i.test(response.getHeaders('Require').join(','));
    this.#flowSeconds = contact.outbound ? secondsOf(response, 'Flow-Timer') : undefined;
    if (contact.outbound) this.#options.transport.expectPongs();
    this.keepAlive();
    const again = this.#agreed;
    this.#agreed = true;
    return again;
  }

  /**
   * Keepalives as the settings want them, twice as many while they shall come `often`, and within the Flow-Timer (RFC 5626 §4.4.1: at
   * 80% of it, at the latest).
   */
  keepAlive({ often = this.#often } = {}): void {
    this.#often = often;
    const configured = this.#options.settings().nat.udp_update_time;
    const wanted = often ? Math.max(shortestKeepaliveSeconds, configured / 2) : configured;
    const seconds = Math.min(wanted, (this.#flowSeconds ?? Number.POSITIVE_INFINITY) * 0.8);
    if (seconds === this.#keepaliveSeconds) return;
    this.#keepaliveSeconds = seconds;
    this.#options.transport.keepAliveEvery(seconds);
  }

  #updateContact(): void {
    const { user, transport } = this.#options;
    const { address, port } = this.#publicAddress ?? transport.local;
    const parameter = transport.protocol === 'UDP' ? '' : `;transport=${transport.protocol.toLowerCase()}`;
    this.contact.uri = parseUri(`sip:${encodeURIComponent(user)}@${writeHost(address)}:${port}${parameter}`);
  }
}
