/**
 * One account on the wire: its transport, its user agent and its registration. The phone has one line per account; the
 * command line tool opens one directly.
 */
import type { PhoneError } from '../contract/errors.ts';
import type { Secret } from '../contract/secret.ts';
import type { PracticeLine } from '../contract/services.ts';
import { accountSettings, type AccountSettings, type Settings } from '../contract/settings.ts';
import type { AccountSnapshot } from '../contract/snapshot.ts';
import type { Logger } from './log.ts';
import { MailboxLight } from './mailbox-light.ts';
import type { MediaEngine } from './media/media-engine.ts';
import { createTransport } from './sip/transport/create-transport.ts';
import type { SipProtocol, SipTransport, SipTransportOptions } from './sip/transport/transport.ts';
import { addressOfRecord, UserAgent } from './sip/user-agent.ts';

/** The account of the practice PBX: it is not stored, because its port changes from run to run. */
export function practiceAccount({ user, host, port }: PracticeLine): AccountSettings {
  return accountSettings.parse({
    id: 'practice',
    label: 'Practice',
    kind: 'practice',
    user,
    display_name: 'Practice',
    server: host,
    port,
  });
}

export interface AccountLineOptions {
  account: AccountSettings;
  password: () => Promise<Secret | undefined>;
  /** Whether a password is stored, for the snapshot. */
  hasPassword: boolean;
  settings: () => Settings;
  media: MediaEngine;
  /** Local address to bind; the system's choice when absent. */
  localAddress?: string;
  /** False for a line that only calls. */
  register?: boolean;
  userAgentName: string;
  log: Logger;
  /** See {@link UserAgentOptions}. */
  inCall?: () => boolean;
}

const protocols: Record<AccountSettings['transport'], SipProtocol> = {
  auto: 'UDP',
  udp: 'UDP',
  tcp: 'TCP',
  tls: 'TLS',
  ws: 'WS',
  wss: 'WSS',
};
const defaultPorts: Record<AccountSettings['transport'], number> = {
  auto: 5060,
  udp: 5060,
  tcp: 5060,
  tls: 5061,
  ws: 80,
  wss: 443,
};

/** Brackets around an IPv6 literal, as URIs want it. */
const uriHost = (host: string) => (host.includes(':') && !host.startsWith('[') ? `[${host}]` : host);

/** The SIP domain of an account: its own, else the server's host. */
function domainOf(account: AccountSettings): string {
  return account.domain === '' ? uriHost(account.server) : account.domain;
}

/**
 * Refuses an account that no line could be opened for.
 * @throws PhoneFailure `settings.invalid` when user and domain make no SIP address
 */
export function checkAccount(account: AccountSettings): void {
  addressOfRecord(account.user, domainOf(account));
}

function transportOptions({ account, settings, localAddress, log }: AccountLineOptions): SipTransportOptions {
  const port = account.port === 0 ? defaultPorts[account.transport] : account.port;
  const scheme = account.transport === 'ws' || account.transport === 'wss' ? account.transport : undefined;
  const webSocketUri =
    account.ws_uri === '' ? `${scheme}://${uriHost(account.server)}:${port}/ws` : account.ws_uri;
  return {
    protocol: protocols[account.transport],
    nextHop: { kind: 'server', host: account.server, port },
    ...(scheme === undefined ? {} : { webSocketUri }),
    tls: {
      names: [account.server, domainOf(account)],
      authorities: account.tls_ca,
      pins: account.tls_pins,
    },
    ...(localAddress === undefined ? {} : { localAddress }),
    keepaliveSeconds: settings().nat.udp_update_time,
    log: log.child('transport'),
  };
}

export class AccountLine {
  readonly account: AccountSettings;
  readonly userAgent: UserAgent;
  readonly #transport: SipTransport;
  readonly #hasPassword: boolean;
  #light: MailboxLight | undefined;

  constructor(options: AccountLineOptions) {
    const { account } = options;
    this.account = account;
    this.#transport = createTransport(transportOptions(options));
    this.#hasPassword = options.hasPassword;
    this.userAgent = new UserAgent({
      account: {
        id: account.id,
        user: account.user,
        displayName: account.display_name,
        server: account.server,
        domain: domainOf(account),
        registerExpires: account.register_expires,
      },
      password: options.password,
      transport: this.#transport,
      media: options.media,
      settings: options.settings,
      log: options.log,
      userAgentName: options.userAgentName,
      ...(options.inCall === undefined ? {} : { inCall: options.inCall }),
      ...(options.register === undefined ? {} : { register: options.register }),
    });
  }

  get snapshot(): AccountSnapshot {
    const { account } = this;
    return {
      id: account.id,
      label: account.label,
      kind: account.kind,
      user: account.user,
      displayName: account.display_name,
      server: account.server,
      transport: account.transport,
      secure: account.transport === 'tls' || account.transport === 'wss',
      registration: this.userAgent.registration,
      hasPassword: this.#hasPassword,
      reachable: { state: 'unknown', provenAt: null, sentence: '' },
      mailbox: this.#light?.mailbox ?? null,
      certificate: this.#transport.certificate,
    };
  }

  /** Follows what the account's mailbox holds, for the snapshot. To be called once. */
  watchMailbox(onChanged: () => void): void {
    this.#light = new MailboxLight(this.userAgent, onChanged);
  }

  /** Connects and registers; failures show in the registration, they do not reject. */
  start(): Promise<void> {
    return this.userAgent.start();
  }

  /**
   * Ends calls, unregisters and closes the transport, within bounded time. Idempotent. Resolves to the error when the far side
   * has not confirmed the end of a call.
   */
  close(): Promise<PhoneError | null> {
    return this.userAgent.close();
  }
}
