/**
 * One subscription on the wire (RFC 6665): drives subscription-machine.ts with SUBSCRIBE requests, takes the NOTIFYs and keeps the
 * dialog that they make. sip.js's own subscription is not used: it forgets the CSeq of a challenged refresh and refreshes by a timer
 * that cannot be followed.
 *
 *   SUBSCRIBE ──► 200      Call-ID + our tag + event ─► this object, for the subscription's whole life
 *   NOTIFY    ◄── 200      the first one's From tag, Contact and Record-Route are the dialog (§4.4.1); others' get 481
 */
import type { IncomingRequest } from 'sip.js/lib/core/messages/incoming-request.js';
import type { IncomingRequestMessage } from 'sip.js/lib/core/messages/incoming-request-message.js';
import type { IncomingResponseMessage } from 'sip.js/lib/core/messages/incoming-response-message.js';
import type { OutgoingRequest } from 'sip.js/lib/core/messages/outgoing-request.js';
import { NameAddrHeader } from 'sip.js/lib/grammar/name-addr-header.js';
import type { URI } from 'sip.js/lib/grammar/uri.js';
import { assertNever } from '../../contract/assert-never.ts';
import type { Logger } from '../log.ts';
import { secondsOf, withoutParameters } from './header-values.ts';
import { isOwn } from './message-guard.ts';
import { newCallId, newTag, randomFraction } from './random-token.ts';
import type { SipCore } from './sip-core.ts';
import { allowedMethods } from './sip-core.ts';
import { initialSubscription, stepSubscription } from './subscription-machine.ts';
import type {
  Refusal,
  SubscriptionEffect,
  SubscriptionEvent,
  SubscriptionState,
} from './subscription-machine.ts';

/** What a NOTIFY carries. */
export interface Notification {
  /** Media type in lower case, without parameters; empty without a body. */
  type: string;
  body: string;
}

export interface SubscriptionOptions {
  /** Event package: `message-summary`, `dialog`, `presence`. */
  event: string;
  /** Whose state. */
  target: URI;
  /** Media types that are understood. */
  accept: readonly string[];
  /** Seconds to ask for. */
  expiresSeconds?: number;
  onNotify: (notification: Notification) => void;
  /** The subscription came to stand, or no longer does. */
  onChanged?: (snapshot: SubscriptionSnapshot) => void;
}

export interface SubscriptionSnapshot {
  phase: SubscriptionState['phase'];
  /** Why nothing is told; null otherwise. */
  refusal: Refusal | null;
}

export interface SubscriptionContext {
  core: SipCore;
  aor: URI;
  /** Loads the password into the credentials before each request. */
  loadPassword: () => Promise<void>;
  log: Logger;
}

interface NotifierDialog {
  remoteTag: string;
  target: URI;
  routeSet: string[];
  /** CSeq of the last NOTIFY. */
  cseq: number;
}

const defaultExpiresSeconds = 3600;

/** Subscription-State (§8.2.3) from untrusted text; undefined when it names no state. */
export function parseSubscriptionState(value: string | undefined):
  | {
      state: string;
      reason: string;
      expiresSeconds: number | undefined;
      retryAfterSeconds: number | undefined;
    }
  | undefined {
  const [state = '', ...parameters] = (value ?? '').split(';').map((part) => part.trim());
  if (!/^[\w-]+$/.test(state)) return undefined;
  const parameter = (name: string) =>
    new RegExp(`^${name}\\s*=\\s*"?([\\w-]{1,64})"?$`, 'i').exec(
      parameters.find((each) => each.toLowerCase().startsWith(name)) ?? '',
    )?.[1];
  const seconds = (name: string) => {
    const digits = parameter(name);
    return digits !== undefined && /^\d{1,9}$/.test(digits) ? Number(digits) : undefined;
  };
  return {
    state: state.toLowerCase(),
    reason: parameter('reason')?.toLowerCase() ?? '',
    expiresSeconds: seconds('expires'),
    retryAfterSeconds: seconds('retry-after'),
  };
}

export class Subscription {
  readonly #options: SubscriptionOptions;
  readonly #context: SubscriptionContext;
  #state: SubscriptionState;
  #callId = '';
  #localTag = '';
  #cseq = 0;
  #dialog: NotifierDialog | undefined;
  #request: OutgoingRequest | undefined;
  /** Tells a request of now from one that has been given up. */
  #attempt = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopNotifies: () => void = () => undefined;
  #idle: (() => void)[] = [];

  constructor(options: SubscriptionOptions, context: SubscriptionContext) {
    this.#options = options;
    this.#context = context;
    this.#state = initialSubscription(options.expiresSeconds ?? defaultExpiresSeconds);
  }

  get snapshot(): SubscriptionSnapshot {
    return { phase: this.#state.phase, refusal: this.#state.refusal };
  }

  /** The account is registered: subscribes, or renews what stands. */
  start(): void {
    this.#dispatch({ type: 'start' });
  }

  /** The server is out of reach: what stood is forgotten. */
  lost(): void {
    this.#dispatch({ type: 'lost' });
  }

  /** Asks for the whole state once more. */
  refresh(): void {
    this.#dispatch({ type: 'refresh' });
  }

  /** Unsubscribes; resolves when that is over, within 4 s. Idempotent. */
  async end(): Promise<void> {
    this.#dispatch({ type: 'stop' });
    if (this.#state.phase !== 'off') await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #dispatch(event: SubscriptionEvent): void {
    const before = this.#state;
    const [state, effects] = stepSubscription(before, event, { fraction: randomFraction() });
    this.#state = state;
    for (const effect of effects) this.#run(effect);
    if (state.phase === before.phase && state.refusal === before.refusal) return;
    this.#context.log.info(
      `${this.#options.event} ${this.#options.target.user ?? ''}, ${event.type}: ${before.phase} → ${state.phase}`,
    );
    if (state.phase === 'off') for (const resolve of this.#idle.splice(0)) resolve();
    this.#options.onChanged?.(this.snapshot);
  }

  #run(effect: SubscriptionEffect): void {
    switch (effect.type) {
      case 'send':
        if (effect.anew) this.#begin();
        void this.#send(effect.expiresSeconds);
        break;
      case 'drop':
        this.#drop();
        break;
      case 'start-timer':
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#dispatch({ type: 'timer' }), effect.delayMs);
        break;
      case 'stop-timer':
        clearTimeout(this.#timer);
        break;
      default:
        assertNever(effect);
    }
  }

  /** A new dialog: nothing of the one before is taken along. */
  #begin(): void {
    this.#drop();
    this.#callId = newCallId();
    this.#localTag = newTag();
    this.#cseq = 0;
    this.#stopNotifies = this.#context.core.takeNotifies(
      { callId: this.#callId, fromTag: this.#localTag, event: this.#options.event },
      { onNotify: (request) => this.#onNotify(request), dispose: () => clearTimeout(this.#timer) },
    );
  }

  #drop(): void {
    this.#attempt += 1;
    this.#abandonRequest();
    this.#dialog = undefined;
    this.#stopNotifies();
  }

  #abandonRequest(): void {
    if (this.#request !== undefined) this.#context.core.abandon(this.#request);
    this.#request = undefined;
  }

  async #send(expiresSeconds: number): Promise<void> {
    this.#attempt += 1;
    const attempt = this.#attempt;
    this.#abandonRequest();
    await this.#context.loadPassword();
    if (attempt !== this.#attempt) return;
    const { core, aor } = this.#context;
    const { target, event, accept } = this.#options;
    const dialog = this.#dialog;
    this.#cseq += 1;
    const message = core.makeOutgoingRequestMessage(
      'SUBSCRIBE',
      dialog?.target ?? target,
      aor,
      target,
      {
        callId: this.#callId,
        fromTag: this.#localTag,
        cseq: this.#cseq,
        ...(dialog === undefined ? {} : { toTag: dialog.remoteTag, routeSet: dialog.routeSet }),
      },
      [
        `Contact: ${core.configuration.contact.toString()}`,
        `Event: ${event}`,
        `Expires: ${expiresSeconds}`,
        `Accept: ${accept.join(', ')}`,
        `Allow: ${allowedMethods.join(', ')}`,
      ],
    );
    const finished = (handle: (response: IncomingResponseMessage) => void) => {
      return ({ message: response }: { message: IncomingResponseMessage }) => {
        // A challenge was answered with a request of its own number.
        this.#cseq = Math.max(this.#cseq, message.cseq);
        if (attempt !== this.#attempt) return;
        this.#request = undefined;
        handle(response);
      };
    };
    this.#request = core.request(message, {
      onAccept: finished((response) =>
        this.#dispatch({
          type: 'accepted',
          grantedSeconds: secondsOf(response, 'Expires') ?? expiresSeconds,
        }),
      ),
      onRedirect: finished((response) => this.#refused(response)),
      onReject: finished((response) => this.#refused(response)),
    });
  }

  #refused(response: IncomingResponseMessage): void {
    if (isOwn(response)) return this.#dispatch({ type: 'silent' });
    this.#dispatch({
      type: 'refused',
      status: response.statusCode ?? 0,
      reason: response.reasonPhrase ?? '',
      retryAfterSeconds: secondsOf(response, 'Retry-After'),
      minExpiresSeconds: secondsOf(response, 'Min-Expires'),
    });
  }

  /** RFC 6665 §4.1.3. The answer goes out first: what the body says must not hold up the notifier. */
  #onNotify(request: IncomingRequest): void {
    const { message } = request;
    const state = parseSubscriptionState(message.getHeader('Subscription-State'));
    if (state === undefined) return void request.reject({ statusCode: 400 });
    if (this.#dialog !== undefined) {
      if (message.fromTag !== this.#dialog.remoteTag) return void request.reject({ statusCode: 481 });
      // RFC 3261 §12.2.2: what was overtaken on the way is out of date.
      if (message.cseq <= this.#dialog.cseq) return void request.reject({ statusCode: 500 });
      this.#dialog.cseq = message.cseq;
    } else if (state.state !== 'terminated') {
      const dialog = dialogOf(message);
      if (dialog === undefined) return void request.reject({ statusCode: 400 });
      this.#dialog = dialog;
    }
    this.#followTarget(message);
    request.accept();
    const notification = notificationOf(message);
    if (notification.body !== '') this.#options.onNotify(notification);
    const { reason, expiresSeconds, retryAfterSeconds } = state;
    if (state.state === 'terminated') this.#dispatch({ type: 'terminated', reason, retryAfterSeconds });
    // States of extensions count as active (§4.1.3).
    else
      this.#dispatch({
        type: 'notified',
        state: state.state === 'pending' ? 'pending' : 'active',
        expiresSeconds,
      });
  }

  /** A NOTIFY is a target refresh request (§4.4.1, RFC 3261 §12.2.2). */
  #followTarget(message: IncomingRequestMessage): void {
    const contact: unknown = message.parseHeader('Contact');
    if (this.#dialog !== undefined && contact instanceof NameAddrHeader) this.#dialog.target = contact.uri;
  }
}

/** What a NOTIFY carries. */
export function notificationOf(message: IncomingRequestMessage): Notification {
  const type = withoutParameters(message.getHeader('Content-Type'));
  return { type, body: message.body ?? '' };
}

/** The dialog that a first NOTIFY makes; undefined when it names no way back. */
function dialogOf(message: IncomingRequestMessage): NotifierDialog | undefined {
  const contact: unknown = message.parseHeader('Contact');
  if (!(contact instanceof NameAddrHeader) || message.fromTag === '') return undefined;
  return {
    remoteTag: message.fromTag,
    target: contact.uri,
    routeSet: message.getHeaders('Record-Route'),
    cseq: message.cseq,
  };
}
