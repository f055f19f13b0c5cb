/**
 * The account's digest credentials with the servers' last nonces. A request that goes out with a known nonce and the next nonce
 * count needs no challenge, so it costs one transaction instead of two (RFC 7616 §3.3 and §3.6): what counts most on a lossy network.
 */
import type { Secret } from '../../contract/secret.ts';
import type { DigestChallenge, DigestRequest } from './digest.ts';
import { answerChallenge } from './digest.ts';
import { randomToken } from './random-token.ts';

/** 401 asks for `authorization`, 407 for `proxy-authorization` (RFC 3261 §22.2, §22.3). */
export type AuthorizationHeader = 'authorization' | 'proxy-authorization';

interface CachedChallenge {
  challenge: DigestChallenge;
  uses: number;
}

/** Proxies and registrars seldom have more realms than this; bounds what a hostile server can make us keep. */
const cachedRealms = 4;

export class Credentials {
  readonly #user: string;
  #password: Secret | undefined;
  readonly #cache: Record<AuthorizationHeader, Map<string, CachedChallenge>> = {
    authorization: new Map(),
    'proxy-authorization': new Map(),
  };

  constructor(user: string) {
    this.#user = user;
  }

  get hasPassword(): boolean {
    return this.#password !== undefined;
  }

  /** Sets the password; a different one forgets what the old one had earned. */
  setPassword(password: Secret | undefined): void {
    if (password?.reveal() !== this.#password?.reveal()) this.forget();
    this.#password = password;
  }

  /** Forgets all nonces: after a refusal, and when the server may have changed. */
  forget(): void {
    this.#cache.authorization.clear();
    this.#cache['proxy-authorization'].clear();
  }

  /** Answers a challenge and remembers its nonce. Undefined without a password. */
  answer(
    header: AuthorizationHeader,
    challenge: DigestChallenge,
    request: DigestRequest,
  ): string | undefined {
    const cache = this.#cache[header];
    if (!cache.has(challenge.realm) && cache.size >= cachedRealms) cache.clear();
    const before = cache.get(challenge.realm);
    const uses = before?.challenge.nonce === challenge.nonce ? before.uses : 0;
    cache.set(challenge.realm, { challenge, uses });
    return this.#use(header, challenge.realm, request);
  }

  /** Header values for a request that has not been challenged yet: one per realm known. */
  anticipate(header: AuthorizationHeader, request: DigestRequest): string[] {
    return [...this.#cache[header].keys()].flatMap((realm) => this.#use(header, realm, request) ?? []);
  }

  #use(header: AuthorizationHeader, realm: string, request: DigestRequest): string | undefined {
    const cached = this.#cache[header].get(realm);
    if (cached === undefined || this.#password === undefined) return undefined;
    cached.uses += 1;
    return answerChallenge({
      challenge: cached.challenge,
      user: this.#user,
      password: this.#password.reveal(),
      request,
      nonceCount: cached.uses,
      cnonce: randomToken(8),
    });
  }
}
