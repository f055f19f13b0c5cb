/**
 * The practice PBX's telephone exchange: takes requests from the one extension that there is, proves who sent them, and
 * connects its calls with services.
 */
import { randomInt } from 'node:crypto';
import type { IncomingInviteRequest } from 'sip.js/lib/core/messages/methods/invite.js';
import type { IncomingRequest } from 'sip.js/lib/core/messages/incoming-request.js';
import { URI } from 'sip.js/lib/grammar/uri.js';
import { Grammar } from 'sip.js/lib/grammar/grammar.js';
import { assertNever } from '../contract/assert-never.ts';
import { defaultSettings } from '../contract/settings.ts';
import type { Secret } from '../contract/secret.ts';
import type { Logger } from '../engine/log.ts';
import { formatMessageSummary, messageSummaryType } from '../engine/sip/message-summary.ts';
import type { ReferTarget } from '../engine/sip/refer.ts';
import type { Replaces } from '../engine/sip/replaces.ts';
import type { LocalDescription } from '../engine/sip/sdp/offer-answer.ts';
import { newTag, randomToken } from '../engine/sip/random-token.ts';
import type { SipTransport } from '../engine/sip/transport/transport.ts';
import { Authentication } from './authentication.ts';
import { busyLamp } from './busy-lamp.ts';
import { CallBack } from './call-back.ts';
import type { CallAudio } from './call-audio.ts';
import type { VoiceServices } from './conversation.ts';
import { findDestination, isAlwaysBusy, isExtension } from './dial-plan.ts';
import { IncomingCall } from './incoming-call.ts';
import { OutgoingCall } from './outgoing-call.ts';
import { MessageLight } from './message-light.ts';
import { type Document, Notifier } from './notifier.ts';
import { Registrar } from './registrar.ts';
import type { ScriptRunner } from './script-runner.ts';
import { PbxCore } from './pbx-core.ts';
import type { Services } from './services.ts';
import type { TransferOutcome } from './transfer.ts';

export interface ExchangeOptions {
  transport: SipTransport;
  user: string;
  password: Secret;
  services: Services;
  openAudio: (runner: ScriptRunner) => Promise<CallAudio>;
  /** Wall clock. */
  now: () => number;
  log: Logger;
}

/** It speaks without pauses: music and tones are as much to be heard as voices. */
const exchangeSettings = {
  ...defaultSettings,
  audio: { ...defaultSettings.audio, voice_activity_detection: false },
};
/** How long the operator lets a phone ring. */
const ringLimitMs = 30_000;
/** How long closing waits for answers to its BYEs. */
const farewellMs = 500;
const operatorNumber = '1001';
/** More calls at once are answered 486. */
const mostCalls = 20;
/** The domain of the practice extension, and the realm of its password. */
export const practiceRealm = 'practice';

interface OpenCall {
  close(): Promise<void>;
  abandon(): void;
  /** The extensions that it keeps busy. */
  readonly engaged: readonly string[];
  /** The call in it whose dialog a Replaces names. */
  named(replaces: Replaces): { close(): Promise<void> } | undefined;
}

export class Exchange {
  readonly #options: ExchangeOptions;
  readonly #core: PbxCore;
  readonly #authentication: Authentication;
  readonly #registrar: Registrar;
  readonly #light: MessageLight;
  readonly #notifier: Notifier;
  readonly #voice: VoiceServices;
  readonly #calls = new Set<OpenCall>();
  #closing: Promise<void> | undefined;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    const { transport, user, password, now, log, services } = options;
    this.#authentication = new Authentication({
      user,
      realm: practiceRealm,
      password,
      now,
      makeNonce: () => randomToken(16),
    });
    this.#registrar = new Registrar({ user, now });
    this.#core = new PbxCore({
      transport,
      log: log.child('sip'),
      delegate: {
        onRegister: (request) => {
          if (!this.#isAuthentic(request)) return;
          this.#registrar.receive(request);
          this.#light.tell();
        },
        onInvite: (request) => this.#receiveInvite(request),
        onSubscribe: (request) => {
          if (this.#isAuthentic(request)) this.#notifier.receive(request, numberOf(request));
        },
      },
    });
    this.#light = new MessageLight({
      core: this.#core,
      user,
      contacts: () => this.#registrar.contacts(),
      mailbox: () => services.mailbox(user),
    });
    this.#notifier = new Notifier({
      core: this.#core,
      events: ['message-summary', 'dialog'],
      documentOf: (event, extension) => this.#documentOf(event, extension),
      now,
    });
    this.#voice = {
      contactHeader: `Contact: ${this.#core.configuration.contact.toString()}`,
      samples: services.samples,
      now,
      scriptFor: (number, caller) => services.scriptFor(number, caller),
      transfer: (target) => this.#transferTo(target),
      perform: (effect) => {
        if (effect.type === 'call-back') this.#callBack(effect.to, effect.afterMs);
        else {
          services.perform(effect);
          if (this.#closing !== undefined) return;
          this.#light.update();
          this.#notifier.update();
        }
      },
    };
  }

  /** Ends all calls, telling their far sides, within a bounded time. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, farewellMs);
    });
    await Promise.race([Promise.all([...this.#calls].map((call) => call.close())), patience]);
    clearTimeout(timer);
    for (const call of [...this.#calls]) call.abandon();
    this.#core.dispose();
  }

  #receiveInvite(request: IncomingInviteRequest): void {
    if (!this.#isAuthentic(request)) return;
    const { services, user } = this.#options;
    const number = numberOf(request);
    const destination = findDestination(number);
    if (destination.kind === 'refused') {
      request.reject({ statusCode: destination.statusCode });
      return;
    }
    if (this.#closing !== undefined || this.#calls.size >= mostCalls) {
      request.reject({ statusCode: 486 });
      return;
    }
    const script = destination.kind === 'no-answer' ? undefined : services.scriptFor(number, user);
    const call = new IncomingCall({
      ...this.#common(),
      request,
      caller: user,
      name: destination.name,
      answer:
        script === undefined
          ? undefined
          : { script, afterMs: destination.kind === 'service' ? destination.ringMs : 200 },
      onEnded: (ended) => this.#over(ended),
    });
    this.#calls.add(call);
    this.#notifier.update();
  }

  /** How a transfer to there goes: to a number as a call to it does; into another call at once, and that one is over. */
  #transferTo({ uri, replaces }: ReferTarget): TransferOutcome {
    if (replaces !== undefined) {
      for (const call of this.#calls) {
        const named = call.named(replaces);
        if (named !== undefined) return { kind: 'answered', ringMs: 0, then: () => void named.close() };
      }
      return { kind: 'refused', statusCode: 481 };
    }
    const destination = findDestination(decodeUser(Grammar.URIParse(uri)?.user ?? ''));
    switch (destination.kind) {
      case 'service':
        return { kind: 'answered', ringMs: destination.ringMs };
      case 'message':
        return { kind: 'answered', ringMs: 0 };
      case 'no-answer':
        return { kind: 'no-answer', ringMs: ringLimitMs };
      case 'refused':
        return destination;
      default:
        return assertNever(destination);
    }
  }

  #over(call: OpenCall): void {
    this.#calls.delete(call);
    if (this.#closing === undefined) this.#notifier.update();
  }

  /** What somebody who watches an extension is told. */
  #documentOf(event: string, extension: string): Document | undefined {
    const { services, transport, user } = this.#options;
    const { address, port } = transport.local;
    if (event === 'message-summary') {
      const write = () => formatMessageSummary(services.mailbox(user), `sip:*97@${address}:${port}`);
      return extension === user ? { type: messageSummaryType, write } : undefined;
    }
    if (!isExtension(extension)) return undefined;
    const engaged = [...this.#calls].some((call) => call.engaged.includes(extension));
    return busyLamp(`sip:${extension}@${address}:${port}`, engaged || isAlwaysBusy(extension));
  }

  /** Answers 401 to a request that does not prove its sender (RFC 3261 §22.2). */
  #isAuthentic(request: IncomingRequest): boolean {
    const { message } = request;
    const verdict = this.#authentication.judge({
      method: message.method,
      uri: message.ruri?.toString() ?? '',
      body: message.body,
      authorizations: message.getHeaders('authorization'),
    });
    if (verdict.ok) return true;
    request.reject({ statusCode: 401, extraHeaders: [`WWW-Authenticate: ${verdict.challenge}`] });
    return false;
  }

  #callBack(to: string, afterMs: number): void {
    if (this.#closing !== undefined) return;
    const callBack = new CallBack({
      between: [operatorNumber, to],
      afterMs,
      onRinging: () => this.#notifier.update(),
      makeCalls: (events) => {
        const targets = to === this.#options.user ? this.#registrar.contacts() : [];
        if (targets.length === 0)
          this.#options.log.info(`the operator cannot call ${to} back: no phone is registered`);
        return targets.flatMap((target) => this.#makeCall(to, target, events) ?? []);
      },
      onEnded: (ended) => this.#over(ended),
    });
    this.#calls.add(callBack);
  }

  #makeCall(
    to: string,
    target: string,
    events: Pick<ConstructorParameters<typeof OutgoingCall>[0], 'onAnswered' | 'onEnded'>,
  ): OutgoingCall | undefined {
    const { services, transport } = this.#options;
    const requestUri = Grammar.URIParse(target);
    if (requestUri === undefined) return undefined;
    const operator = new URI('sip', operatorNumber, transport.local.address, transport.local.port);
    const callee = new URI('sip', to, transport.local.address, transport.local.port);
    return new OutgoingCall({
      ...this.#common(),
      ...events,
      callee: to,
      script: services.operatorCalling(),
      ringLimitMs,
      invite: (offer, delegate) =>
        this.#core.callFrom({ operator, name: 'Operator', callee, requestUri, offer, delegate }),
    });
  }

  #common() {
    const { openAudio, log } = this.#options;
    const sessionId = String(randomInt(1, 2 ** 47));
    return {
      services: this.#voice,
      openAudio,
      describe: (port: number): LocalDescription => ({
        sessionId,
        version: 1,
        address: this.#options.transport.local.address,
        port,
        settings: exchangeSettings,
        direction: 'sendrecv',
      }),
      log: log.child(`call-${newTag().slice(0, 6)}`),
    };
  }
}

/** The number that a request is for. */
function numberOf({ message }: IncomingRequest): string {
  return decodeUser(message.ruri?.user ?? '');
}

/** RFC 3261 §19.1.2: `#` and others come escaped in the user part. */
function decodeUser(user: string): string {
  try {
    return decodeURIComponent(user);
  } catch {
    return user;
  }
}
