/**
 * The INVITEs of one outgoing call: usually one, more when the server sends it elsewhere (redirection.ts) or does not know an
 * anonymous caller. They share the call's sound; only the last one counts.
 */
import { Grammar } from 'sip.js/lib/grammar/grammar.js';
import type { URI } from 'sip.js/lib/grammar/uri.js';
import { assertNever } from '../../contract/assert-never.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Party } from '../../contract/snapshot.ts';
import type { CallerShown } from './caller-privacy.ts';
import type { DialogName, DialogSignalling, OfferingDialog, SignallingContext } from './dialog-signalling.ts';
import { OutgoingInvite } from './outgoing-invite.ts';
import type { InviteRefusal, OutgoingInviteHandlers } from './outgoing-invite.ts';
import { writeReplaces } from './replaces.ts';
import type { Replaces } from './replaces.ts';
import { firstAttempt, isRedirection, redirectTargets, stepRedirection } from './redirection.ts';
import type { RedirectionEvent, RedirectionState } from './redirection.ts';

export interface CallAttemptsHandlers extends OutgoingInviteHandlers {
  /** The next INVITE is due ({@link CallAttempts.invite}), to this party when it is another one. */
  again: (to: Party | undefined) => void;
  /** The person is asked whom to call instead. */
  asked: (among: readonly Party[]) => void;
}

export interface CallAttemptsOptions {
  target: URI;
  anonymous: boolean;
  /** The dialog whose place the call takes (RFC 3891), and whom to call without that when it cannot be taken. */
  replaces: Replaces | undefined;
  otherwise: URI | undefined;
  redirects: () => Settings['calls']['redirects'];
}

/** A server that does not know an anonymous caller answers so; the person's own name may be known to it. */
const unknownCaller: readonly number[] = [401, 403, 407];

/** The place is gone or not given away (RFC 3891 §3). Not so when somebody has answered there in the meantime, who then is busy. */
const isPlaceRefused = (status: number) => status >= 400 && status < 500 && status !== 486 && status !== 487;

export class CallAttempts {
  /** Resolves when nothing of any INVITE is on the wire any more. */
  readonly released: Promise<void>;
  readonly #options: CallAttemptsOptions;
  readonly #handlers: CallAttemptsHandlers;
  readonly #context: SignallingContext;
  #release: () => void = () => undefined;
  #target: URI;
  #shown: CallerShown;
  #replaces: Replaces | undefined;
  #redirection: RedirectionState;
  #current: OutgoingInvite | undefined;
  /** Nothing of the current INVITE is on the wire any more. */
  #quiet = true;
  #refusal: InviteRefusal | undefined;

  constructor(options: CallAttemptsOptions, handlers: CallAttemptsHandlers, context: SignallingContext) {
    this.#options = options;
    this.#handlers = handlers;
    this.#context = context;
    this.#target = options.target;
    this.#shown = options.anonymous ? 'anonymous' : 'named';
    this.#replaces = options.replaces;
    this.#redirection = firstAttempt(options.target.toRaw());
    this.released = new Promise((resolve) => (this.#release = resolve));
  }

  /** The call's dialog, once it was answered. */
  get dialog(): DialogSignalling | undefined {
    return this.#current?.dialog;
  }

  /** The early dialogs of the phones that it rings. */
  get earlyDialogs(): readonly DialogName[] {
    return this.#current?.earlyDialogs ?? [];
  }

  /** The dialog of whoever rings, while offers can be made in it. */
  get offeringDialog(): OfferingDialog | undefined {
    return this.#current?.offeringDialog;
  }

  /** Sends the INVITE that is due: the first, or one that `again` asked for. */
  invite(offer: string): void {
    const invite = { target: this.#target, offer, shown: this.#shown };
    const replaces = this.#replaces === undefined ? [] : [`Replaces: ${writeReplaces(this.#replaces)}`];
    const handlers = {
      ...this.#handlers,
      sessionHeaders: () => [...replaces, ...this.#handlers.sessionHeaders()],
      refused: (refusal: InviteRefusal) => this.#onRefused(refusal),
    };
    const current = new OutgoingInvite(invite, handlers, this.#context);
    this.#current = current;
    this.#quiet = false;
    void current.released.then(() => {
      if (this.#current !== current) return;
      this.#quiet = true;
      this.#releaseWhenOver();
    });
  }

  /** The answer to `asked`. Changes nothing when nobody was asked. */
  choose(to: Party): void {
    this.#step({ type: 'chosen', to });
  }

  /** Gives up: cancels what rings, withdraws the question. */
  cancel(): void {
    if (this.#redirection.phase === 'asking') {
      this.#step({ type: 'withdrawn' });
    } else this.#current?.cancel();
  }

  /** An INVITE was sent. */
  get begun(): boolean {
    return this.#current !== undefined;
  }

  #releaseWhenOver(): void {
    if (this.#quiet && this.#redirection.phase !== 'asking') this.#release();
  }

  #onRefused(refusal: InviteRefusal): void {
    const { status, cause, contacts } = refusal;
    this.#refusal = refusal;
    if (this.#shown === 'anonymous' && unknownCaller.includes(status)) {
      this.#shown = 'confidential';
      this.#handlers.again(undefined);
      return;
    }
    const { otherwise } = this.#options;
    const placeRefused = this.#replaces !== undefined && cause === 'refused' && isPlaceRefused(status);
    if (placeRefused && otherwise !== undefined) {
      this.#replaces = undefined;
      this.#target = otherwise;
      this.#handlers.again(undefined);
      return;
    }
    if (cause === 'refused' && isRedirection(status)) {
      const { configuration, transport } = this.#context.core;
      const secure = transport.protocol === 'TLS' || transport.protocol === 'WSS';
      const to = redirectTargets(contacts, { domain: configuration.aor.host, secure });
      this.#step({ type: 'redirected', policy: this.#options.redirects(), to });
    } else this.#step({ type: 'refused', everywhere: status >= 600 || cause !== 'refused' });
  }

  #step(event: RedirectionEvent): void {
    const [state, effects] = stepRedirection(this.#redirection, event);
    this.#redirection = state;
    for (const effect of effects) {
      switch (effect.type) {
        case 'invite': {
          const target = Grammar.URIParse(effect.to.uri);
          if (target === undefined) return this.#step({ type: 'refused', everywhere: false });
          this.#target = target;
          this.#handlers.again(effect.to);
          break;
        }
        case 'ask':
          this.#handlers.asked(effect.among);
          break;
        case 'refuse':
          if (this.#refusal !== undefined) this.#handlers.refused(this.#refusal);
          break;
        default:
          return assertNever(effect);
      }
    }
    if (event.type === 'chosen' || event.type === 'withdrawn') this.#releaseWhenOver();
  }
}
