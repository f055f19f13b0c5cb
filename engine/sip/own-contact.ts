/**
 * The addresses under which this phone is reached: the Contact that it registers, with what makes it one instance and one flow
 * (RFC 5626 §4.2), and the one that it gives in dialogs, which is the registrar's globally routable URI once there is one (RFC 5627).
 */
import { Grammar } from 'sip.js/lib/grammar/grammar.js';
import type { NameAddrHeader } from 'sip.js/lib/grammar/name-addr-header.js';
import type { URI } from 'sip.js/lib/grammar/uri.js';

/** One flow to one server: the phone has no second registration beside it. */
const flowNumber = 1;

export class OwnContact {
  /** Where we are, as far as we know. */
  uri: URI;
  pubGruu: URI | undefined;
  tempGruu: URI | undefined;
  /** The registrar keeps our flow and sends along it (RFC 5626 §6). */
  outbound = false;
  readonly #instance: () => string;

  /** @param instance the phone's URN; empty for a phone that has none */
  constructor(uri: URI, instance: () => string) {
    this.uri = uri;
    this.#instance = instance;
  }

  /** For requests and answers in dialogs; a GRUU reaches this very phone wherever it is by then. */
  toString(options: { anonymous?: boolean } = {}): string {
    const gruu = options.anonymous === true ? this.tempGruu : this.pubGruu;
    if (gruu !== undefined) return `<${gruu.toRaw()}>`;
    // RFC 5626 §4.3: requests of the dialog shall come along the flow of this one.
    return `<${this.uri.toRaw()}${this.outbound ? ';ob' : ''}>`;
  }

  /** The address alone, as a registrar binds it. */
  get address(): string {
    return `<${this.uri.toRaw()}>`;
  }

  /** The value of a REGISTER's Contact, without its lifetime. */
  get binding(): string {
    const instance = this.#instance();
    if (instance === '') return this.address;
    return `${this.address};+sip.instance="<${instance}>";reg-id=${flowNumber}`;
  }

  /** Takes the GRUUs of our binding in the answer to a REGISTER (RFC 5627 §4.2); undefined forgets them. */
  takeGruus(binding: NameAddrHeader | undefined): void {
    this.pubGruu = gruuOf(binding, 'pub-gruu');
    this.tempGruu = gruuOf(binding, 'temp-gruu');
  }
}

function gruuOf(binding: NameAddrHeader | undefined, name: string): URI | undefined {
  const value: unknown = binding?.getParam(name);
  if (typeof value !== 'string') return undefined;
  return Grammar.URIParse(value.replace(/^"(.*)"$/, '$1'));
}
