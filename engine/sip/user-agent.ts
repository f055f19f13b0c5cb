/**
 * The SIP user agent of ONE account over ONE transport: keeps the transport connected and the account registered, makes and takes
 * calls.
 *
 *   phone.ts / cli ─► UserAgent ─┬─► Registration ───────┐
 *                                ├─► LineCalls ─► Call ──┤
 *                                ├─► BesideCalls ────────┴─► SipCore (sip.js) ─► SipTransport
 *                                └─► LineNetwork ─► Connection ─────────────────────┘
 */
import type { URI } from 'sip.js/lib/grammar/uri.js';
import { makeError, toPhoneError } from '../../contract/errors.ts';
import type { PhoneError } from '../../contract/errors.ts';
import type { AccountSnapshot } from '../../contract/snapshot.ts';
import { addressOfRecord, parseUri, plainName } from './address-of-record.ts';
import { BesideCalls } from './beside-calls.ts';
import type { Call } from './call.ts';
import type { SoundOptions } from './call-environment.ts';
import { Credentials } from './credentials.ts';
import { Farewell } from './farewell.ts';
import { Flow } from './flow.ts';
import { traceEntry } from './message-trace.ts';
import type { TraceEntry } from './message-trace.ts';
import { tricklePackage } from './info-message.ts';
import { LineCalls } from './line-calls.ts';
import { LineNetwork } from './line-network.ts';
import { Reachability } from './reachability.ts';
import type { Referral } from './referral.ts';
import type { Takeover } from './replaces.ts';
import { Registration } from './registration.ts';
import type { RegistrationSnapshot } from './registration.ts';
import { RoundTrip } from './round-trip.ts';
import { fragmentType } from './sdp/candidate-fragment.ts';
import { SipCore, supportedTags } from './sip-core.ts';
import { systemClock } from '../net/clock.ts';
import type { UserAgentEvents, UserAgentOptions } from './user-agent-options.ts';

const unregisterLimitMs = 4_000;

/** What is said where candidates of ICE may follow a description (RFC 8840 §10). */
const trickleMeans = {
  tags: [...supportedTags, tricklePackage],
  info: { packages: [tricklePackage], bodies: [fragmentType] },
};

export class UserAgent {
  /** Subscriptions, texts, and what is published. */
  readonly beside: BesideCalls;
  /** What the account does about the network. */
  readonly network: LineNetwork;
  readonly #options: UserAgentOptions;
  readonly #credentials: Credentials;
  readonly #core: SipCore;
  readonly #flow: Flow;
  readonly #registration: Registration;
  readonly #calls: LineCalls;
  readonly #reachability: Reachability;
  readonly #farewell = new Farewell();
  readonly #listeners: { [E in keyof UserAgentEvents]: Set<UserAgentEvents[E]> } = {
    registration: new Set(),
    restored: new Set(),
    reachable: new Set(),
    message: new Set(),
    incoming: new Set(),
    referred: new Set(),
    turnedAway: new Set(),
  };
  readonly #stopHearing: () => void;
  #registrationWanted: boolean;
  #closed: Promise<PhoneError | null> | undefined;

  constructor(options: UserAgentOptions) {
    this.#options = options;
    this.#registrationWanted = options.register !== false;
    const { account, transport, log } = options;
    this.#credentials = new Credentials(account.authUser ?? account.user);
    const aor = addressOfRecord(account.user, account.domain);
    this.#flow = new Flow({ user: account.user, aor, transport, settings: options.settings });
    this.#core = new SipCore({
      aor,
      contact: this.#flow.contact,
      displayName: plainName(account.displayName),
      userAgentName: options.userAgentName,
      forceRport: options.settings().nat.rport,
      transport,
      credentials: this.#credentials,
      route: account.route ?? [],
      ...(account.iceTrickle === true ? trickleMeans : {}),
      delegate: {
        onInvite: (request) => this.#calls.receive(request),
        // Outside a call anybody could make this phone call anybody.
        onRefer: (request) => request.reject({ statusCode: 403 }),
        onNotify: (request) => this.beside.onNotify(request),
        onMessage: (request) => this.beside.onMessage(request),
      },
      onMessage: (direction, text) => this.#trace(direction, text),
      log: log.child('core'),
    });
    this.#registration = new Registration({
      core: this.#core,
      contact: this.#flow.contact,
      registrar: parseUri(`sip:${account.domain}`),
      aor,
      account,
      credentials: this.#credentials,
      loadPassword: () => this.#loadPassword(),
      onChanged: (snapshot) => {
        this.beside.follow(snapshot.state);
        this.#reachability.follow(snapshot);
        this.network.checkRestored();
        this.#tell('registration', snapshot);
      },
      onAccepted: (response, binding) => this.network.registered(response, binding),
      onUnserved: (retryAfterMs) => this.network.unserved(retryAfterMs),
      log: log.child('registration'),
      now: options.now ?? Date.now,
    });
    const context = { core: this.#core, aor, loadPassword: () => this.#loadPassword() };
    this.beside = new BesideCalls({
      ...context,
      account,
      whenConnected: (limitMs) => this.network.connection.whenReady(limitMs),
      log: log.child('beside'),
    });
    this.#reachability = new Reachability({
      roundTrip: new RoundTrip({ ...context, clock: systemClock }),
      keepOpen: (often) => this.#flow.keepAlive({ often }),
      onChanged: () => this.#tell('reachable'),
      clock: systemClock,
      now: options.now ?? Date.now,
      log: log.child('reachability'),
    });
    this.#calls = this.#makeCalls();
    this.network = new LineNetwork({
      transport,
      flow: this.#flow,
      core: this.#core,
      registration: this.#registration,
      beside: this.beside,
      calls: this.#calls,
      registers: () => this.#registrationWanted,
      onRefused: () => this.#farewell.giveUp(),
      onRestored: () => this.#tell('restored'),
      log,
    });
    this.#stopHearing = transport.on('message', (text, source) => {
      this.#farewell.heard();
      const fromServer = source.address === transport.remote?.address;
      if (fromServer && !text.startsWith('SIP/')) this.#reachability.heard();
      this.#core.receive(text, fromServer);
    });
  }

  get registration(): RegistrationSnapshot {
    return this.#registration.snapshot;
  }

  /** Connects, and registers unless told not to. Failures show in the registration; it never rejects. */
  async start(): Promise<void> {
    await this.network.connection.open();
  }

  /** Whether the PBX reaches this phone now. */
  get reachable(): AccountSnapshot['reachable'] {
    return this.#reachability.snapshot;
  }

  /** Proves now whether the PBX reaches this phone; resolves when that is known, or cannot be. */
  prove(): Promise<void> {
    return this.#reachability.prove();
  }

  /** The name that others see from the next request on. */
  setDisplayName(name: string): void {
    this.#core.configuration.displayName = plainName(name);
  }

  /** Takes changed settings that count from now on: keepalives, rport. Calls read theirs as they begin. */
  settingsChanged(): void {
    this.#core.configuration.viaForceRport = this.#options.settings().nat.rport;
    this.#flow.keepAlive();
  }

  /** Resolves once no call is left, the last one's BYE included. */
  idle(): Promise<void> {
    return this.#calls.idle();
  }

  /** Registers now, without waiting for the next retry. */
  register(): void {
    this.#registrationWanted = true;
    if (this.network.connection.ready) this.#registration.register();
    else void this.network.connection.open();
  }

  unregister(): void {
    this.#registrationWanted = false;
    this.#registration.unregister();
  }

  /**
   * Calls a number or SIP address.
   * @throws PhoneFailure `call.bad-target`
   */
  call(target: string, options: { id: string; takeover?: Takeover } & SoundOptions): Call {
    return this.#calls.call(target, options);
  }

  /**
   * Calls whom the far side of another call sends the person to, and reports there how it goes.
   * @throws PhoneFailure `call.bad-target`
   */
  callReferred(referral: Referral, options: { id: string } & SoundOptions): Call {
    return this.#calls.callReferred(referral, options);
  }

  /**
   * What a person typed, as an address of this account's domain unless it names another.
   * @throws PhoneFailure `call.bad-target`
   */
  addressOf(target: string): { address: string; uri: URI } {
    return this.#calls.addressOf(target);
  }

  on<E extends keyof UserAgentEvents>(event: E, listener: UserAgentEvents[E]): () => void {
    this.#listeners[event].add(listener);
    return () => this.#listeners[event].delete(listener);
  }

  /**
   * Ends calls, unregisters and closes the transport. Idempotent. Waits for the last BYE or CANCEL as long as its transaction
   * lives (32 s at most), but no longer than 8 s for a server that is silent, and not at all for one that refuses; for the
   * registrar 4 s. Resolves to the error when the far side has not confirmed the end of a call.
   */
  close(): Promise<PhoneError | null> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<PhoneError | null> {
    const calls = this.#calls.hangupAll();
    const connected = this.network.connection.ready;
    const unregistered = connected ? this.#registration.end(unregisterLimitMs) : Promise.resolve();
    const quiet = this.beside.end(connected);
    const [released] = await Promise.all([this.#farewell.wait(calls, connected), unregistered, quiet]);
    this.#registration.close();
    this.#reachability.close();
    this.network.close();
    this.#stopHearing();
    this.#core.reset();
    await this.#options.transport.close();
    for (const listeners of Object.values(this.#listeners)) listeners.clear();
    return released ? null : makeError('call.end-unconfirmed', { server: this.#options.account.server });
  }

  #trace(direction: TraceEntry['direction'], text: string): void {
    if (this.#listeners.message.size === 0) return;
    const entry = traceEntry(direction, (this.#options.now ?? Date.now)(), text);
    this.#tell('message', entry);
  }

  async #loadPassword(): Promise<void> {
    try {
      this.#credentials.setPassword(await this.#options.password());
    } catch (thrown) {
      this.#options.log.warn(`the password cannot be read: ${toPhoneError(thrown).message}`);
    }
  }

  #makeCalls(): LineCalls {
    const { account, transport, media, settings, ice, log, inCall } = this.#options;
    return new LineCalls({
      environment: {
        accountId: account.id,
        user: account.user,
        anonymous: account.anonymous ?? false,
        server: account.server,
        signalling: {
          core: this.#core,
          whenConnected: (limitMs) => this.network.connection.whenReady(limitMs),
          texted: (request) => this.beside.onMessage(request),
          log: log.child('call'),
        },
        media,
        settings,
        encryption: {
          policy: account.mediaEncryption ?? 'off',
          signallingIsSecure: () => transport.protocol === 'TLS' || transport.protocol === 'WSS',
        },
        paths: {
          ice: ice ?? (async () => undefined),
          rtcpMux: account.rtcpMux ?? false,
          trickle: account.iceTrickle ?? false,
        },
        localAddress: () => transport.local.address,
        connect: () => this.network.connection.open(),
        loadPassword: () => this.#loadPassword(),
        hasPassword: () => this.#credentials.hasPassword,
        transportError: () => this.network.connection.error,
        log: log.child('call'),
        now: this.#options.now ?? Date.now,
        clock: this.#options.clock ?? systemClock,
      },
      domain: account.domain,
      ...(inCall === undefined ? {} : { inCall }),
      onIncoming: (call) => this.#tell('incoming', call),
      onTurnedAway: (remote, why) => this.#tell('turnedAway', remote, why),
      followsReferrals: () => this.#listeners.referred.size > 0,
      onReferred: (referral) => this.#tell('referred', referral),
      onChanged: () => this.network.checkRestored(),
    });
  }

  #tell<E extends keyof UserAgentEvents>(event: E, ...what: Parameters<UserAgentEvents[E]>): void {
    const listeners = this.#listeners[event] as Set<(...what: Parameters<UserAgentEvents[E]>) => void>;
    for (const listener of listeners) listener(...what);
  }
}
