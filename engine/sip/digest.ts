/**
 * HTTP digest as SIP uses it: RFC 2617 and RFC 7616 with the algorithms of RFC 8760. The client side reads challenges, picks the
 * strongest and answers it; the server side makes challenges and verifies answers. Pure: nonces and cnonces come in.
 */
import { createHash, timingSafeEqual } from 'node:crypto';

export type DigestAlgorithm =
  'MD5' | 'MD5-sess' | 'SHA-256' | 'SHA-256-sess' | 'SHA-512-256' | 'SHA-512-256-sess';
export type QualityOfProtection = 'auth' | 'auth-int';

/** One challenge of a WWW-Authenticate or Proxy-Authenticate header. */
export interface DigestChallenge {
  realm: string;
  nonce: string;
  opaque: string | undefined;
  algorithm: DigestAlgorithm;
  /** Empty for RFC 2069 servers, which know no quality of protection. */
  qop: QualityOfProtection[];
  /** The nonce was too old; the password was right (RFC 7616 §3.3). */
  stale: boolean;
}

/** What the request being authorised looks like on the wire. */
export interface DigestRequest {
  method: string;
  /** The Request-URI exactly as sent. */
  uri: string;
  body?: string | undefined;
}

/** Strongest first (RFC 8760 §2.3: the client chooses among those it knows). */
const algorithms: { name: DigestAlgorithm; hash: string; session: boolean }[] = [
  { name: 'SHA-512-256', hash: 'sha512-256', session: false },
  { name: 'SHA-512-256-sess', hash: 'sha512-256', session: true },
  { name: 'SHA-256', hash: 'sha256', session: false },
  { name: 'SHA-256-sess', hash: 'sha256', session: true },
  { name: 'MD5', hash: 'md5', session: false },
  { name: 'MD5-sess', hash: 'md5', session: true },
].filter(({ hash }) => canHash(hash)) as { name: DigestAlgorithm; hash: string; session: boolean }[];

/** Not every build of the crypto library knows every hash (FIPS builds lack MD5, some lack SHA-512/256). */
function canHash(hash: string): boolean {
  try {
    createHash(hash);
    return true;
  } catch {
    return false;
  }
}

const algorithmOf = (name: string) =>
  algorithms.find((each) => each.name.toLowerCase() === name.toLowerCase());

/** RFC 7616 §3.4.1 to §3.4.3: the `response` of a digest. */
export function digestResponse(parts: {
  algorithm: DigestAlgorithm;
  user: string;
  realm: string;
  password: string;
  nonce: string;
  request: DigestRequest;
  /** Absent for RFC 2069 servers. */
  protection?: { qop: QualityOfProtection; nonceCount: string; cnonce: string } | undefined;
  /** Only for `-sess` without qop. */
  cnonce?: string | undefined;
}): string {
  const known = algorithmOf(parts.algorithm);
  if (known === undefined) throw new Error(`digest algorithm ${parts.algorithm} is not available`);
  const hash = (text: string) => createHash(known.hash).update(text, 'utf8').digest('hex');
  const { user, realm, password, nonce, request, protection } = parts;
  const cnonce = protection?.cnonce ?? parts.cnonce ?? '';
  const secret = hash(`${user}:${realm}:${password}`);
  const a1 = known.session ? hash(`${secret}:${nonce}:${cnonce}`) : secret;
  const a2 =
    protection?.qop === 'auth-int'
      ? hash(`${request.method}:${request.uri}:${hash(request.body ?? '')}`)
      : hash(`${request.method}:${request.uri}`);
  return protection === undefined
    ? hash(`${a1}:${nonce}:${a2}`)
    : hash(`${a1}:${nonce}:${protection.nonceCount}:${cnonce}:${protection.qop}:${a2}`);
}

/** `name=value` and `name="value"` pairs of one challenge or credential, names in lower case, quoted pairs undone. */
function parseParameters(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const match of text.matchAll(/([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g)) {
    const [, name = '', quoted, token = ''] = match;
    const value = quoted === undefined ? token : quoted.replace(/\\(.)/g, '$1');
    if (!found.has(name.toLowerCase())) found.set(name.toLowerCase(), value);
  }
  return found;
}

/** Splits a header value that may hold several challenges (RFC 7235 §4.1 allows `Digest …, Digest …`). */
function splitChallenges(value: string): { scheme: string; parameters: string }[] {
  const outsideQuotes = value.replace(/"(?:[^"\\]|\\.)*"/g, (quoted) => '"'.repeat(quoted.length));
  const starts = [...outsideQuotes.matchAll(/(?:^|,)\s*([A-Za-z][A-Za-z0-9-]*)\s+(?=[A-Za-z0-9_-]+\s*=)/g)];
  return starts.map((match, index) => ({
    scheme: match[1] ?? '',
    parameters: value.slice(match.index + match[0].length, starts[index + 1]?.index ?? value.length),
  }));
}

/** Every digest challenge in the given header values that this phone can answer, in their order. */
export function parseChallenges(headerValues: readonly string[]): DigestChallenge[] {
  return headerValues.flatMap(splitChallenges).flatMap(({ scheme, parameters }) => {
    if (scheme.toLowerCase() !== 'digest') return [];
    const found = parseParameters(parameters);
    const realm = found.get('realm');
    const nonce = found.get('nonce');
    const algorithm = algorithmOf(found.get('algorithm') ?? 'MD5')?.name;
    const offered = (found.get('qop') ?? '').split(',').map((each) => each.trim().toLowerCase());
    const qop = (['auth', 'auth-int'] as const).filter((each) => offered.includes(each));
    if (realm === undefined || nonce === undefined || nonce === '' || algorithm === undefined) return [];
    if (found.has('qop') && qop.length === 0) return [];
    const stale = found.get('stale')?.toLowerCase() === 'true';
    return [{ realm, nonce, opaque: found.get('opaque'), algorithm, qop, stale }];
  });
}

/** The strongest of the challenges; the first one among equals. */
export function strongestChallenge(challenges: readonly DigestChallenge[]): DigestChallenge | undefined {
  const rank = ({ algorithm }: DigestChallenge) => algorithms.findIndex(({ name }) => name === algorithm);
  return [...challenges].sort((a, b) => rank(a) - rank(b))[0];
}

const quote = (text: string) => `"${text.replace(/(["\\])/g, '\\$1')}"`;
const nonceCountText = (count: number) => count.toString(16).padStart(8, '0');

/**
 * The value of an Authorization or Proxy-Authorization header that answers the challenge.
 * @param answer.nonceCount how many requests used this nonce, this one included (from 1)
 */
export function answerChallenge(answer: {
  challenge: DigestChallenge;
  user: string;
  password: string;
  request: DigestRequest;
  nonceCount: number;
  cnonce: string;
}): string {
  const { challenge, user, password, request, cnonce } = answer;
  const { realm, nonce, opaque, algorithm } = challenge;
  const qop = challenge.qop[0];
  const nonceCount = nonceCountText(answer.nonceCount);
  const protection = qop === undefined ? undefined : { qop, nonceCount, cnonce };
  const session = algorithm.endsWith('-sess');
  const response = digestResponse({ algorithm, user, realm, password, nonce, request, protection, cnonce });
  return `Digest ${[
    `username=${quote(user)}`,
    `realm=${quote(realm)}`,
    `nonce=${quote(nonce)}`,
    `uri=${quote(request.uri)}`,
    `response="${response}"`,
    `algorithm=${algorithm}`,
    ...(opaque === undefined ? [] : [`opaque=${quote(opaque)}`]),
    ...(protection === undefined
      ? session
        ? [`cnonce=${quote(cnonce)}`]
        : []
      : [`qop=${protection.qop}`, `nc=${nonceCount}`, `cnonce=${quote(cnonce)}`]),
  ].join(', ')}`;
}

// ── server side ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The value of a WWW-Authenticate or Proxy-Authenticate header. */
export function makeChallenge(challenge: {
  realm: string;
  nonce: string;
  opaque?: string;
  algorithm?: DigestAlgorithm;
  qop?: QualityOfProtection[];
  stale?: boolean;
}): string {
  const { realm, nonce, opaque, algorithm = 'MD5', qop = ['auth'], stale = false } = challenge;
  return `Digest ${[
    `realm=${quote(realm)}`,
    `nonce=${quote(nonce)}`,
    ...(opaque === undefined ? [] : [`opaque=${quote(opaque)}`]),
    ...(stale ? ['stale=TRUE'] : []),
    `algorithm=${algorithm}`,
    ...(qop.length === 0 ? [] : [`qop="${qop.join(',')}"`]),
  ].join(', ')}`;
}

export interface Authorization {
  user: string;
  realm: string;
  nonce: string;
  uri: string;
  response: string;
  algorithm: DigestAlgorithm;
  qop: QualityOfProtection | undefined;
  /** 0 without qop. */
  nonceCount: number;
  cnonce: string;
}

/** A client's Authorization header, or undefined when it is not a digest that can be verified. */
export function parseAuthorization(headerValue: string): Authorization | undefined {
  const [credentials] = splitChallenges(headerValue);
  if (credentials?.scheme.toLowerCase() !== 'digest') return undefined;
  const found = parseParameters(credentials.parameters);
  const get = (name: string) => found.get(name);
  const [user, realm, nonce, uri, response] = ['username', 'realm', 'nonce', 'uri', 'response'].map(get);
  const algorithm = algorithmOf(get('algorithm') ?? 'MD5')?.name;
  if (user === undefined || realm === undefined || nonce === undefined) return undefined;
  if (uri === undefined || response === undefined || algorithm === undefined) return undefined;
  const qop = get('qop')?.toLowerCase();
  if (qop !== undefined && qop !== 'auth' && qop !== 'auth-int') return undefined;
  const nonceCount = qop === undefined ? 0 : Number.parseInt(get('nc') ?? '', 16);
  if (!Number.isSafeInteger(nonceCount)) return undefined;
  return { user, realm, nonce, uri, response, algorithm, qop, nonceCount, cnonce: get('cnonce') ?? '' };
}

/**
 * True when the client knows the password. Whether the nonce is one of ours, still fresh, and its count new is the caller's to
 * judge: it keeps the nonces.
 */
export function verifyAuthorization(
  authorization: Authorization,
  request: { method: string; body?: string | undefined },
  password: string,
): boolean {
  const { user, realm, nonce, uri, algorithm, qop, nonceCount, cnonce } = authorization;
  const expected = digestResponse({
    algorithm,
    user,
    realm,
    password,
    nonce,
    request: { method: request.method, uri, body: request.body },
    protection: qop === undefined ? undefined : { qop, nonceCount: nonceCountText(nonceCount), cnonce },
    cnonce,
  });
  const given = Buffer.from(authorization.response.toLowerCase());
  const wanted = Buffer.from(expected);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
