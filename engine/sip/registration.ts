/** Keeps one account registered: drives registration-machine.ts with REGISTER requests and one timer. */
import { performance } from 'node:perf_hooks';
import type { IncomingResponseMessage } from 'sip.js/lib/core/messages/incoming-response-message.js';
import type { OutgoingRequest } from 'sip.js/lib/core/messages/outgoing-request.js';
import type { URI } from 'sip.js/lib/grammar/uri.js';
import { NameAddrHeader } from 'sip.js/lib/grammar/name-addr-header.js';
import { assertNever } from '../../contract/assert-never.ts';
import { makeError } from '../../contract/errors.ts';
import type { PhoneError } from '../../contract/errors.ts';
import type { AccountSnapshot } from '../../contract/snapshot.ts';
import type { Logger } from '../log.ts';
import type { Credentials } from './credentials.ts';
import { secondsOf } from './header-values.ts';
import { isOwn } from './message-guard.ts';
import type { OwnContact } from './own-contact.ts';
import { newCallId, newTag, randomFraction } from './random-token.ts';
import { initialRegistration, stepRegistration } from './registration-machine.ts';
import type { RegistrationEffect, RegistrationEvent, RegistrationState } from './registration-machine.ts';
import type { SipCore } from './sip-core.ts';
import { allowedMethods } from './sip-core.ts';
import { registrationError } from './status-errors.ts';

/** How often a timer that runs looks at the clocks. */
const clockLookMs = 3_000;
/** A registrar that has not answered for so long may be gone; the transaction goes on asking all the same. */
const silenceMs = 8_000;

export type RegistrationSnapshot = AccountSnapshot['registration'];

export interface RegistrationOptions {
  core: SipCore;
  contact: OwnContact;
  registrar: URI;
  aor: URI;
  account: { user: string; server: string; registerExpires: number };
  credentials: Credentials;
  /** Loads the password into the credentials before each request. */
  loadPassword: () => Promise<void>;
  onChanged: (snapshot: RegistrationSnapshot) => void;
  /** A REGISTER has succeeded; this was the answer, and in it the binding that is ours. */
  onAccepted: (response: IncomingResponseMessage, binding: NameAddrHeader | undefined) => void;
  /** The registrar is silent or cannot serve us now; another may. `retryAfterMs`: as it asked, else 0. */
  onUnserved: (retryAfterMs: number) => void;
  log: Logger;
  now: () => number;
}

/**
 * Our own Contact among those that the registrar lists. Registrars behind a NAT may list us under another address: a single Contact with
 * our user counts as ours.
 */
function ownBinding(message: IncomingResponseMessage, own: URI): NameAddrHeader | undefined {
  const listed = message.getHeaders('Contact').flatMap((_value, index) => {
    const contact: unknown = message.parseHeader('Contact', index);
    return contact instanceof NameAddrHeader ? [contact] : [];
  });
  const sameUser = listed.filter(({ uri }) => uri.user === own.user);
  const exact = sameUser.find(
    ({ uri }) =>
      uri.host.toLowerCase() === own.host.toLowerCase() && (uri.port ?? 5060) === (own.port ?? 5060),
  );
  return exact ?? (sameUser.length === 1 ? sameUser[0] : undefined);
}

/**
 * Seconds that the registrar granted to our contact (RFC 3261 §10.2.4): the `expires` of our own Contact, else the Expires header, else
 * what was asked.
 */
export function grantedSeconds(message: IncomingResponseMessage, own: URI, askedSeconds: number): number {
  const found = ownBinding(message, own);
  const seconds = Number(found?.getParam('expires') ?? secondsOf(message, 'Expires') ?? askedSeconds);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : askedSeconds;
}

export class Registration {
  readonly #options: RegistrationOptions;
  readonly #callId = newCallId();
  readonly #fromTag = newTag();
  #state: RegistrationState;
  #cseq = 1;
  #attempt = 0;
  #request: OutgoingRequest | undefined;
  #timer: NodeJS.Timeout | undefined;
  #silenceTimer: NodeJS.Timeout | undefined;
  /** The contact of the last REGISTER that was accepted; removed when ours has changed since. */
  #boundContact: string | undefined;
  #idle: (() => void)[] = [];

  constructor(options: RegistrationOptions) {
    this.#options = options;
    this.#state = initialRegistration(options.account.registerExpires);
  }

  get snapshot(): RegistrationSnapshot {
    const { phase, status, error, since, retryAt, silent } = this.#state;
    const words = {
      off: 'Not registered',
      registering: silent ? 'No answer yet, trying again' : 'Registering',
      registered: 'Ready',
      failed: error?.message ?? 'Not registered',
      unregistering: 'Signing off',
    };
    return { state: phase, status, reason: words[phase], error, since, retryAt };
  }

  register(): void {
    this.#dispatch({ type: 'register' });
  }

  unregister(): void {
    this.#dispatch({ type: 'unregister' });
  }

  /** The transport broke, or could not connect. */
  transportLost(error: PhoneError): void {
    this.#dispatch({ type: 'transport-lost', error });
  }

  /** The network says that nobody listens there, while the transport stands. */
  unreachable(error: PhoneError): void {
    if (this.#request !== undefined) this.#dispatch({ type: 'unreachable', error });
  }

  transportReady(): void {
    this.#dispatch({ type: 'transport-ready' });
  }

  /** Our contact has changed: a standing registration is renewed at once, a pending one when it is answered. */
  contactChanged(): void {
    if (this.#state.phase === 'registered' && this.#request === undefined)
      this.#dispatch({ type: 'register' });
  }

  /** Unregisters when registered; resolves when that is over or after `limitMs`. */
  async end(limitMs: number): Promise<void> {
    if (this.#state.phase === 'registered') {
      const over = new Promise<void>((resolve) => this.#idle.push(resolve));
      this.unregister();
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)));
      await Promise.race([over, limit]);
      clearTimeout(timer);
    }
    this.close();
  }

  /** Stops timer and request without a word to the registrar. Idempotent. */
  close(): void {
    this.#stop();
    const { status, expiresSeconds } = this.#state;
    this.#state = { ...initialRegistration(expiresSeconds), status };
  }

  #dispatch(event: RegistrationEvent): void {
    const before = this.#state;
    const context = { now: this.#options.now(), fraction: randomFraction() };
    const [state, effects] = stepRegistration(before, event, context);
    this.#state = state;
    for (const effect of effects) this.#run(effect);
    if (state === before) return;
    if (state.phase !== before.phase)
      this.#options.log.info(`${event.type}: ${before.phase} → ${state.phase}`);
    if (state.phase === 'off') for (const resolve of this.#idle.splice(0)) resolve();
    this.#options.onChanged(this.snapshot);
  }

  #run(effect: RegistrationEffect): void {
    this.#stop();
    switch (effect.type) {
      case 'send':
        void this.#send(effect.expiresSeconds);
        break;
      case 'start-timer':
        this.#wait(this.#options.now() + effect.delayMs, performance.now() + effect.delayMs);
        break;
      case 'stop':
        break;
      default:
        assertNever(effect);
    }
  }

  /**
   * Waits until either clock says so. Timers and the monotonic clock stand still while a computer sleeps and the wall clock may be
   * set back, so that both are looked at every few seconds: a registration that lapsed in the meantime is renewed soon after waking.
   * Short steps also carry delays that are too long for one timer (2^31 ms).
   */
  #wait(wallDueMs: number, monotonicDueMs: number): void {
    const remainingMs = Math.min(wallDueMs - this.#options.now(), monotonicDueMs - performance.now());
    if (remainingMs <= 0) return this.#dispatch({ type: 'timer' });
    const next = () => this.#wait(wallDueMs, monotonicDueMs);
    this.#timer = setTimeout(next, Math.min(remainingMs, clockLookMs));
  }

  #stop(): void {
    this.#attempt += 1;
    clearTimeout(this.#timer);
    clearTimeout(this.#silenceTimer);
    this.#timer = undefined;
    if (this.#request !== undefined) this.#options.core.abandon(this.#request);
    this.#request = undefined;
  }

  async #send(expiresSeconds: number): Promise<void> {
    const attempt = this.#attempt;
    await this.#options.loadPassword();
    if (attempt !== this.#attempt) return;
    const { core, registrar, aor } = this.#options;
    const own = this.#options.contact.uri.clone();
    const { address: contact, binding } = this.#options.contact;
    const outdated = this.#boundContact !== undefined && this.#boundContact !== contact;
    const message = core.makeOutgoingRequestMessage(
      'REGISTER',
      registrar,
      aor,
      aor,
      { callId: this.#callId, fromTag: this.#fromTag, cseq: this.#cseq },
      [
        `Contact: ${binding};expires=${expiresSeconds}`,
        ...(outdated ? [`Contact: ${this.#boundContact};expires=0`] : []),
        `Expires: ${expiresSeconds}`,
        `Allow: ${allowedMethods.join(', ')}`,
        'Supported: path, outbound, gruu',
      ],
    );
    const current = () => {
      this.#cseq = Math.max(this.#cseq, message.cseq + 1);
      if (attempt !== this.#attempt) return false;
      clearTimeout(this.#silenceTimer);
      return true;
    };
    if (expiresSeconds > 0) this.#silenceTimer = setTimeout(() => this.#options.onUnserved(0), silenceMs);
    this.#request = core.register(message, {
      onAccept: ({ message: response }) => {
        if (!current()) return;
        this.#request = undefined;
        this.#boundContact = expiresSeconds === 0 ? undefined : contact;
        this.#dispatch({
          type: 'accepted',
          status: response.statusCode ?? 200,
          grantedSeconds: grantedSeconds(response, own, expiresSeconds),
          outdated: this.#options.contact.address !== contact,
        });
        if (expiresSeconds > 0) this.#options.onAccepted(response, ownBinding(response, own));
      },
      onRedirect: ({ message: response }) => {
        if (current()) this.#refused(response);
      },
      onReject: ({ message: response }) => {
        if (current()) this.#refused(response);
      },
    });
    this.#cseq = message.cseq + 1;
  }

  #refused(response: IncomingResponseMessage): void {
    const { account, credentials } = this.#options;
    const { server } = account;
    this.#request = undefined;
    const status = response.statusCode ?? 0;
    const retryAfterSeconds = secondsOf(response, 'Retry-After');
    if (isOwn(response) || status === 503) this.#options.onUnserved((retryAfterSeconds ?? 0) * 1000);
    if (isOwn(response)) {
      if (status === 408)
        return this.#dispatch({ type: 'silent', error: makeError('registration.timeout', { server }) });
      return this.#dispatch({ type: 'unreachable', error: makeError('server.unreachable', { server }) });
    }
    const reason = response.reasonPhrase ?? '';
    const known = { hasPassword: credentials.hasPassword };
    if (status === 401 || status === 403 || status === 407) credentials.forget();
    this.#dispatch({
      type: 'refused',
      status,
      error: registrationError({ status, reason }, account, known),
      retryAfterSeconds,
      minExpiresSeconds: secondsOf(response, 'Min-Expires'),
    });
  }
}
