/**
 * Runs retransmission.ts for every open transaction: keeps the messages that may have to be repeated, owns the timers, and
 * bounds how many there are. Whoever calls `step` carries out its own message's delivery or sending.
 */
import { assertNever } from '../../../contract/assert-never.ts';
import type { Clock } from '../../net/clock.ts';
import type { Link } from './link.ts';
import {
  beginTransaction,
  stepTransaction,
  type Role,
  type TimerName,
  type TimerValues,
  type TransactionEffect,
  type TransactionEvent,
  type TransactionState,
} from './retransmission.ts';
import type { OwnStatus } from './response.ts';
import type { TransportAddress } from '../../net/transport-address.ts';

export interface Route {
  link: Link;
  destination: TransportAddress;
}

export interface Transaction {
  readonly key: string;
  readonly route: Route;
  /** Client: the request as it went out. Server: the request as it was handed up. */
  readonly request: string;
  /** Client: the topmost Via as the layer above wrote it. Server: as it must stand in responses. */
  readonly via: string;
  /** What tells it from another sender's transaction with the same branch. */
  readonly identity: string;
  /** Client: our ACK of a failure. Server: the last response. */
  last: string | undefined;
  state: TransactionState;
}

export interface TransactionActions {
  /** Sends again; its failure is the link's to report. */
  repeat: (route: Route, text: string) => void;
  /** A request stayed unanswered long enough to be repeated. */
  unanswered: (route: Route) => void;
  /** Sends this provisional response for the layer above. */
  answerTrying: (transaction: Transaction) => void;
  /** Hands up a response that we make ourselves. */
  deliverOwn: (transaction: Transaction, status: OwnStatus) => void;
}

export interface Outcome {
  /** The caller hands its message up. */
  deliver: boolean;
  /** The caller sends its message. */
  transmit: boolean;
}

export interface TransactionTable {
  readonly size: number;
  find(key: string): Transaction | undefined;
  begin(role: Role, transaction: Omit<Transaction, 'state' | 'last'>): Transaction;
  /** @param text The message that the event brings; kept for repeating when the outcome is to transmit it. */
  step(transaction: Transaction, event: TransactionEvent, text?: string): Outcome;
  /** Forgets it at once. */
  end(transaction: Transaction): void;
  /** Ends all, idempotent. */
  close(): void;
}

/** @param transactionsMax When there are more, the oldest is forgotten. */
export function createTransactionTable(
  clock: Clock,
  timers: TimerValues,
  transactionsMax: number,
  actions: TransactionActions,
): TransactionTable {
  const table = new Map<string, { transaction: Transaction; running: Map<TimerName, () => void> }>();

  const end = (transaction: Transaction) => {
    const entry = table.get(transaction.key);
    if (entry?.transaction !== transaction) return;
    table.delete(transaction.key);
    for (const cancel of entry.running.values()) cancel();
  };

  const terms = (transaction: Transaction) => ({ ...timers, reliable: transaction.route.link.reliable });

  const setTimer = (transaction: Transaction, timer: TimerName, afterMs: number) => {
    const running = table.get(transaction.key)?.running;
    if (running === undefined) return;
    running.get(timer)?.();
    running.set(
      timer,
      clock.after(afterMs, () => {
        running.delete(timer);
        step(transaction, { kind: 'timer', timer });
      }),
    );
  };

  const stopTimer = (transaction: Transaction, timer: TimerName) => {
    const running = table.get(transaction.key)?.running;
    running?.get(timer)?.();
    running?.delete(timer);
  };

  const repeatLast = (transaction: Transaction) => {
    if (transaction.last !== undefined) actions.repeat(transaction.route, transaction.last);
  };

  const perform = (transaction: Transaction, effects: TransactionEffect[], text?: string): Outcome => {
    const outcome: Outcome = { deliver: false, transmit: false };
    for (const effect of effects) {
      switch (effect.kind) {
        case 'deliver':
          outcome.deliver = true;
          break;
        case 'transmit':
          outcome.transmit = true;
          transaction.last = text;
          break;
        case 'repeat-request':
          actions.repeat(transaction.route, transaction.request);
          actions.unanswered(transaction.route);
          break;
        case 'repeat-response':
        case 'repeat-ack':
          repeatLast(transaction);
          break;
        case 'send-trying':
          actions.answerTrying(transaction);
          break;
        case 'deliver-own':
          actions.deliverOwn(transaction, effect.status);
          break;
        case 'start':
          setTimer(transaction, effect.timer, effect.afterMs);
          break;
        case 'stop':
          stopTimer(transaction, effect.timer);
          break;
        case 'end':
          end(transaction);
          break;
        default:
          assertNever(effect);
      }
    }
    return outcome;
  };

  const step = (transaction: Transaction, event: TransactionEvent, text?: string): Outcome => {
    const [state, effects] = stepTransaction(transaction.state, event, terms(transaction));
    transaction.state = state;
    return perform(transaction, effects, text);
  };

  return {
    get size() {
      return table.size;
    },
    find: (key) => table.get(key)?.transaction,
    begin(role, seed) {
      const previous = table.get(seed.key);
      if (previous !== undefined) end(previous.transaction);
      const [state, effects] = beginTransaction(role, { ...timers, reliable: seed.route.link.reliable });
      const transaction: Transaction = { ...seed, last: undefined, state };
      table.set(seed.key, { transaction, running: new Map() });
      if (table.size > transactionsMax) {
        const oldest = table.values().next();
        if (oldest.done !== true) end(oldest.value.transaction);
      }
      perform(transaction, effects);
      return transaction;
    },
    step,
    end,
    close() {
      for (const { transaction } of [...table.values()]) end(transaction);
    },
  };
}
