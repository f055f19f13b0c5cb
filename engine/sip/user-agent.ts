/**
 * The SIP user agent of ONE account over ONE transport: keeps the transport connected and the account registered, makes and takes
 * calls.
 *
 *   phone.ts / cli ─► UserAgent ─┬─► Registration ───┐
 *                                ├─► Call ───────────┤
 *                                └─► BesideCalls ────┴─► SipCore (sip.js) ─► SipTransport
 */
import { randomUUID } from 'node:crypto';
import { Grammar } from 'sip.js/lib/grammar/grammar.js';
import type { URI } from 'sip.js/lib/grammar/uri.js';
import type { IncomingInviteRequest } from 'sip.js/lib/core/messages/methods/invite.js';
import { makeError, PhoneFailure, toPhoneError } from '../../contract/errors.ts';
import type { PhoneError } from '../../contract/errors.ts';
import type { Secret } from '../../contract/secret.ts';
import type { Settings } from '../../contract/settings.ts';
import type { AccountSnapshot, Party } from '../../contract/snapshot.ts';
import type { Logger } from '../log.ts';
import type { MediaEngine } from '../media/media-engine.ts';
import { targetUri } from '../target.ts';
import { admit } from './admission.ts';
import type { Admission } from './admission.ts';
import { addressOfRecord, parseUri, plainName } from './address-of-record.ts';
import { BesideCalls } from './beside-calls.ts';
import { Call } from './call.ts';
import type { CallEnvironment, SoundOptions } from './call-environment.ts';
import { isHopelessOffer } from './call-media.ts';
import { callerOf } from './caller-identity.ts';
import { Credentials } from './credentials.ts';
import { Farewell } from './farewell.ts';
import { Flow } from './flow.ts';
import { takesSdp } from './message-guard.ts';
import { traceEntry } from './message-trace.ts';
import type { TraceEntry } from './message-trace.ts';
import { IncomingInvite } from './incoming-invite.ts';
import { LineNetwork } from './line-network.ts';
import { partyOfUri } from './party.ts';
import { Reachability } from './reachability.ts';
import type { Referral } from './referral.ts';
import type { Replaces } from './replaces.ts';
import { Registration } from './registration.ts';
import type { RegistrationSnapshot } from './registration.ts';
import { chooseReplaced } from './replacement.ts';
import { RoundTrip } from './round-trip.ts';
import { acceptedBodies, SipCore } from './sip-core.ts';
import { sessionTimerRefusal } from './session-expires.ts';
import { systemClock } from './transport/clock.ts';
import type { Clock } from './transport/clock.ts';
import type { SipTransport } from './transport/transport.ts';

export type { RegistrationSnapshot } from './registration.ts';

export interface UserAgentOptions {
  account: {
    id: string;
    user: string;
    displayName: string;
    /** Calls go out without saying who calls (RFC 3323). */
    anonymous?: boolean;
    /** Host of the server, for error sentences. */
    server: string;
    domain: string;
    registerExpires: number;
    /** Route values of requests outside a dialog: the outbound proxy. */
    route?: readonly string[];
    /** Authentication user name when it is not `user`. */
    authUser?: string;
  };
  password: () => Promise<Secret | undefined>;
  transport: SipTransport;
  media: MediaEngine;
  settings: () => Settings;
  log: Logger;
  /** As written into User-Agent. */
  userAgentName: string;
  now?: () => number;
  /** Runs the timers inside calls: back-off and session timers. */
  clock?: Clock;
  /** False for an account that only calls. */
  register?: boolean;
  /** This person is in a call, on whichever line; asked for each call that comes in. This line's calls alone when absent. */
  inCall?: () => boolean;
}

export interface UserAgentEvents {
  registration: (snapshot: RegistrationSnapshot) => void;
  /** A message went out or came in; told redacted. */
  message: (entry: TraceEntry) => void;
  /** A call that rings. Its offer has been looked at: it can be answered. */
  incoming: (call: Call) => void;
  /** The far side of a call sends the person elsewhere; {@link UserAgent.callReferred} follows it. */
  referred: (referral: Referral) => void;
  /** A call that the settings turned away before it rang. */
  turnedAway: (remote: Party, admission: Exclude<Admission, 'ring'>) => void;
  /** What the last change of the network has taken away is back. */
  restored: () => void;
  /** What is known about whether the PBX reaches this phone. */
  reachable: () => void;
}

const unregisterLimitMs = 4_000;

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
  readonly #calls = new Set<Call>();
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
      delegate: {
        onInvite: (request) => this.#onInvite(request),
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
        for (const listener of this.#listeners.registration) listener(snapshot);
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
      onChanged: () => {
        for (const listener of this.#listeners.reachable) listener();
      },
      clock: systemClock,
      now: options.now ?? Date.now,
      log: log.child('reachability'),
    });
    this.network = new LineNetwork({
      transport,
      flow: this.#flow,
      core: this.#core,
      registration: this.#registration,
      beside: this.beside,
      calls: this.#calls,
      registers: () => this.#registrationWanted,
      onRefused: () => this.#farewell.giveUp(),
      onRestored: () => {
        for (const listener of this.#listeners.restored) listener();
      },
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
  async idle(): Promise<void> {
    while (this.#calls.size > 0)
      await Promise.allSettled([...this.#calls].flatMap((call) => [call.ended, call.released]));
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
  call(target: string, options: { id: string; replaces?: Replaces } & SoundOptions): Call {
    const { address, uri } = this.addressOf(target);
    const { id, source, sink, replaces } = options;
    const origin = {
      direction: 'outgoing' as const,
      target: uri,
      sound: { source, sink },
      ...(replaces === undefined ? {} : { replaces }),
    };
    return this.#follow(new Call(id, partyOfUri(address), origin, this.#environment()));
  }

  /** Calls whom the far side of another call sends the person to, and reports there how it goes. */
  callReferred(referral: Referral, options: { id: string } & SoundOptions): Call {
    const { address, uri } = this.addressOf(referral.target.uri);
    const { id, source, sink } = options;
    const origin = { direction: 'outgoing' as const, target: uri, sound: { source, sink }, referral };
    const call = this.#follow(new Call(id, partyOfUri(address), origin, this.#environment()));
    referral.follow(call);
    return call;
  }

  /**
   * What a person typed, as an address of this account's domain unless it names another.
   * @throws PhoneFailure `call.bad-target`
   */
  addressOf(target: string): { address: string; uri: URI } {
    const address = targetUri(target, this.#options.account.domain);
    const uri = Grammar.URIParse(address);
    if (uri === undefined) throw new PhoneFailure('call.bad-target', { target });
    return { address, uri };
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
    const calls = [...this.#calls];
    for (const call of calls) call.hangup();
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
    for (const listener of this.#listeners.message) listener(entry);
  }

  async #loadPassword(): Promise<void> {
    try {
      this.#credentials.setPassword(await this.#options.password());
    } catch (thrown) {
      this.#options.log.warn(`the password cannot be read: ${toPhoneError(thrown).message}`);
    }
  }

  // ── calls ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  #environment(): CallEnvironment {
    const { account, transport, media, settings, log } = this.#options;
    return {
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
      localAddress: () => transport.local.address,
      connect: () => this.network.connection.open(),
      loadPassword: () => this.#loadPassword(),
      hasPassword: () => this.#credentials.hasPassword,
      transportError: () => this.network.connection.error,
      referred: (referral) => this.#onReferral(referral),
      log: log.child('call'),
      now: this.#options.now ?? Date.now,
      clock: this.#options.clock ?? systemClock,
    };
  }

  #follow(call: Call): Call {
    this.#calls.add(call);
    call.on(({ type }) => {
      if (type === 'changed') this.network.checkRestored();
    });
    void Promise.allSettled([call.ended, call.released]).then(() => this.#calls.delete(call));
    return call;
  }

  get #inCall(): boolean {
    const { inCall } = this.#options;
    return inCall?.() ?? [...this.#calls].some((call) => call.snapshot.state !== 'ended');
  }

  #onReferral(referral: Referral): { status: number; then?: () => void } {
    const listeners = this.#listeners.referred;
    if (!this.#options.settings().calls.accept_transfers || listeners.size === 0) return { status: 603 };
    try {
      this.addressOf(referral.target.uri);
    } catch {
      return { status: 400 };
    }
    return {
      status: 202,
      then: () => {
        for (const listener of listeners) listener(referral);
      },
    };
  }

  #onInvite(request: IncomingInviteRequest): void {
    const environment = this.#environment();
    const invite = new IncomingInvite(request, environment.signalling);
    const { offer, message } = invite;
    const type = message.getHeader('Content-Type')?.split(';')[0]?.trim().toLowerCase();
    if (this.#closed !== undefined) return invite.refuse(480);
    if (!takesSdp(message.getHeaders('Accept'))) return invite.refuse(406);
    if (offer !== undefined && type !== 'application/sdp')
      return invite.refuse(415, [`Accept: ${acceptedBodies.join(', ')}`]);
    const tooShort = sessionTimerRefusal(message);
    if (tooShort !== undefined) return invite.refuse(422, tooShort);
    if (offer !== undefined && isHopelessOffer(offer, this.#options.settings(), environment.localAddress())) {
      this.#options.log.info('an incoming call without a usable offer was refused');
      return invite.refuse(488);
    }
    if (message.hasHeader('Replaces')) {
      const choice = chooseReplaced(message.getHeaders('Replaces'), this.#calls);
      if ('status' in choice) invite.refuse(choice.status);
      else choice.call.takeOver(invite);
      return;
    }
    const caller = callerOf(message);
    const { calls } = this.#options.settings();
    const admission = admit(calls, this.#inCall);
    if (admission !== 'ring') {
      invite.refuse(486);
      for (const listener of this.#listeners.turnedAway) listener(caller, admission);
      return;
    }
    const call = this.#follow(new Call(randomUUID(), caller, { direction: 'incoming', invite }, environment));
    for (const listener of this.#listeners.incoming) listener(call);
  }
}
