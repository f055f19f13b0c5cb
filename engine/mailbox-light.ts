/**
 * The message light of one account (RFC 3842): asks the PBX about the account's own mailbox, and believes what it says unasked.
 * A PBX that keeps no mailbox refuses; the light then stays dark until it says something by itself.
 */
import type { Mailbox } from '../contract/snapshot.ts';
import { messageSummaryType, parseMessageSummary } from './sip/message-summary.ts';
import type { UserAgent } from './sip/user-agent.ts';

export class MailboxLight {
  #mailbox: Mailbox | null = null;
  readonly #onChanged: () => void;

  /** Lights up by itself once the account is registered; ends with the user agent. */
  constructor(userAgent: UserAgent, onChanged: () => void) {
    this.#onChanged = onChanged;
    userAgent.beside.subscribe({
      event: 'message-summary',
      accept: [messageSummaryType],
      onNotify: ({ body }) => this.#read(body),
    });
    userAgent.beside.on('unsolicited', (event, { body }) => {
      if (event === 'message-summary') this.#read(body);
    });
  }

  /** Null until the PBX has said something. */
  get mailbox(): Mailbox | null {
    return this.#mailbox;
  }

  #read(body: string): void {
    const mailbox = parseMessageSummary(body);
    if (mailbox === undefined) return;
    this.#mailbox = mailbox;
    this.#onChanged();
  }
}
