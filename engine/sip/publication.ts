/** One published state on the wire (RFC 3903): drives publication-machine.ts with PUBLISH requests and one timer. */
import type { IncomingResponseMessage } from 'sip.js/lib/core/messages/incoming-response-message.js';
import type { OutgoingRequest } from 'sip.js/lib/core/messages/outgoing-request.js';
import type { URI } from 'sip.js/lib/grammar/uri.js';
import { assertNever } from '../../contract/assert-never.ts';
import type { Logger } from '../log.ts';
import { secondsOf } from './header-values.ts';
import { isOwn } from './message-guard.ts';
import { initialPublication, stepPublication } from './publication-machine.ts';
import type { PublicationEffect, PublicationEvent, PublicationState } from './publication-machine.ts';
import { randomFraction } from './random-token.ts';
import type { SipCore } from './sip-core.ts';

export interface PublicationOptions {
  /** Event package: `presence`. */
  event: string;
  contentType: string;
  /** The document as it is now. */
  document: (aor: string) => string;
  /** Seconds to ask for. */
  expiresSeconds?: number;
  onChanged?: (phase: PublicationState['phase']) => void;
}

export interface PublicationContext {
  core: SipCore;
  aor: URI;
  loadPassword: () => Promise<void>;
  log: Logger;
}

const defaultExpiresSeconds = 3600;

export class Publication {
  readonly #options: PublicationOptions;
  readonly #context: PublicationContext;
  #state: PublicationState;
  #request: OutgoingRequest | undefined;
  /** Tells a request of now from one that has been given up. */
  #attempt = 0;
  #timer: NodeJS.Timeout | undefined;
  #idle: (() => void)[] = [];

  constructor(options: PublicationOptions, context: PublicationContext) {
    this.#options = options;
    this.#context = context;
    this.#state = initialPublication(options.expiresSeconds ?? defaultExpiresSeconds);
  }

  get phase(): PublicationState['phase'] {
    return this.#state.phase;
  }

  /** The account is registered: publishes. */
  start(): void {
    this.#dispatch({ type: 'start' });
  }

  /** The server is out of reach: what it keeps expires by itself. */
  lost(): void {
    this.#dispatch({ type: 'lost' });
  }

  /** The document has changed. */
  changed(): void {
    this.#dispatch({ type: 'changed' });
  }

  /** Withdraws what is published; resolves when that is over, within 4 s. Idempotent. */
  async end(): Promise<void> {
    this.#dispatch({ type: 'stop' });
    if (this.#state.phase !== 'off') await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #dispatch(event: PublicationEvent): void {
    const before = this.#state;
    const [state, effects] = stepPublication(before, event, { fraction: randomFraction() });
    this.#state = state;
    for (const effect of effects) this.#run(effect);
    if (state.phase === before.phase) return;
    this.#context.log.info(
      `${this.#options.event} published, ${event.type}: ${before.phase} → ${state.phase}`,
    );
    if (state.phase === 'off') for (const resolve of this.#idle.splice(0)) resolve();
    this.#options.onChanged?.(state.phase);
  }

  #run(effect: PublicationEffect): void {
    switch (effect.type) {
      case 'send':
        void this.#send(effect);
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

  #drop(): void {
    this.#attempt += 1;
    if (this.#request !== undefined) this.#context.core.abandon(this.#request);
    this.#request = undefined;
  }

  async #send({ tag, body, expiresSeconds }: Extract<PublicationEffect, { type: 'send' }>): Promise<void> {
    this.#drop();
    const attempt = this.#attempt;
    await this.#context.loadPassword();
    if (attempt !== this.#attempt) return;
    const { core, aor } = this.#context;
    const { event, contentType, document } = this.#options;
    const content = body ? document(aor.toRaw()) : undefined;
    const message = core.makeOutgoingRequestMessage(
      'PUBLISH',
      aor,
      aor,
      aor,
      {},
      [`Event: ${event}`, `Expires: ${expiresSeconds}`, ...(tag === null ? [] : [`SIP-If-Match: ${tag}`])],
      content === undefined ? undefined : { contentDisposition: 'render', contentType, content },
    );
    const finished = (handle: (response: IncomingResponseMessage) => void) => {
      return ({ message: response }: { message: IncomingResponseMessage }) => {
        if (attempt !== this.#attempt) return;
        this.#request = undefined;
        handle(response);
      };
    };
    this.#request = core.request(message, {
      onAccept: finished((response) => this.#accepted(response, expiresSeconds)),
      onRedirect: finished((response) => this.#refused(response)),
      onReject: finished((response) => this.#refused(response)),
    });
  }

  #accepted(response: IncomingResponseMessage, askedSeconds: number): void {
    const tag = response.getHeader('SIP-ETag')?.trim() ?? '';
    const grantedSeconds = secondsOf(response, 'Expires') ?? askedSeconds;
    // A server that gives no tag keeps nothing that could be refreshed (§11.3.1 obliges it to).
    if (tag === '' && this.#state.phase === 'publishing')
      return this.#dispatch({
        type: 'refused',
        status: 501,
        retryAfterSeconds: undefined,
        minExpiresSeconds: undefined,
      });
    this.#dispatch({ type: 'accepted', tag, grantedSeconds });
  }

  #refused(response: IncomingResponseMessage): void {
    if (isOwn(response)) return this.#dispatch({ type: 'silent' });
    this.#dispatch({
      type: 'refused',
      status: response.statusCode ?? 0,
      retryAfterSeconds: secondsOf(response, 'Retry-After'),
      minExpiresSeconds: secondsOf(response, 'Min-Expires'),
    });
  }
}
