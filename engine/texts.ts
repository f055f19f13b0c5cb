/** The short texts of all accounts: sent, received, and kept over restarts. */
import { randomUUID } from 'node:crypto';
import { makeError } from '../contract/errors.ts';
import type { PhoneError } from '../contract/errors.ts';
import type { RequestData } from '../contract/phone.ts';
import type { TextLog } from '../contract/services.ts';
import type { Party, TextMessage } from '../contract/snapshot.ts';
import type { AccountLines } from './account-lines.ts';
import { partyOfUri } from './sip/party.ts';

const keptTexts = 200;

export interface TextsOptions {
  lines: AccountLines;
  log: TextLog;
  now: () => number;
  onChanged: () => void;
  /** A text that could not be written down. */
  onProblem: (thrown: unknown) => void;
}

export class Texts {
  readonly #options: TextsOptions;
  #texts: TextMessage[];

  constructor(options: TextsOptions) {
    this.#options = options;
    this.#texts = options.log.load();
  }

  /** Newest first, 200 at most. */
  get snapshots(): TextMessage[] {
    return this.#texts;
  }

  /**
   * Sends a text; how it goes is in the snapshot.
   * @throws PhoneFailure `call.no-account`, `call.bad-target`
   */
  send({ target, text, accountId }: RequestData<'text.send'>): { id: string } {
    const { lines, now } = this.#options;
    const { userAgent, account } = accountId === undefined ? lines.usual() : lines.find(accountId);
    const { address, uri } = userAgent.addressOf(target);
    const message: TextMessage = {
      id: randomUUID(),
      accountId: account.id,
      direction: 'outgoing',
      remote: partyOfUri(address),
      text,
      at: now(),
      state: 'sending',
      error: null,
    };
    this.#add(message);
    void userAgent.beside.sendText(uri, text).then((answer) => {
      if (answer.status >= 200 && answer.status < 300) return this.#settle(message, null);
      return this.#settle(message, makeError('text.refused', { target: message.remote.number, ...answer }));
    });
    return { id: message.id };
  }

  /** Takes a text that came in. */
  receive(accountId: string, remote: Party, text: string): void {
    const { now } = this.#options;
    const message: TextMessage = {
      id: randomUUID(),
      accountId,
      direction: 'incoming',
      remote,
      text,
      at: now(),
      state: 'received',
      error: null,
    };
    this.#add(message);
    void this.#write(message);
  }

  #add(message: TextMessage): void {
    this.#texts = [message, ...this.#texts].slice(0, keptTexts);
    this.#options.onChanged();
  }

  #settle(message: TextMessage, error: PhoneError | null): Promise<void> {
    const settled: TextMessage = { ...message, state: error === null ? 'sent' : 'failed', error };
    this.#texts = this.#texts.map((each) => (each.id === message.id ? settled : each));
    this.#options.onChanged();
    return this.#write(settled);
  }

  async #write(message: TextMessage): Promise<void> {
    try {
      await this.#options.log.append(message);
    } catch (thrown) {
      this.#options.onProblem(thrown);
    }
  }
}
