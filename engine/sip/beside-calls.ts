/**
 * What an account says and hears beside its calls: subscriptions to others' states, its own published state, NOTIFYs that nobody
 * asked for, and short texts. What stands begins with the registration, is forgotten when the server is out of reach, and is ended
 * with the account.
 */
import type { IncomingMessageRequest } from 'sip.js/lib/core/messages/methods/message.js';
import type { IncomingNotifyRequest } from 'sip.js/lib/core/messages/methods/notify.js';
import type { URI } from 'sip.js/lib/grammar/uri.js';
import type { Party, RegistrationState } from '../../contract/snapshot.ts';
import type { Logger } from '../log.ts';
import { addressOfRecord } from './address-of-record.ts';
import { withoutParameters } from './header-values.ts';
import { Publication } from './publication.ts';
import type { PublicationOptions } from './publication.ts';
import type { SipCore } from './sip-core.ts';
import { notificationOf, Subscription } from './subscription.ts';
import type { Notification, SubscriptionOptions } from './subscription.ts';
import { sendText, TextInbox } from './text-message.ts';
import type { TextAnswer } from './text-message.ts';

export interface BesideCallsOptions {
  core: SipCore;
  aor: URI;
  account: { user: string; domain: string };
  /** Loads the password into the credentials before each request. */
  loadPassword: () => Promise<void>;
  /** Resolves to true once the transport is connected, to false when that takes longer than the limit. */
  whenConnected: (limitMs: number) => Promise<boolean>;
  log: Logger;
}

export interface BesideCallsEvents {
  /** A NOTIFY that no subscription of ours asked for: its event package and what it carries. */
  unsolicited: (event: string, notification: Notification) => void;
  /** A short text. */
  text: (from: Party, text: string) => void;
}

/** What is kept up at the server while the account is registered. */
interface Standing {
  start(): void;
  lost(): void;
  end(): Promise<void>;
}

/** A short text waits so long for a connection. */
const textLimitMs = 8_000;

export class BesideCalls {
  readonly #options: BesideCallsOptions;
  readonly #standing = new Set<Standing>();
  readonly #listeners: { [E in keyof BesideCallsEvents]: Set<BesideCallsEvents[E]> } = {
    unsolicited: new Set(),
    text: new Set(),
  };
  readonly #inbox = new TextInbox((from, text) => {
    for (const listener of this.#listeners.text) listener(from, text);
  });
  #registered = false;
  #ended = false;

  constructor(options: BesideCallsOptions) {
    this.#options = options;
  }

  on<E extends keyof BesideCallsEvents>(event: E, listener: BesideCallsEvents[E]): () => void {
    this.#listeners[event].add(listener);
    return () => this.#listeners[event].delete(listener);
  }

  /**
   * Watches somebody's state. `user` absent: the account's own address.
   * @throws PhoneFailure `settings.invalid` when the user makes no SIP address
   */
  subscribe(wanted: Omit<SubscriptionOptions, 'target'> & { user?: string }): Subscription {
    const { account } = this.#options;
    const { user = account.user, ...options } = wanted;
    const target = addressOfRecord(user, account.domain);
    return this.#keep(new Subscription({ ...options, target }, this.#options));
  }

  /** Publishes the account's own state. */
  publish(options: PublicationOptions): Publication {
    return this.#keep(new Publication(options, this.#options));
  }

  /** Ends a subscription or publication and forgets it. */
  remove(standing: Standing): void {
    this.#standing.delete(standing);
    void standing.end();
  }

  /** Sends a short text; the answer, a 503 when the server cannot be reached in time. Never rejects. */
  async sendText(target: URI, text: string): Promise<TextAnswer> {
    const { core, aor, whenConnected, loadPassword } = this.#options;
    if (!(await whenConnected(textLimitMs))) return { status: 503, reason: 'Not Connected' };
    await loadPassword();
    return sendText(core, { target, text, from: aor });
  }

  /** A NOTIFY outside of our subscriptions is taken whatever it says, so that the server does not repeat it. */
  onNotify(request: IncomingNotifyRequest): void {
    const { message } = request;
    request.accept();
    const event = withoutParameters(message.getHeader('Event'));
    const notification = notificationOf(message);
    for (const listener of this.#listeners.unsolicited) listener(event, notification);
  }

  onMessage(request: IncomingMessageRequest): void {
    this.#inbox.receive(request);
  }

  /** The registration is in another state, or was renewed. */
  follow(state: RegistrationState): void {
    const registered = state === 'registered';
    if (registered === this.#registered || this.#ended) return;
    this.#registered = registered;
    for (const standing of this.#standing) {
      if (registered) standing.start();
      else if (state === 'unregistering') void standing.end();
      else standing.lost();
    }
  }

  /** Our address is another one: the servers are told where we are from now on. */
  renew(): void {
    if (this.#registered) for (const standing of this.#standing) standing.start();
  }

  /** Ends what stands, within 4 s; without a word when the server is out of reach. Begins nothing from here on. */
  async end(connected: boolean): Promise<void> {
    this.#ended = true;
    this.#registered = false;
    if (!connected) for (const standing of this.#standing) standing.lost();
    await Promise.all([...this.#standing].map((standing) => standing.end()));
    this.#standing.clear();
    for (const listeners of Object.values(this.#listeners)) listeners.clear();
  }

  #keep<T extends Standing>(standing: T): T {
    this.#standing.add(standing);
    if (this.#registered) standing.start();
    return standing;
  }
}
