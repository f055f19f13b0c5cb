/** How an account's signalling travels: its SIP domain, the server or outbound proxy that every request goes to, and over what. */
import { PhoneFailure } from '../contract/errors.ts';
import type { AccountSettings } from '../contract/settings.ts';
import { addressOfRecord } from './sip/address-of-record.ts';
import { defaultPorts } from './sip/transport/resolve.ts';
import type { SipTransportOptions } from './sip/transport/transport.ts';
import { readHostPort, writeHost } from './sip/transport/via.ts';

type Protocol = SipTransportOptions['protocol'];

const protocols: Record<AccountSettings['transport'], Protocol> = {
  auto: 'auto',
  udp: 'UDP',
  tcp: 'TCP',
  tls: 'TLS',
  ws: 'WS',
  wss: 'WSS',
};

/** The server that requests are sent to, whatever they are addressed to. */
interface NextHop {
  host: string;
  /** Undefined: as DNS says, else the transport's own. */
  port: number | undefined;
  protocol: Protocol;
  /** Route values of every request outside a dialog (RFC 3261 §8.1.2). */
  route: string[];
}

/** The SIP domain of an account: its own, else the server's host. */
export function domainOf(account: AccountSettings): string {
  return account.domain === '' ? writeHost(account.server) : account.domain;
}

/**
 * The account's server, or its outbound proxy: `host`, `host:port`, or a URI whose `transport` counts. A proxy that is named by URI, or
 * that stands before another domain, is named in a Route, so that it sends on what is not for itself.
 * @throws PhoneFailure `settings.invalid` for a proxy that is none of these
 */
export function nextHopOf(account: AccountSettings): NextHop {
  const chosen = protocols[account.transport];
  const proxy = account.outbound_proxy.trim();
  if (proxy === '') {
    const port = account.port === 0 ? undefined : account.port;
    return { host: account.server, port, protocol: chosen, route: [] };
  }
  const uri = /^<?(sips?):(?:[^@]*@)?([^;?>@]+)((?:;[^?>]*)?)>?$/i.exec(proxy);
  const place = readHostPort(uri?.[2] ?? proxy);
  if (place === undefined) throw invalidProxy(proxy);
  const { host, port } = place;
  const [, scheme = 'sip', , parameters = ''] = uri ?? [];
  const named = /;transport=(\w+)/i.exec(parameters)?.[1]?.toLowerCase();
  if (named !== undefined && !Object.hasOwn(protocols, named)) throw invalidProxy(proxy);
  const asNamed = named === undefined ? chosen : protocols[named as AccountSettings['transport']];
  const protocol = scheme.toLowerCase() === 'sips' && !asNamed.startsWith('WS') ? 'TLS' : asNamed;
  const inFront = writeHost(host).toLowerCase() !== domainOf(account).toLowerCase();
  const loose = /;lr\b/i.test(parameters) ? parameters : `${parameters};lr`;
  const written = `<${scheme}:${writeHost(host)}${port === undefined ? '' : `:${port}`}${loose}>`;
  return { host, port, protocol, route: uri !== null || inFront ? [written] : [] };
}

const invalidProxy = (proxy: string) =>
  new PhoneFailure('settings.invalid', { problem: `outbound_proxy ${proxy} is no host and no sip: URI` });

/**
 * Refuses an account that no line could be opened for.
 * @throws PhoneFailure `settings.invalid` when user and domain make no SIP address, or the outbound proxy makes no sense
 */
export function checkAccount(account: AccountSettings): void {
  addressOfRecord(account.user, domainOf(account));
  nextHopOf(account);
}

/** What the account's transport is made of, but for its keepalive, its log and the local address. */
export function accountTransport(
  account: AccountSettings,
): Pick<SipTransportOptions, 'protocol' | 'nextHop' | 'webSocketUri' | 'tls'> {
  const { host, port, protocol } = nextHopOf(account);
  return {
    protocol,
    nextHop: { kind: 'server', host, port },
    ...(protocol === 'WS' || protocol === 'WSS'
      ? { webSocketUri: webSocketUri(account, { host, port, protocol }) }
      : {}),
    tls: { names: [host, domainOf(account)], authorities: account.tls_ca, pins: account.tls_pins },
  };
}

function webSocketUri(
  account: AccountSettings,
  { host, port, protocol }: { host: string; port: number | undefined; protocol: 'WS' | 'WSS' },
): string {
  if (account.ws_uri !== '') return account.ws_uri;
  return `${protocol.toLowerCase()}://${writeHost(host)}:${port ?? defaultPorts[protocol]}/ws`;
}
