/**
 * The practice PBX as a notifier (RFC 6665): whoever subscribes to a mailbox or an extension is told how it stands, at once and whenever
 * that changes, until he lets go or his time is over. Time is reckoned when there is something to tell, so that there is no timer.
 *
 *   SUBSCRIBE ──► 200, NOTIFY      (again: the same, for longer; with Expires 0: the last one)
 *   a change  ──► NOTIFY to everybody who watches it
 */
import type { IncomingRequestMessage } from 'sip.js/lib/core/messages/incoming-request-message.js';
import type { IncomingSubscribeRequest } from 'sip.js/lib/core/messages/methods/subscribe.js';
import { NameAddrHeader } from 'sip.js/lib/grammar/name-addr-header.js';
import { URI } from 'sip.js/lib/grammar/uri.js';
import { secondsOf, withoutParameters } from '../engine/sip/header-values.ts';
import { newTag } from '../engine/sip/random-token.ts';
import type { PbxCore } from './pbx-core.ts';

/** What a NOTIFY tells. */
export interface Document {
  type: string;
  /** Its text as the `version`-th of a subscription, from 0. */
  write: (version: number) => string;
}

export interface NotifierOptions {
  core: PbxCore;
  /** Event packages that can be subscribed to. */
  events: readonly string[];
  /** How it stands with an extension; undefined when there is nothing of the kind to watch. */
  documentOf: (event: string, extension: string) => Document | undefined;
  /** Wall clock. */
  now: () => number;
}

interface Watcher {
  event: string;
  extension: string;
  callId: string;
  localTag: string;
  remoteTag: string;
  contact: URI;
  expiresAtMs: number;
  cseq: number;
  version: number;
  /** The document as it was told last. */
  told: string;
}

/** Seconds for whoever asks for none, and the most that is granted. */
const longestSeconds = 3_600;
/** More than that are refused. */
const mostWatchers = 100;

export class Notifier {
  readonly #options: NotifierOptions;
  /** By Call-ID, the watcher's tag and event. */
  readonly #watchers = new Map<string, Watcher>();

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  /** Answers an authenticated SUBSCRIBE. `extension`: the user that it names. */
  receive(request: IncomingSubscribeRequest, extension: string): void {
    const { core, events, documentOf, now } = this.#options;
    const { message } = request;
    const event = withoutParameters(message.getHeader('Event'));
    if (!events.includes(event)) {
      request.reject({ statusCode: 489, extraHeaders: [`Allow-Events: ${events.join(', ')}`] });
      return;
    }
    this.#forgetExpired();
    const key = `${message.callId} ${message.fromTag} ${event}`;
    const known = this.#watchers.get(key);
    const contact = contactOf(message);
    if (contact === undefined) return void request.reject({ statusCode: 400 });
    if (known === undefined) {
      const statusCode = this.#refusalOf(message, documentOf(event, extension));
      if (statusCode !== undefined) return void request.reject({ statusCode });
    }
    const seconds = Math.min(secondsOf(message, 'Expires') ?? longestSeconds, longestSeconds);
    const expiresAtMs = now() + seconds * 1000;
    const { callId, fromTag: remoteTag } = message;
    const fresh = { event, extension, callId, remoteTag, localTag: newTag(), cseq: 0, version: 0, told: '' };
    const watcher: Watcher = { ...(known ?? fresh), contact, expiresAtMs };
    this.#watchers.set(key, watcher);
    const headers = [`Contact: ${core.configuration.contact.toString()}`, `Expires: ${seconds}`];
    request.accept({ statusCode: 200, toTag: watcher.localTag, extraHeaders: headers });
    this.#notify(watcher);
    if (seconds === 0) this.#watchers.delete(key);
  }

  /** Something may have changed: tells whoever watches it. */
  update(): void {
    this.#forgetExpired();
    for (const watcher of this.#watchers.values()) {
      const { event, extension, told } = watcher;
      if (this.#options.documentOf(event, extension)?.write(0) !== told) this.#notify(watcher);
    }
  }

  /** Why nobody new is taken. */
  #refusalOf({ toTag }: IncomingRequestMessage, document: Document | undefined): number | undefined {
    if (toTag) return 481;
    if (document === undefined) return 404;
    return this.#watchers.size >= mostWatchers ? 503 : undefined;
  }

  #forgetExpired(): void {
    const nowMs = this.#options.now();
    for (const [key, { expiresAtMs }] of this.#watchers) if (expiresAtMs <= nowMs) this.#watchers.delete(key);
  }

  #notify(watcher: Watcher): void {
    const { core, documentOf, now } = this.#options;
    const { event, extension, callId, localTag, remoteTag, contact, expiresAtMs } = watcher;
    const document = documentOf(event, extension);
    if (document === undefined) return;
    const seconds = Math.ceil((expiresAtMs - now()) / 1000);
    const { host, port } = core.configuration.contact.uri;
    watcher.cseq += 1;
    const message = core.makeOutgoingRequestMessage(
      'NOTIFY',
      contact,
      new URI('sip', extension, host, port),
      contact,
      { callId, fromTag: localTag, toTag: remoteTag, cseq: watcher.cseq },
      [
        `Contact: ${core.configuration.contact.toString()}`,
        `Event: ${event}`,
        `Subscription-State: ${seconds > 0 ? `active;expires=${seconds}` : 'terminated;reason=timeout'}`,
      ],
      { contentDisposition: 'render', contentType: document.type, content: document.write(watcher.version) },
    );
    watcher.told = document.write(0);
    watcher.version += 1;
    core.request(message);
  }
}

function contactOf(message: IncomingRequestMessage): URI | undefined {
  const contact: unknown = message.hasHeader('Contact') ? message.parseHeader('Contact') : undefined;
  return contact instanceof NameAddrHeader ? contact.uri : undefined;
}
