/**
 * A SipTransport over one link, with everything between whole messages and the layer above: normalising, Via, transactions,
 * routing, keepalives, and a second link for requests that are too large for a datagram.
 */
import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { PhoneFailure, toPhoneError } from '../../../contract/errors.ts';
import type { CertificateQuestion } from '../../../contract/snapshot.ts';
import type { Logger } from '../../log.ts';
import { UntrustedCertificate } from '../../net/untrusted-certificate.ts';
import type { Clock } from '../../net/clock.ts';
import { createDropLog } from './drop-log.ts';
import { createKeepalive } from './keepalive.ts';
import type { Link, LinkHandlers } from './link.ts';
import { findFault } from './malformed.ts';
import { readHead, type RequestHead, type ResponseHead } from './message-head.ts';
import { readMessage, readText, writeMessage, type SipMessage } from './message-text.ts';
import { normaliseMessage } from './normalise.ts';
import { writeResponse, type OwnStatus } from './response.ts';
import type { ResponseClass, TimerValues } from './retransmission.ts';
import { requestTarget, responseDestination } from './routing.ts';
import { createTransactionTable, type Route, type Transaction } from './transaction-table.ts';
import type { TransportAddress } from '../../net/transport-address.ts';
import type { SipTransport, SipTransportEvents } from './transport.ts';
import {
  magicCookie,
  seenAddress,
  stampSource,
  viaParameter,
  viaPlaceholder,
  withTopVia,
  withViaParameter,
  writeVia,
  type Via,
} from './via.ts';

export interface SipTransportParts {
  /** Makes the link that carries everything. */
  link: (handlers: LinkHandlers) => Link;
  /** Makes the stream for requests over 1300 bytes to a server reached by datagrams (RFC 3261 §18.1.1). */
  largeLink: ((handlers: LinkHandlers, remote: TransportAddress) => Link) | undefined;
  /** Requests go to the link's own peer; otherwise by Route or Request-URI. */
  fixedServer: boolean;
  keepaliveIntervalMs: number;
  timers: TimerValues;
  clock: Clock;
  log: Logger;
}

/** Largest request that may go as a datagram when the path's MTU is unknown, in bytes (RFC 3261 §18.1.1). */
const datagramBytesMax = 1300;
const clientTransactionsMax = 512;
const serverTransactionsMax = 2048;

const internal = (reason: string) => new PhoneFailure('internal', { reason });
const classOf = (status: number): ResponseClass =>
  status < 200 ? 'provisional' : status < 300 ? 'success' : 'failure';

export function createSipTransport(parts: SipTransportParts): SipTransport {
  const { clock, log } = parts;
  const listeners: { [E in keyof SipTransportEvents]: Set<SipTransportEvents[E]> } = {
    message: new Set(),
    disconnected: new Set(),
    publicAddress: new Set(),
  };
  const drops = createDropLog(clock, log);
  let large: Link | undefined;
  let largeRefused = false;
  let publicAddress: TransportAddress | undefined;
  let certificate: CertificateQuestion | null = null;
  let closed = false;

  const write = ({ link, destination }: Route, text: string) => link.write(text, destination);
  const repeat = (route: Route, text: string) => {
    write(route, text).catch((error: unknown) => log.debug(`repeat failed: ${toPhoneError(error).message}`));
  };
  const handUp = (text: string, source: TransportAddress) => {
    for (const listener of [...listeners.message]) {
      try {
        listener(text, source);
      } catch (error) {
        // What a stranger sends must not be able to end the process.
        log.error(`a message could not be handled: ${toPhoneError(error).message}`);
      }
    }
  };
  const own = (text: string, status: OwnStatus) => {
    const request = readText(text);
    return request === undefined ? '' : writeResponse(request, status);
  };

  const actions = {
    repeat,
    unanswered: ({ link }: Route) => link.suspect(),
    answerTrying: (transaction: Transaction) => {
      const message = readText(own(transaction.request, 100));
      if (message === undefined) return;
      const text = writeMessage(withTopVia(message, transaction.via));
      servers.step(transaction, { kind: 'answer', of: 'provisional' }, text);
      repeat(transaction.route, text);
    },
    deliverOwn: (transaction: Transaction, status: OwnStatus) => {
      const message = readText(own(transaction.request, status));
      if (message === undefined) return;
      handUp(writeMessage(withTopVia(message, transaction.via)), transaction.route.destination);
    },
  };
  const clients = createTransactionTable(clock, parts.timers, clientTransactionsMax, actions);
  /** By the branch as the layer above knows it, and method: `branch|INVITE`. */
  const servers = createTransactionTable(clock, parts.timers, serverTransactionsMax, actions);

  // ---- from the network ----

  const receive = (link: Link, bytes: Uint8Array, source: TransportAddress) => {
    if (isKeepalive(bytes)) return;
    const raw = readMessage(bytes);
    if (raw === undefined) return drops.note('not SIP');
    const message = normaliseMessage(raw, link.protocol === 'TLS' || link.protocol === 'WSS');
    const head = readHead(message);
    if (head === undefined) return drops.note('not SIP');
    if (head.via === undefined) return drops.note('no readable Via');
    if (head.kind === 'response') receiveResponse(link, message, head, head.via, source);
    else receiveRequest(link, message, head, head.via, source);
  };

  const receiveResponse = (
    link: Link,
    message: SipMessage,
    head: ResponseHead,
    via: Via,
    source: TransportAddress,
  ) => {
    const branch = viaParameter(via, 'branch') ?? '';
    const transaction = clients.find(`${branch}|${head.cseq?.method ?? ''}`);
    if (transaction === undefined) return drops.note('a response to no request of ours');
    if (message.truncated) return drops.note('a response shorter than its Content-Length');
    noteAddress(link, via);
    const { deliver } = clients.step(transaction, { kind: 'response', of: classOf(head.status) });
    if (deliver) handUp(writeMessage(withTopVia(message, transaction.via)), source);
  };

  const noteAddress = (link: Link, via: Via) => {
    const seen = seenAddress(via, link.local);
    const known = publicAddress ?? link.local;
    if (seen === undefined || link.protocol.startsWith('WS')) return;
    if (seen.address === known.address && seen.port === known.port) return;
    publicAddress = seen;
    for (const listener of [...listeners.publicAddress]) listener(seen);
  };

  const receiveRequest = (
    link: Link,
    message: SipMessage,
    head: RequestHead,
    via: Via,
    source: TransportAddress,
  ) => {
    const stamped = stampSource(via, source);
    const destination = link.reliable ? source : responseDestination(stamped);
    if (destination === undefined) return drops.note('a Via that cannot be answered');
    const fault = findFault(message, head);
    const identity = requestIdentity(head, via);
    const branch = branchFor(identity, via, head.method);
    const shown = withTopVia(message, writeVia(withViaParameter(stamped, 'branch', branch)));
    const text = writeMessage(shown);
    if (head.method === 'ACK') {
      const invite = servers.find(`${branch}|INVITE`);
      if (fault !== undefined) return drops.note(`a bad ACK: ${fault.because}`);
      if (invite === undefined || servers.step(invite, { kind: 'ack' }).deliver) handUp(text, source);
      return;
    }
    const key = `${branch}|${head.method}`;
    const known = servers.find(key);
    if (known !== undefined) return void servers.step(known, { kind: 'request-again' });
    const transaction = servers.begin(head.method === 'INVITE' ? 'invite-server' : 'server', {
      key,
      route: { link, destination },
      request: text,
      via: writeVia(stamped),
      identity,
    });
    if (fault === undefined) return handUp(text, source);
    log.debug(`answered ${head.method} with ${String(fault.status)} ${fault.because}`);
    const refusal = writeResponse(withTopVia(message, writeVia(stamped)), fault.status, fault.because);
    if (servers.step(transaction, { kind: 'answer', of: 'failure' }, refusal).transmit)
      repeat(transaction.route, refusal);
  };

  /**
   * The branch under which the layer above, which matches by branch alone, gets to see a request: the sender's, unless that is
   * missing, older than RFC 3261, or taken by another sender (§17.2.3).
   */
  const branchFor = (identity: string, via: Via, method: string): string => {
    const branch = viaParameter(via, 'branch') ?? '';
    const taken = [method, 'INVITE'].some((name) => {
      const other = servers.find(`${branch}|${name}`);
      return other !== undefined && other.identity !== identity;
    });
    if (branch.length > magicCookie.length && branch.startsWith(magicCookie) && !taken) return branch;
    return magicCookie + createHash('sha256').update(identity).digest('hex').slice(0, 32);
  };

  // ---- from the layer above ----

  const sendResponse = async (message: SipMessage, head: ResponseHead, via: Via) => {
    const transaction = servers.find(`${viaParameter(via, 'branch') ?? ''}|${head.cseq?.method ?? ''}`);
    if (transaction === undefined) {
      const destination = responseDestination(via);
      if (destination === undefined) throw internal('a response whose Via names no address');
      return write({ link, destination }, writeMessage(message));
    }
    const text = writeMessage(withTopVia(message, transaction.via));
    const { transmit } = servers.step(transaction, { kind: 'answer', of: classOf(head.status) }, text);
    if (transmit) await write(transaction.route, text);
  };

  const sendRequest = async (message: SipMessage, head: RequestHead, via: Via) => {
    const given = writeVia(via);
    const branch = viaParameter(via, 'branch') ?? '';
    const outgoing = (over: Link) => writeMessage(withTopVia(message, writeVia(fillVia(via, over))));
    const invite = clients.find(`${branch}|INVITE`);
    if (head.method === 'ACK') {
      const route = invite?.route ?? (await chooseRoute(message, head, outgoing));
      const text = outgoing(route.link);
      if (invite === undefined || clients.step(invite, { kind: 'ack-sent' }, text).transmit)
        await write(route, text);
      return;
    }
    const ofInvite = head.method === 'CANCEL' ? invite : undefined;
    const route = ofInvite?.route ?? (await chooseRoute(message, head, outgoing));
    const text = outgoing(route.link);
    if (ofInvite !== undefined) clients.step(ofInvite, { kind: 'cancel-sent' });
    const transaction = clients.begin(head.method === 'INVITE' ? 'invite-client' : 'client', {
      key: `${branch}|${head.method}`,
      route,
      request: text,
      via: given,
      identity: given,
    });
    try {
      await write(route, text);
    } catch (error) {
      clients.end(transaction);
      throw error;
    }
  };

  const fillVia = (via: Via, over: Link): Via =>
    via.host === viaPlaceholder ? { ...via, protocol: over.protocol, ...over.sentBy } : via;

  const chooseRoute = async (
    message: SipMessage,
    head: RequestHead,
    outgoing: (over: Link) => string,
  ): Promise<Route> => {
    if (!parts.fixedServer) {
      const target = requestTarget(message, head.requestUri);
      if (target === undefined || isIP(target.host) === 0)
        throw new PhoneFailure('server.dns', { server: target?.host ?? head.requestUri });
      return { link, destination: { address: target.host, port: target.port } };
    }
    const { remote } = link;
    if (remote === undefined) throw internal('the transport is not connected');
    if (!link.reliable && Buffer.byteLength(outgoing(link)) > datagramBytesMax) {
      const stream = await openLarge(remote);
      if (stream !== undefined) return { link: stream, destination: remote };
    }
    return { link, destination: remote };
  };

  /** The stream to the same server; undefined when it has none, which is remembered until the next `connect()`. */
  const openLarge = async (remote: TransportAddress): Promise<Link | undefined> => {
    if (parts.largeLink === undefined || largeRefused || closed) return undefined;
    large ??= parts.largeLink(
      handlersFor(() => large),
      remote,
    );
    if (large.connected) return large;
    try {
      await large.open();
      return large;
    } catch {
      log.info(`${remote.address} takes no TCP: large requests go over UDP`);
      largeRefused = true;
      return undefined;
    }
  };

  const handlersFor = (self: () => Link | undefined): LinkHandlers => ({
    bytes: (bytes, source) => {
      const from = self();
      if (from !== undefined && !closed) receive(from, bytes, source);
    },
    lost: (error) => {
      if (closed || self() !== link) return;
      log.info(error.message);
      for (const listener of [...listeners.disconnected]) listener(error);
    },
  });

  const link: Link = parts.link(handlersFor(() => link));
  const keepalive = createKeepalive(clock, parts.keepaliveIntervalMs, () => {
    link.ping();
    large?.ping();
  });

  return {
    get protocol() {
      return link.protocol;
    },
    get connected() {
      return !closed && link.connected;
    },
    get local() {
      return link.local;
    },
    get remote() {
      return parts.fixedServer ? link.remote : undefined;
    },
    async reconnect() {
      link.drop();
      large?.drop();
      publicAddress = undefined;
      await this.connect();
    },
    keepAliveEvery(seconds) {
      keepalive.change(seconds * 1000);
    },
    expectPongs() {
      link.expectPongs?.();
    },
    get certificate() {
      return certificate;
    },
    servers: link.servers ?? { moveOn: () => false, betterIsBack: () => Promise.resolve(false) },
    async connect() {
      if (closed) throw internal('the transport is closed');
      const before = link.local;
      await link.open().catch((thrown: unknown) => {
        certificate = thrown instanceof UntrustedCertificate ? thrown.question : null;
        throw thrown;
      });
      certificate = null;
      if (closed) throw internal('the transport is closed');
      if (before.address !== link.local.address || before.port !== link.local.port) publicAddress = undefined;
      if (large?.remote !== undefined && large.remote.address !== link.remote?.address) {
        void large.close();
        large = undefined;
      }
      largeRefused = false;
      keepalive.start();
    },
    async send(text) {
      const message = readText(text);
      const head = message === undefined ? undefined : readHead(message);
      if (closed || message === undefined || head?.via === undefined)
        throw internal(closed ? 'the transport is closed' : 'a message without start line or Via');
      if (head.kind === 'response') await sendResponse(message, head, head.via);
      else await sendRequest(message, head, head.via);
    },
    on(event, listener) {
      const set: Set<typeof listener> = listeners[event];
      set.add(listener);
      return () => set.delete(listener);
    },
    async close() {
      closed = true;
      keepalive.stop();
      clients.close();
      servers.close();
      await Promise.all([link.close(), large?.close()]);
    },
  };
}

/** Nothing but line ends: a keepalive or its answer (RFC 5626 §3.5.1), or an empty datagram. */
function isKeepalive(bytes: Uint8Array): boolean {
  return bytes.length <= 4 && bytes.every((byte) => byte === 0x0d || byte === 0x0a || byte === 0);
}

/**
 * What tells one sender's transaction from another's, method aside (RFC 3261 §17.2.3): branch and sent-by, or for older senders
 * the fields that §17.2.3 lists, without the To tag, which ACK has and INVITE has not.
 */
function requestIdentity(head: RequestHead, via: Via): string {
  const branch = viaParameter(via, 'branch') ?? '';
  const sentBy = `${via.host.toLowerCase()}:${String(via.port ?? '')}`;
  if (branch.startsWith(magicCookie) && branch.length > magicCookie.length) return `${branch}|${sentBy}`;
  const { requestUri, fromTag, callId, cseq } = head;
  return JSON.stringify([branch, sentBy, requestUri, fromTag, callId, cseq?.number]);
}
