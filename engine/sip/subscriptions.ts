/** The subscriptions of one account: they begin when it is registered, are forgotten when the server is out of reach, and end with it. */
import type { RegistrationState } from '../../contract/snapshot.ts';
import { Subscription } from './subscription.ts';
import type { SubscriptionContext, SubscriptionOptions } from './subscription.ts';

export class Subscriptions {
  readonly #context: SubscriptionContext;
  readonly #all = new Set<Subscription>();
  #registered = false;
  #ended = false;

  constructor(context: SubscriptionContext) {
    this.#context = context;
  }

  /** Begins one, at once or when the account is registered. */
  add(options: SubscriptionOptions): Subscription {
    const subscription = new Subscription(options, this.#context);
    this.#all.add(subscription);
    if (this.#registered) subscription.start();
    return subscription;
  }

  remove(subscription: Subscription): void {
    this.#all.delete(subscription);
    void subscription.end();
  }

  /** The registration is in another state, or was renewed. */
  follow(state: RegistrationState): void {
    const registered = state === 'registered';
    if (registered === this.#registered || this.#ended) return;
    this.#registered = registered;
    for (const subscription of this.#all) {
      if (registered) subscription.start();
      else if (state === 'unregistering') void subscription.end();
      else subscription.lost();
    }
  }

  /** Our address is another one: the notifiers are told where to send from now on. */
  renew(): void {
    if (this.#registered) for (const subscription of this.#all) subscription.start();
  }

  /** Unsubscribes everywhere, within 4 s; without a word when the server is out of reach. Begins nothing from here on. */
  async end(connected: boolean): Promise<void> {
    this.#ended = true;
    this.#registered = false;
    if (!connected) for (const subscription of this.#all) subscription.lost();
    await Promise.all([...this.#all].map((subscription) => subscription.end()));
    this.#all.clear();
  }
}
