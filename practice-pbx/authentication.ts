/**
 * Digest authentication of the one practice extension, server side (RFC 3261 §22, RFC 7616): every request is
 * challenged unless it answers a nonce of ours that is fresh, with a count that was not used before.
 */
import type { Secret } from '../contract/secret.ts';
import {
  type DigestAlgorithm,
  makeChallenge,
  parseAuthorization,
  verifyAuthorization,
} from '../engine/sip/digest.ts';

export interface AuthenticationOptions {
  user: string;
  realm: string;
  password: Secret;
  /** Milliseconds of any steady clock. */
  now: () => number;
  /** A new, unguessable nonce. */
  makeNonce: () => string;
}

export interface SignedRequest {
  method: string;
  /** The Request-URI, as text. */
  uri: string;
  body: string;
  /** The values of its Authorization headers. */
  authorizations: readonly string[];
}

/** `challenge`: value of the WWW-Authenticate header for a 401. */
export type Verdict = { ok: true } | { ok: false; challenge: string };

/** How long a nonce is good, and how many are remembered: the oldest are forgotten first, which costs their users one 401. */
const nonceLifetimeMs = 3_600_000;
const mostNonces = 256;
/**
 * MD5 alone: many phones and test tools give up when they meet a challenge with another algorithm, and against 144 random bits on
 * loopback a stronger one adds nothing.
 */
const algorithm: DigestAlgorithm = 'MD5';

export class Authentication {
  readonly #options: AuthenticationOptions;
  readonly #nonces = new Map<string, { madeAtMs: number; highestCount: number }>();

  constructor(options: AuthenticationOptions) {
    this.#options = options;
  }

  /** Judges a request. A right password with an old nonce is told apart from a wrong one (`stale`). */
  judge(request: SignedRequest): Verdict {
    const { user, realm, password, now } = this.#options;
    for (const header of request.authorizations) {
      const authorization = parseAuthorization(header);
      if (authorization === undefined || authorization.user !== user || authorization.realm !== realm)
        continue;
      if (authorization.algorithm !== algorithm || !sameServer(authorization.uri, request.uri)) continue;
      if (!verifyAuthorization(authorization, request, password.reveal())) continue;
      const nonce = this.#nonces.get(authorization.nonce);
      const isFresh =
        nonce !== undefined &&
        now() - nonce.madeAtMs < nonceLifetimeMs &&
        authorization.qop !== undefined &&
        authorization.nonceCount > nonce.highestCount;
      if (!isFresh) return { ok: false, challenge: this.#challenge(true) };
      nonce.highestCount = authorization.nonceCount;
      return { ok: true };
    }
    return { ok: false, challenge: this.#challenge(false) };
  }

  #challenge(stale: boolean): string {
    const { realm, now, makeNonce } = this.#options;
    const nonce = makeNonce();
    for (const oldest of this.#nonces.keys()) {
      if (this.#nonces.size < mostNonces) break;
      this.#nonces.delete(oldest);
    }
    this.#nonces.set(nonce, { madeAtMs: now(), highestCount: 0 });
    return makeChallenge({ realm, nonce, algorithm, qop: ['auth'], stale });
  }
}

/**
 * The signed URI leads to the host and port of the Request-URI. Its user is not compared, as in most servers: some agents sign the
 * server's address alone, and a nonce count that is good once leaves nothing to replay.
 */
function sameServer(signed: string, requested: string): boolean {
  const server = (uri: string) => /^<?sips?:(?:[^@]*@)?([^;?>]+)/i.exec(uri)?.[1]?.toLowerCase();
  return server(signed) !== undefined && server(signed) === server(requested);
}
