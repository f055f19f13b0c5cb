/**
 * Short texts (MESSAGE, RFC 3428): sent outside of calls with one request each, and taken, within calls too, when they are plain
 * text. Nothing is rendered but characters; what asks for more is refused (415), what is too long too (413).
 */
import type { IncomingMessageRequest } from 'sip.js/lib/core/messages/methods/message.js';
import type { IncomingResponseMessage } from 'sip.js/lib/core/messages/incoming-response-message.js';
import type { URI } from 'sip.js/lib/grammar/uri.js';
import type { Party } from '../../contract/snapshot.ts';
import { callerOf } from './caller-identity.ts';
import type { SipCore } from './sip-core.ts';

/** A longer one is no short text (RFC 3428 §8 has 1300 bytes in mind; the contract allows 4000 characters). */
const longestText = 4000;
/** Texts whose Call-ID and CSeq are remembered, so that one that comes twice is shown once. */
const rememberedTexts = 64;

export interface TextAnswer {
  /** 408 for silence, 503 when it could not be sent. */
  status: number;
  reason: string;
}

/** Sends a text; resolves to the final answer (RFC 3428 §4). 2xx: it was delivered, or is kept for delivery (202). */
export function sendText(
  core: SipCore,
  { target, text, from }: { target: URI; text: string; from: URI },
): Promise<TextAnswer> {
  return new Promise((resolve) => {
    const settle = ({ message }: { message: IncomingResponseMessage }) =>
      resolve({ status: message.statusCode ?? 500, reason: message.reasonPhrase ?? '' });
    const body = {
      contentDisposition: 'render',
      contentType: 'text/plain;charset=utf-8',
      content: text,
    };
    const request = core.makeOutgoingRequestMessage('MESSAGE', target, from, target, {}, [], body);
    core.message(request, { onAccept: settle, onRedirect: settle, onReject: settle });
  });
}

/** Takes texts that others send. */
export class TextInbox {
  readonly #onText: (from: Party, text: string) => void;
  readonly #seen = new Set<string>();

  constructor(onText: (from: Party, text: string) => void) {
    this.#onText = onText;
  }

  receive(request: IncomingMessageRequest): void {
    const { message } = request;
    const [type = '', ...parameters] = (message.getHeader('Content-Type') ?? '').toLowerCase().split(';');
    const charset = /^\s*charset\s*=\s*"?([\w-]+)/.exec(parameters.join(';'))?.[1] ?? 'utf-8';
    const text = message.body ?? '';
    if (type.trim() !== 'text/plain' || !['utf-8', 'us-ascii'].includes(charset)) {
      const extraHeaders = ['Accept: text/plain;charset=utf-8'];
      return void request.reject({ statusCode: 415, extraHeaders });
    }
    if (text.length > longestText) return void request.reject({ statusCode: 413 });
    request.accept();
    if (text.trim() !== '' && this.#isNew(`${message.callId} ${message.cseq}`))
      this.#onText(callerOf(message), text);
  }

  #isNew(key: string): boolean {
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    const [oldest] = this.#seen;
    if (this.#seen.size > rememberedTexts && oldest !== undefined) this.#seen.delete(oldest);
    return true;
  }
}
