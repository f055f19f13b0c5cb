/** `stun:` and `turn:` URIs (RFC 7064 §3.1, RFC 7065 §3.1), and time-limited credentials for TURN servers with a shared secret. */
import { createHmac } from 'node:crypto';

export interface StunServer {
  host: string;
  port: number;
}

export type TurnProtocol = 'udp' | 'tcp' | 'tls';

export interface TurnServer {
  host: string;
  port: number;
  /** Between this phone and the server; sound leaves the server over UDP whatever this is. */
  protocol: TurnProtocol;
}

const defaultPort = 3478;
const defaultTlsPort = 5349;
const uriPattern =
  /^(stuns?|turns?):(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?$/i;

function parse(uri: string) {
  const [, scheme = '', host = '', portText, transport] = uriPattern.exec(uri.trim()) ?? [];
  const port = portText === undefined ? undefined : Number(portText);
  if (host === '' || port === 0 || (port ?? 0) > 65_535) return undefined;
  return {
    scheme: scheme.toLowerCase(),
    host: host.replace(/^\[(.*)\]$/, '$1'),
    port,
    transport: transport?.toLowerCase(),
  };
}

/** Reads `stun:host:port`; undefined for anything else, `stuns:` among it. */
export function parseStunUri(uri: string): StunServer | undefined {
  const parts = parse(uri);
  if (parts?.scheme !== 'stun' || parts.transport !== undefined) return undefined;
  return { host: parts.host, port: parts.port ?? defaultPort };
}

/** Reads `turn:host:port?transport=udp|tcp` and `turns:host:port`; undefined for anything else, TURN over DTLS among it. */
export function parseTurnUri(uri: string): TurnServer | undefined {
  const parts = parse(uri);
  if (parts?.scheme === 'turns' && parts.transport !== 'udp')
    return { host: parts.host, port: parts.port ?? defaultTlsPort, protocol: 'tls' };
  if (parts?.scheme !== 'turn') return undefined;
  return {
    host: parts.host,
    port: parts.port ?? defaultPort,
    protocol: parts.transport === 'tcp' ? 'tcp' : 'udp',
  };
}

/** How long a time-limited password is good for, seconds: longer than any call. */
const credentialSeconds = 86_400;

/**
 * User name and password for a server that shares a secret with whoever gives out credentials (the "TURN REST API", as coturn's
 * `use-auth-secret` has it): the name begins with the time at which it ends.
 * @param nowMs milliseconds since 1970
 */
export function timeLimitedCredential(secret: string, name: string, nowMs: number) {
  const expiry = Math.floor(nowMs / 1000) + credentialSeconds;
  const username = name === '' ? String(expiry) : `${expiry}:${name}`;
  return { username, password: createHmac('sha1', secret).update(username).digest('base64') };
}
