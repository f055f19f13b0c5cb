/**
 * One account on the wire: its transport, its user agent and its registration. The phone has one line per account; the
 * command line tool opens one directly.
 */
import { isDeepStrictEqual } from 'node:util';
import type { PhoneError } from '../contract/errors.ts';
import type { Secret } from '../contract/secret.ts';
import type { PracticeLine } from '../contract/services.ts';
import { accountSettings, type AccountSettings, type Settings } from '../contract/settings.ts';
import type { AccountSnapshot } from '../contract/snapshot.ts';
import { accountTransport, domainOf, nextHopOf } from './account-transport.ts';
import { iceOptions, type ReadSecret } from './ice-servers.ts';
import type { Logger } from './log.ts';
import { MailboxLight } from './mailbox-light.ts';
import type { MediaEngine } from './media/media-engine.ts';
import { createTransport } from './sip/transport/create-transport.ts';
import type { SipTransport } from './sip/transport/transport.ts';
import { UserAgent } from './sip/user-agent.ts';

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

/** An account without a line: switched off, about to be opened, or with the problem that keeps it from that. */
export function restingAccount(account: AccountSettings, problem?: PhoneError): AccountSnapshot {
  return {
    id: account.id,
    label: account.label,
    kind: account.kind,
    user: account.user,
    displayName: account.display_name,
    server: account.server,
    transport: account.transport,
    secure: account.transport === 'tls' || account.transport === 'wss',
    registration: {
      state: problem === undefined ? 'off' : 'failed',
      status: 0,
      reason: problem?.message ?? 'Not registered',
      error: problem ?? null,
      since: null,
      retryAt: null,
    },
    hasPassword: account.password !== undefined,
    reachable: { state: 'unknown', provenAt: null, sentence: '' },
    mailbox: null,
    certificate: null,
  };
}

/** What a line can take while calls go on over it. */
const changeable = ['label', 'display_name', 'voicemail_number', 'forward', 'publish_presence'] as const;

/** Whether a change of settings is one of what the line is made of: server, transport, identity, trust. */
export function needsNewLine(before: AccountSettings, after: AccountSettings): boolean {
  const unchanged = Object.fromEntries(changeable.map((key) => [key, before[key]]));
  return !isDeepStrictEqual(before, { ...after, ...unchanged });
}

export interface AccountLineOptions {
  account: AccountSettings;
  password: () => Promise<Secret | undefined>;
  /** Whether a password is stored, for the snapshot. */
  hasPassword: boolean;
  settings: () => Settings;
  /** For credentials of TURN servers. */
  readSecret: ReadSecret;
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

export class AccountLine {
  readonly userAgent: UserAgent;
  readonly #transport: SipTransport;
  readonly #hasPassword: boolean;
  #account: AccountSettings;
  #light: MailboxLight | undefined;

  constructor(options: AccountLineOptions) {
    const { account } = options;
    this.#account = account;
    this.#transport = createTransport({
      ...accountTransport(account),
      ...(options.localAddress === undefined ? {} : { localAddress: options.localAddress }),
      keepaliveSeconds: options.settings().nat.udp_update_time,
      log: options.log.child('transport'),
    });
    this.#hasPassword = options.hasPassword;
    this.userAgent = new UserAgent({
      account: {
        id: account.id,
        user: account.user,
        displayName: account.display_name,
        anonymous: account.anonymous,
        mediaEncryption: account.media_encryption,
        rtcpMux: account.rtcp_mux,
        iceTrickle: account.ice && account.ice_trickle,
        server: account.server,
        domain: domainOf(account),
        registerExpires: account.register_expires,
        route: nextHopOf(account).route,
        ...(account.auth_user === '' ? {} : { authUser: account.auth_user }),
      },
      password: options.password,
      transport: this.#transport,
      media: options.media,
      settings: options.settings,
      ice: () => iceOptions(account, options.settings(), options.readSecret, Date.now()),
      log: options.log,
      userAgentName: options.userAgentName,
      ...(options.inCall === undefined ? {} : { inCall: options.inCall }),
      ...(options.register === undefined ? {} : { register: options.register }),
    });
  }

  get account(): AccountSettings {
    return this.#account;
  }

  /** Takes changed settings that need no other line; see {@link needsNewLine}. */
  change(account: AccountSettings): void {
    this.#account = account;
    this.userAgent.setDisplayName(account.display_name);
  }

  get snapshot(): AccountSnapshot {
    const { account } = this;
    const { protocol } = this.#transport;
    return {
      ...restingAccount(account),
      transport: protocol.toLowerCase(),
      secure: protocol === 'TLS' || protocol === 'WSS',
      registration: this.userAgent.registration,
      hasPassword: this.#hasPassword,
      reachable: this.userAgent.reachable,
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
