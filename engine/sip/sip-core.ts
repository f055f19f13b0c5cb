/**
 * sip.js's core, made fit for this phone: the transaction users, dialogs and messages are sip.js's; identifiers, authentication,
 * the methods that we take and the reading of hostile input are ours.
 *
 *   transport ─ text ─► reduceChallenges ─► sip.js parser ─► our checks ─► sip.js core ─► delegate (user-agent.ts)
 *
 * Randomness: Call-ID, tags, cnonces and the branches of transactions and ACKs come from crypto here; what sip.js draws in their
 * place is thrown away before it is sent. What it still sends is the Retry-After of a 500 to overlapping re-INVITEs, which nobody
 * needs to guess.
 */
import type { Dialog } from 'sip.js/lib/core/dialogs/dialog.js';
import { SessionDialog } from 'sip.js/lib/core/dialogs/session-dialog.js';
import { ClientTransaction } from 'sip.js/lib/core/transactions/client-transaction.js';
import { OutgoingRequestMessage } from 'sip.js/lib/core/messages/outgoing-request-message.js';
import type { OutgoingRequest } from 'sip.js/lib/core/messages/outgoing-request.js';
import type { OutgoingRequestMessageOptions } from 'sip.js/lib/core/messages/outgoing-request-message.js';
import type { Body } from 'sip.js/lib/core/messages/body.js';
import type { IncomingRequest } from 'sip.js/lib/core/messages/incoming-request.js';
import { IncomingRequestMessage } from 'sip.js/lib/core/messages/incoming-request-message.js';
import type { ResponseOptions } from 'sip.js/lib/core/messages/outgoing-response.js';
import { Parser } from 'sip.js/lib/core/messages/parser.js';
import { LoggerFactory } from 'sip.js/lib/core/log/logger-factory.js';
import { Levels } from 'sip.js/lib/core/log/levels.js';
import type { NonInviteServerTransaction } from 'sip.js/lib/core/transactions/non-invite-server-transaction.js';
import { TransportError } from 'sip.js/lib/core/exceptions/transport-error.js';
import { TransactionState } from 'sip.js/lib/core/transactions/transaction-state.js';
import { UserAgentCore } from 'sip.js/lib/core/user-agent-core/user-agent-core.js';
import type { Contact } from 'sip.js/lib/core/user-agent-core/user-agent-core-configuration.js';
import { UserAgentServer } from 'sip.js/lib/core/user-agents/user-agent-server.js';
import type { UserAgentCoreDelegate } from 'sip.js/lib/core/user-agent-core/user-agent-core-delegate.js';
import type { DigestAuthentication } from 'sip.js/lib/core/messages/digest-authentication.js';
import type { URI } from 'sip.js/lib/grammar/uri.js';
import { toPhoneError } from '../../contract/errors.ts';
import type { Logger } from '../log.ts';
import type { AuthorizationHeader, Credentials } from './credentials.ts';
import { countRequest, UpdateServer } from './dialog-request.ts';
import type { DigestChallenge } from './digest.ts';
import { listOf } from './header-values.ts';
import type { InfoTaken } from './info-message.ts';
import {
  answerUnreadable,
  completeContact,
  faultOfRequest,
  isUsableResponse,
  readableBindings,
  reduceChallenges,
} from './message-guard.ts';
import { readPlainFormsFirst } from './plain-grammar.ts';
import { newBranch, newCallId, newTag } from './random-token.ts';
import { viaPlaceholder } from './transport/via.ts';
import type { SipTransport } from './transport/transport.ts';

/** The methods that this phone takes; everything else is answered 405 (RFC 3261 §8.2.1). */
export const allowedMethods = [
  ...['INVITE', 'ACK', 'CANCEL', 'BYE', 'OPTIONS', 'INFO', 'NOTIFY', 'PRACK', 'UPDATE', 'REFER', 'MESSAGE'],
] as const;
/** The extensions that this phone understands (RFC 3261 §19.2): Supported, and what a Require may ask for. */
export const supportedTags = ['100rel', 'timer', 'replaces', 'norefersub', 'outbound', 'gruu'] as const;
export const acceptedBodies = ['application/sdp', 'application/dtmf-relay', 'application/dtmf'] as const;

export interface SipCoreOptions {
  aor: URI;
  contact: Contact;
  displayName: string;
  userAgentName: string;
  forceRport: boolean;
  transport: SipTransport;
  credentials: Credentials;
  delegate: UserAgentCoreDelegate;
  /** Every message as it goes out or comes in, secrets and all. */
  onMessage?: (direction: 'sent' | 'received', text: string) => void;
  log: Logger;
  /** Route values of every request outside a dialog: the outbound proxy. */
  route?: readonly string[];
  /** What is taken beside, or instead of, a phone's `allowedMethods`. */
  methods?: readonly string[];
  /** The option tags that a Require may ask for, instead of a phone's `supportedTags`. */
  tags?: readonly string[];
  /** Info Packages that are taken (RFC 6086), and the types of their bodies; none when absent. */
  info?: InfoTaken;
}

/**
 * sip.js draws the To tags of its answers outside dialogs from Math.random when a request's server comes to be; nothing has
 * carried them by then.
 */
function replaceToTags(): void {
  const servers = UserAgentServer.prototype as unknown as {
    message: IncomingRequestMessage;
    toTag: string;
    init(): void;
  };
  const { init } = servers;
  if (init.name === 'initWithOwnTag') return;
  servers.init = function initWithOwnTag() {
    if (!this.message.toTag) this.toTag = newTag();
    init.call(this);
  };
}

/**
 * sip.js draws the branches of its transactions from ten million numbers of Math.random; a softphone with a long life meets
 * one twice. `makeId` is its only source for transactions; an ACK to a 2xx, which is no transaction, gets its branch in
 * `setViaHeader`.
 */
function replaceBranches(): void {
  const transactions = ClientTransaction as unknown as { makeId(request: OutgoingRequestMessage): string };
  transactions.makeId = (request) =>
    request.method === 'CANCEL' && request.branch !== undefined ? request.branch : newBranch();
  const { setViaHeader } = OutgoingRequestMessage.prototype;
  if (setViaHeader.name === 'setViaHeaderWithOwnBranch') return;
  OutgoingRequestMessage.prototype.setViaHeader = function setViaHeaderWithOwnBranch(branch, transport) {
    setViaHeader.call(this, this.method === 'ACK' ? newBranch() : branch, transport);
  };
}

/** What sip.js keeps of a request of ours. */
interface PendingRequest {
  message: OutgoingRequestMessage;
  transaction: { state: TransactionState; onTransportError(error: TransportError): void };
}

const waiting: ReadonlySet<TransactionState> = new Set([
  TransactionState.Calling,
  TransactionState.Trying,
  TransactionState.Proceeding,
]);

function makeLoggerFactory(log: Logger): LoggerFactory {
  const factory = new LoggerFactory();
  factory.builtinEnabled = false;
  factory.level = Levels.debug;
  factory.connector = (_level, category, _label, content) => log.debug(`${category}: ${content}`);
  return factory;
}

export class SipCore extends UserAgentCore {
  readonly #transport: SipTransport;
  readonly #credentials: Credentials;
  readonly #log: Logger;
  readonly #onMessage: NonNullable<SipCoreOptions['onMessage']>;
  readonly #methods: readonly string[];
  readonly #tags: readonly string[];
  readonly #allowHeader: string;
  /** Route values of a REGISTER; other requests outside a dialog also follow the Service-Route. */
  readonly #route: readonly string[];
  /** INFOs that are taken. */
  readonly info: InfoTaken;
  /** Who answers UPDATE in a dialog. */
  readonly #updates = new WeakMap<Dialog, (request: UpdateServer) => void>();
  /** The challenge of the response being handled: sip.js's own reading of it is not used. */
  #challenge: DigestChallenge | undefined;
  #challengeHeader: AuthorizationHeader = 'authorization';

  constructor(options: SipCoreOptions) {
    const { transport, log, contact } = options;
    readPlainFormsFirst();
    replaceBranches();
    replaceToTags();
    super(
      {
        aor: options.aor,
        contact,
        displayName: options.displayName,
        loggerFactory: makeLoggerFactory(log),
        hackViaTcp: false,
        routeSet: [...(options.route ?? [])],
        sipjsId: '',
        supportedOptionTags: [],
        supportedOptionTagsResponse: [...(options.tags ?? supportedTags)],
        userAgentHeaderFieldValue: options.userAgentName,
        viaForceRport: options.forceRport,
        viaHost: viaPlaceholder,
        authenticationFactory: () => this.#makeAuthentication(),
        transportAccessor: () => ({
          protocol: transport.protocol,
          send: (message: string) => this.#send(message),
        }),
      },
      options.delegate,
    );
    this.#transport = transport;
    this.#credentials = options.credentials;
    this.#log = log;
    this.#onMessage = options.onMessage ?? (() => undefined);
    this.#methods = options.methods ?? allowedMethods;
    this.#tags = options.tags ?? supportedTags;
    this.info = {
      packages: options.info?.packages ?? [],
      bodies: [...acceptedBodies, ...(options.info?.bodies ?? [])],
    };
    this.#route = options.route ?? [];
    this.#allowHeader = `Allow: ${this.#methods.join(', ')}`;
  }

  /**
   * Takes a message from the transport. Never throws.
   * @param fromServer it came from the account's own server, which may name this phone as it likes: sip.js would answer 404 to a
   *   Request-URI with another user, which PBXs write that know a line by its dialled number
   */
  receive(text: string, fromServer = false): void {
    this.#log.debug(`received\n${text}`);
    this.#onMessage('received', text);
    try {
      const reduced = reduceChallenges(readableBindings(completeContact(text)));
      const message = this.#parse(reduced.text);
      if (message === undefined) {
        this.#replyByHand(text);
      } else if (message instanceof IncomingRequestMessage) {
        if (fromServer && message.ruri !== undefined) message.ruri.user = this.configuration.aor.user;
        this.#receiveRequest(message, text);
      } else if (isUsableResponse(message)) {
        this.#challenge = reduced.challenge;
        this.#challengeHeader = message.statusCode === 407 ? 'proxy-authorization' : 'authorization';
        this.receiveIncomingResponseFromTransport(message);
      }
    } catch (thrown) {
      this.#log.warn(`a message could not be handled and is dropped: ${toPhoneError(thrown).message}`);
    }
  }

  override makeOutgoingRequestMessage(
    method: string,
    requestUri: URI,
    fromUri: URI,
    toUri: URI,
    options: OutgoingRequestMessageOptions,
    extraHeaders?: string[],
    body?: Body,
  ): OutgoingRequestMessage {
    const message = super.makeOutgoingRequestMessage(
      method,
      requestUri,
      fromUri,
      toUri,
      {
        fromTag: newTag(),
        callId: newCallId(),
        optionTags: this.#optionTagsOf(method),
        ...(method === 'REGISTER' ? { routeSet: [...this.#route] } : {}),
        ...options,
      },
      extraHeaders,
      body,
    );
    if (method !== 'ACK' && method !== 'CANCEL') this.#anticipateChallenges(message, body?.content);
    return message;
  }

  /** What we support is said where it decides something: in requests that make or refresh a session. */
  #optionTagsOf(method: string): string[] {
    return method === 'INVITE' || method === 'UPDATE' ? [...this.#tags] : [];
  }

  /** UPDATEs in this dialog go to `take`, which answers each at once (RFC 3311 §5.2). */
  takeUpdates(dialog: Dialog, take: (request: UpdateServer) => void): void {
    this.#updates.set(dialog, take);
  }

  /**
   * NOTIFYs of this subscription of ours go to `onNotify`, also before its dialog stands: sip.js looks there first. `dispose` is called
   * by `reset()`. Returns the function that ends it.
   */
  takeNotifies(
    { callId, fromTag, event }: { callId: string; fromTag: string; event: string },
    subscriber: { onNotify(request: IncomingRequest): void; dispose(): void },
  ): () => void {
    const subscribers = this.subscribers as unknown as Map<string, typeof subscriber>;
    const id = `${callId}${fromTag}${event}`;
    subscribers.set(id, subscriber);
    return () => subscribers.delete(id);
  }

  /**
   * The registrar's wish for the way of requests outside a dialog, REGISTER aside (RFC 3608 §5): the values of its Service-Route, none to
   * end it. The outbound proxy stays the first hop.
   */
  useServiceRoute(values: readonly string[]): void {
    const repeatsProxy = values[0] !== undefined && values[0] === this.#route[0];
    this.configuration.routeSet = [...(repeatsProxy ? [] : this.#route), ...values];
  }

  /** Ends a request of ours without waiting for its answer, and forgets it. */
  abandon(request: OutgoingRequest): void {
    request.dispose();
    for (const [key, client] of this.userAgentClients) {
      if ((client as OutgoingRequest) === request) this.userAgentClients.delete(key);
    }
  }

  /**
   * The connection broke: requests that wait for an answer will get none (RFC 3261 §17.1.4), and their senders are told so at once, by
   * a 503 of our own making. An INVITE that sets up a call is its call's to give up: a CANCEL may still have to follow it.
   */
  failPending(): void {
    for (const client of [...this.userAgentClients.values()] as unknown as PendingRequest[]) {
      const { message, transaction } = client;
      if (message.method === 'INVITE' && message.toTag === undefined) continue;
      if (waiting.has(transaction.state)) transaction.onTransportError(new TransportError('connection lost'));
    }
  }

  override replyStateless(message: IncomingRequestMessage, options: ResponseOptions) {
    return super.replyStateless(message, { toTag: newTag(), ...options });
  }

  #parse(text: string) {
    const logger = this.loggerFactory.getLogger('sip.parser');
    try {
      return Parser.parseMessage(text, logger);
    } catch {
      return undefined;
    }
  }

  #receiveRequest(message: IncomingRequestMessage, text: string): void {
    const fault = faultOfRequest(message, text);
    if (fault !== undefined) return this.#replyByHand(text);
    const { method } = message;
    if (!this.#methods.includes(method)) {
      this.replyStateless(message, { statusCode: 405, extraHeaders: [this.#allowHeader] });
      return;
    }
    const unsupported = listOf(message.getHeaders('Require')).filter((tag) => !this.#tags.includes(tag));
    if (unsupported.length > 0 && method !== 'ACK' && method !== 'CANCEL') {
      const extraHeaders = [`Unsupported: ${unsupported.join(', ')}`];
      this.replyStateless(message, { statusCode: 420, extraHeaders });
      return;
    }
    if (method === 'OPTIONS') {
      const acceptHeader = `Accept: ${this.info.bodies.join(', ')}`;
      this.replyStateless(message, { statusCode: 200, extraHeaders: [this.#allowHeader, acceptHeader] });
      return;
    }
    try {
      if (method === 'UPDATE') this.#receiveUpdate(message);
      else this.receiveIncomingRequestFromTransport(message);
    } catch (thrown) {
      this.#log.warn(`a ${method} could not be handled: ${toPhoneError(thrown).message}`);
      if (method !== 'ACK') this.replyStateless(message, { statusCode: 400 });
    }
  }

  /** sip.js knows no UPDATE (RFC 3311): its transaction and its place in the dialog's sequence are seen to here. */
  #receiveUpdate(message: IncomingRequestMessage): void {
    const known = this.userAgentServers.get(message.viaBranch);
    if (known !== undefined) {
      (known.transaction as NonInviteServerTransaction).receiveRequest(message);
      return;
    }
    const dialog = this.dialogs.get(message.callId + message.toTag + message.fromTag);
    const take = dialog === undefined ? undefined : this.#updates.get(dialog);
    if (!(dialog instanceof SessionDialog) || take === undefined) {
      this.replyStateless(message, { statusCode: 481 });
      return;
    }
    if (countRequest(dialog, message)) take(new UpdateServer(this, message));
  }

  #replyByHand(text: string): void {
    const answer = answerUnreadable(text);
    if (answer === undefined) return;
    this.#send(answer).catch((error: Error) => this.#log.debug(`no answer could be sent: ${error.message}`));
  }

  /** sip.js names methods of its own in the Allow header of its responses: ours replace them. */
  #send(text: string): Promise<void> {
    const end = text.indexOf('\r\n\r\n');
    const head = text.slice(0, end).replace(/\r\nAllow: .*/, `\r\n${this.#allowHeader}`);
    this.#log.debug(`sent\n${head}${text.slice(end)}`);
    this.#onMessage('sent', head + text.slice(end));
    return this.#transport.send(head + text.slice(end)).catch((thrown: unknown) => {
      throw new TransportError(toPhoneError(thrown).message);
    });
  }

  #anticipateChallenges(message: OutgoingRequestMessage, body: string | undefined): void {
    const request = { method: message.method, uri: message.ruri.toRaw(), body };
    for (const header of ['authorization', 'proxy-authorization'] as const) {
      const values = this.#credentials.anticipate(header, request);
      if (values.length > 0) message.setHeader(header, values);
    }
  }

  /** What sip.js asks for when a request was challenged; it calls `authenticate` and then `toString`. */
  #makeAuthentication(): DigestAuthentication | undefined {
    if (!this.#credentials.hasPassword) return undefined;
    let value = '';
    const authentication = {
      authenticate: (request: OutgoingRequestMessage): boolean => {
        if (this.#challenge === undefined) return false;
        const body = typeof request.body === 'string' ? request.body : request.body?.body;
        const asked = { method: request.method, uri: request.ruri.toRaw(), body };
        value = this.#credentials.answer(this.#challengeHeader, this.#challenge, asked) ?? '';
        return value !== '';
      },
      toString: () => value,
    };
    return authentication as unknown as DigestAuthentication;
  }
}
