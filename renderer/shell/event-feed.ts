/** One stream of all events, told apart by name for the contract's `subscribe`. */
import type { EventData, EventName, PhoneEvent } from '../../contract/phone.ts';

export class EventFeed {
  readonly #listeners = new Map<EventName, Set<(data: never) => void>>();

  subscribe<N extends EventName>(name: N, listener: (data: EventData<N>) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  tell(event: PhoneEvent): void {
    for (const listener of this.#listeners.get(event.name) ?? []) listener(event.data as never);
  }
}
