/** Requests and their answers over one datagram socket or stream: drives stun-transaction.ts, one for each request under way. */
import type { Clock } from '../net/clock.ts';
import { transactionKey, type StunMessage } from './stun-message.ts';
import {
  beginTransaction,
  stepTransaction,
  type StunTiming,
  type StunTransactionEffect,
  type StunTransactionState,
} from './stun-transaction.ts';

/** An answer with its octets, which its integrity is computed over. */
export interface StunAnswer {
  message: StunMessage;
  datagram: Buffer;
}
/** `silent`: nobody answers. `closed`: the exchange was closed meanwhile. */
export type StunOutcome = StunAnswer | 'silent' | 'closed';

interface Transaction {
  state: StunTransactionState;
  stopTimer: () => void;
  request: Uint8Array;
  timing: StunTiming;
  send: (datagram: Uint8Array) => void;
  settle: (outcome: StunOutcome) => void;
}

export class StunExchange {
  readonly #clock: Clock;
  readonly #transactions = new Map<string, Transaction>();
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Sends a request, and again as its timing says. Never rejects. */
  request(
    transactionId: Uint8Array,
    request: Uint8Array,
    { send, timing }: { send: (datagram: Uint8Array) => void; timing: StunTiming },
  ): Promise<StunOutcome> {
    if (this.#closed) return Promise.resolve('closed');
    return new Promise((settle) => {
      const key = transactionKey(transactionId);
      const [state, effects] = beginTransaction(timing);
      const transaction = { state, stopTimer: () => undefined, request, timing, send, settle };
      this.#transactions.set(key, transaction);
      this.#run(key, transaction, effects);
    });
  }

  /** Takes an answer; false when it belongs to no request under way. */
  receive(answer: StunAnswer): boolean {
    if (answer.message.class !== 'success' && answer.message.class !== 'error') return false;
    const key = transactionKey(answer.message.transactionId);
    const transaction = this.#transactions.get(key);
    if (transaction === undefined) return false;
    this.#transactions.delete(key);
    transaction.stopTimer();
    transaction.settle(answer);
    return true;
  }

  #run(key: string, transaction: Transaction, effects: readonly StunTransactionEffect[]): void {
    for (const effect of effects) {
      if (effect.type === 'send') transaction.send(transaction.request);
      else if (effect.type === 'wait') {
        transaction.stopTimer = this.#clock.after(effect.afterMs, () => {
          const [state, next] = stepTransaction(transaction.state, { type: 'timer' }, transaction.timing);
          transaction.state = state;
          this.#run(key, transaction, next);
        });
      } else if (effect.type === 'timed-out') {
        this.#transactions.delete(key);
        transaction.settle('silent');
      }
    }
  }

  /** Nothing is repeated or waited for any more. Idempotent. */
  close(): void {
    this.#closed = true;
    for (const { stopTimer, settle } of this.#transactions.values()) {
      stopTimer();
      settle('closed');
    }
    this.#transactions.clear();
  }
}
