/**
 * The registrar's location table for one address of record (RFC 3261 §10.3, steps 6 to 8). Pure: expiry is reckoned from the
 * time that the caller gives, so that there is no timer.
 */
import { type Result, bad, good } from '../engine/result.ts';

export interface RegisterRequest {
  callId: string;
  cseq: number;
  /** The Expires header, in seconds. */
  expires: number | undefined;
  /** `*`: all contacts. Empty: a question. */
  contacts: '*' | readonly { uri: string; expires: number | undefined }[];
}

export interface Binding {
  uri: string;
  expiresAtMs: number;
  callId: string;
  cseq: number;
}

/** Seconds for a contact that names none, and the most that is granted. */
export const defaultExpires = 3_600;
/** More phones than this cannot register as the practice extension. */
export const mostBindings = 10;

export class Bindings {
  #bindings: readonly Binding[] = [];

  /** Those that have not expired, the newest first. */
  current(nowMs: number): readonly Binding[] {
    return this.#bindings.filter((binding) => binding.expiresAtMs > nowMs);
  }

  /**
   * Applies a REGISTER whole or not at all. `wildcard`: `*` with another expiry than 0, or beside contacts (400). `out-of-order`: an
   * older request than one that was applied (500). `full`: too many contacts (403).
   */
  register(
    request: RegisterRequest,
    nowMs: number,
  ): Result<readonly Binding[], 'wildcard' | 'out-of-order' | 'full'> {
    const before = this.current(nowMs);
    const isOld = (binding: Binding) => binding.callId === request.callId && request.cseq <= binding.cseq;
    if (request.contacts === '*') {
      if (request.expires !== 0) return bad('wildcard');
      if (before.some(isOld)) return bad('out-of-order');
      this.#bindings = [];
      return good([]);
    }
    let after = before;
    for (const contact of request.contacts) {
      const known = after.find((binding) => sameUri(binding.uri, contact.uri));
      if (known !== undefined && isOld(known)) return bad('out-of-order');
      after = after.filter((binding) => binding !== known);
      const seconds = Math.min(contact.expires ?? request.expires ?? defaultExpires, defaultExpires);
      if (seconds <= 0) continue;
      const expiresAtMs = nowMs + seconds * 1000;
      after = [{ uri: contact.uri, expiresAtMs, callId: request.callId, cseq: request.cseq }, ...after];
    }
    if (after.length > mostBindings) return bad('full');
    this.#bindings = after;
    return good(after);
  }
}

/** Scheme and host are compared without case (RFC 3261 §19.1.4); a phone repeats its own contact literally. */
function sameUri(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
