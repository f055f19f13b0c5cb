/** Answers REGISTER for the practice extension (RFC 3261 §10.3), once the sender has proved who it is. */
import type { IncomingRequestMessage } from 'sip.js/lib/core/messages/incoming-request-message.js';
import type { IncomingRegisterRequest } from 'sip.js/lib/core/messages/methods/register.js';
import { NameAddrHeader } from 'sip.js/lib/grammar/name-addr-header.js';
import { assertNever } from '../contract/assert-never.ts';
import { Bindings, type RegisterRequest } from './bindings.ts';

export interface RegistrarOptions {
  user: string;
  now: () => number;
}

export class Registrar {
  readonly #options: RegistrarOptions;
  readonly #bindings = new Bindings();

  constructor(options: RegistrarOptions) {
    this.#options = options;
  }

  /** The URIs under which the extension can be called, the latest first. */
  contacts(): string[] {
    return this.#bindings.current(this.#options.now()).map((binding) => binding.uri);
  }

  /** Applies and answers an authenticated REGISTER. */
  receive(request: IncomingRegisterRequest): void {
    const { message } = request;
    if (message.to.uri.user !== this.#options.user) {
      request.reject({ statusCode: 404 });
      return;
    }
    const asked = readRegister(message);
    if (asked === undefined) {
      request.reject({ statusCode: 400, reasonPhrase: 'Bad Contact' });
      return;
    }
    const nowMs = this.#options.now();
    const applied = this.#bindings.register(asked, nowMs);
    if (applied.ok) {
      const extraHeaders = applied.value.map(
        ({ uri, expiresAtMs }) => `Contact: <${uri}>;expires=${Math.ceil((expiresAtMs - nowMs) / 1000)}`,
      );
      request.accept({
        statusCode: 200,
        extraHeaders: [...extraHeaders, `Date: ${new Date(nowMs).toUTCString()}`],
      });
      return;
    }
    switch (applied.problem) {
      case 'wildcard':
        request.reject({ statusCode: 400, reasonPhrase: 'Wildcard Contact Needs Expires 0' });
        return;
      case 'out-of-order':
        request.reject({ statusCode: 500, reasonPhrase: 'Out Of Order' });
        return;
      case 'full':
        request.reject({ statusCode: 403, reasonPhrase: 'Too Many Contacts' });
        return;
      default:
        assertNever(applied.problem);
    }
  }
}

/** What a REGISTER asks for, or undefined when a contact cannot be read. */
function readRegister(message: IncomingRequestMessage): RegisterRequest | undefined {
  const expires = readSeconds(message.getHeader('expires'));
  const common = { callId: message.callId, cseq: message.cseq, expires };
  const headers = message.getHeaders('contact');
  if (headers.some((value) => value.trim() === '*')) {
    return headers.length === 1 ? { ...common, contacts: '*' } : undefined;
  }
  const contacts: { uri: string; expires: number | undefined }[] = [];
  for (const index of headers.keys()) {
    const contact: unknown = message.parseHeader('contact', index);
    if (!(contact instanceof NameAddrHeader)) return undefined;
    const parameter: unknown = contact.getParam('expires');
    const seconds = typeof parameter === 'string' ? readSeconds(parameter) : undefined;
    contacts.push({ uri: contact.uri.toString(), expires: seconds });
  }
  return { ...common, contacts };
}

/** delta-seconds (RFC 3261 §25.1); what is no number is treated as absent (§10.2.1.1). */
function readSeconds(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text.trim()) ? Number(text) : undefined;
}
