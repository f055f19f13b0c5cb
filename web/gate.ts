/**
 * Who may speak to the browser shell: pages of its own address that hold the cookie. A pure decision over a request's head, so
 * that every request and every upgrade asks the same question.
 *
 *   Host     must name the address that is served, which stops DNS rebinding.
 *   Origin   must be that address wherever the browser sends one; always for POST and WebSocket, which stops other sites.
 *   token    one time, from the URL's fragment, exchanged for the cookie.
 *   cookie   HttpOnly and SameSite=Strict: other sites cannot send it, scripts cannot read it.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

export const cookieName = 'sidetone_session';
const tokenBytes = 32;

export interface RequestHead {
  method: string;
  host: string | undefined;
  origin: string | undefined;
  cookie: string | undefined;
  remoteAddress: string | undefined;
}

export type Refusal = 'not-loopback' | 'host' | 'origin' | 'cookie';

export interface Gate {
  /** The token for the URL that is printed or opened; a new one each time it is asked for, each good for one exchange. */
  issueToken(): string;
  /** Exchanges a token for the value of a session cookie; null when it is wrong or has been used. */
  redeem(token: unknown): string | null;
  /** Checks address, Host and Origin. `needsOrigin`: a missing Origin is refused too. */
  checkHead(head: RequestHead, needsOrigin: boolean): Refusal | null;
  /** All of `checkHead` for a WebSocket, and the cookie. */
  checkUpgrade(head: RequestHead): Refusal | null;
}

/** `port`: where the server listens on 127.0.0.1. */
export function createGate(port: number): Gate {
  const hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`]);
  const unusedTokens = new Set<string>();
  const sessions = new Set<string>();

  const checkHead: Gate['checkHead'] = ({ remoteAddress, host, origin }, needsOrigin) => {
    if (!isLoopback(remoteAddress)) return 'not-loopback';
    if (host === undefined || !hosts.has(host.toLowerCase())) return 'host';
    if (origin === undefined) return needsOrigin ? 'origin' : null;
    return origin.toLowerCase() === `http://${host.toLowerCase()}` ? null : 'origin';
  };
  return {
    issueToken: () => {
      const token = randomBytes(tokenBytes).toString('base64url');
      unusedTokens.add(digest(token));
      return token;
    },
    redeem: (token) => {
      if (typeof token !== 'string' || !takeEqual(unusedTokens, digest(token))) return null;
      const value = randomBytes(tokenBytes).toString('base64url');
      sessions.add(digest(value));
      return value;
    },
    checkHead,
    checkUpgrade: (head) => {
      const refusal = checkHead(head, true);
      if (refusal !== null) return refusal;
      const value = readCookie(head.cookie, cookieName);
      return value !== null && hasEqual(sessions, digest(value)) ? null : 'cookie';
    },
  };
}

/** The Set-Cookie header of a session: ends with the browser, is sent to this address alone. */
export function sessionCookie(value: string): string {
  return `${cookieName}=${value}; HttpOnly; SameSite=Strict; Path=/`;
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && (/^(::ffff:)?127\./.test(address) || address === '::1');
}

function readCookie(header: string | undefined, name: string): string | null {
  for (const pair of header?.split(';') ?? []) {
    const [key, value] = pair.trim().split('=', 2);
    if (key === name && value !== undefined) return value;
  }
  return null;
}

/** Only digests are compared and kept: neither time nor memory tells a token. */
function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function findEqual(known: ReadonlySet<string>, wanted: string): string | null {
  for (const each of known) {
    if (timingSafeEqual(Buffer.from(each), Buffer.from(wanted))) return each;
  }
  return null;
}

function hasEqual(known: ReadonlySet<string>, wanted: string): boolean {
  return findEqual(known, wanted) !== null;
}

function takeEqual(known: Set<string>, wanted: string): boolean {
  const found = findEqual(known, wanted);
  return found !== null && known.delete(found);
}
