/**
 * The message light of the registered phones: NOTIFYs with a message summary (RFC 3842) that nobody has to ask for, as many PBXs
 * send them: with each registration, and when the mailbox has changed.
 */
import { Grammar } from 'sip.js/lib/grammar/grammar.js';
import { URI } from 'sip.js/lib/grammar/uri.js';
import type { Mailbox } from '../contract/snapshot.ts';
import { formatMessageSummary, messageSummaryType } from '../engine/sip/message-summary.ts';
import type { PbxCore } from './pbx-core.ts';

const mailboxNumber = '*97';

export interface MessageLightOptions {
  core: PbxCore;
  user: string;
  /** URIs of the registered phones. */
  contacts: () => readonly string[];
  /** What the user's mailbox holds now. */
  mailbox: () => Mailbox;
}

export class MessageLight {
  readonly #options: MessageLightOptions;
  /** What the phones were told last. */
  #told = '';

  constructor(options: MessageLightOptions) {
    this.#options = options;
  }

  /** The mailbox may have changed: tells every phone when it has. */
  update(): void {
    if (this.#summary() !== this.#told) this.tell();
  }

  /** Tells every phone. */
  tell(): void {
    this.#told = this.#summary();
    for (const contact of this.#options.contacts()) {
      const phone = Grammar.URIParse(contact);
      if (phone !== undefined) this.#notify(phone, this.#told);
    }
  }

  #notify(phone: URI, summary: string): void {
    const { core, user } = this.#options;
    const message = core.makeOutgoingRequestMessage(
      'NOTIFY',
      phone,
      this.#address(mailboxNumber),
      this.#address(user),
      {},
      [
        `Contact: ${core.configuration.contact.toString()}`,
        'Event: message-summary',
        'Subscription-State: terminated',
      ],
      { contentDisposition: 'render', contentType: messageSummaryType, content: summary },
    );
    core.request(message);
  }

  #summary(): string {
    return formatMessageSummary(this.#options.mailbox(), this.#address(mailboxNumber).toString());
  }

  #address(user: string): URI {
    const { host, port } = this.#options.core.configuration.contact.uri;
    return new URI('sip', user, host, port);
  }
}
