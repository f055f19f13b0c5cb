/**
 * The door between SIP's transaction users and the network (RFC 3261 §18). A transport carries whole messages as text and
 * hides what the network does to them: over UDP it retransmits requests and final responses and absorbs repeated ones
 * (retransmission.ts), over streams it frames (framing.ts); it stamps `received` and `rport` into the top Via of requests before
 * handing them on (RFC 3581 §4), fills the sent-by of our own Via, and routes responses by their top Via (§18.2.2).
 */
import type { TransportAddress } from '../../net/transport-address.ts';
import type { PhoneError } from '../../../contract/errors.ts';
import type { CertificateQuestion } from '../../../contract/snapshot.ts';
import type { Logger } from '../../log.ts';
import type { TlsTrust } from '../../net/tls.ts';

export type SipProtocol = 'UDP' | 'TCP' | 'TLS' | 'WS' | 'WSS';

export interface SipTransportEvents {
  /** A whole message that is new to the layers above. `source` is where it came from. */
  message: (text: string, source: TransportAddress) => void;
  /** The network under the transport broke (stream closed, socket error). Requests fail until `connect()` succeeds again. */
  disconnected: (error: PhoneError) => void;
  /** `received` and `rport` of our own Via in a response differ from what we knew: our address as the server sees it. */
  publicAddress: (seen: TransportAddress) => void;
}

/** A server that is in several places (RFC 3263 §4.3). */
export interface ServerChoice {
  /**
   * The present place is silent or refuses: the next `open()` tries another, and this one again after a while. False when there is no
   * other, and nothing changes.
   * @param retryAfterMs as the server asked (Retry-After); 0 when it did not
   */
  moveOn(retryAfterMs: number): boolean;
  /**
   * True when a place that DNS prefers to the present one answers again: after `drop()`, `open()` goes there. Never rejects.
   */
  betterIsBack(): Promise<boolean>;
}

export interface SipTransport {
  /** As written into Via (RFC 3261 §20.42). */
  readonly protocol: SipProtocol;
  readonly connected: boolean;
  /** The local endpoint of the socket; valid once connected. For WebSocket: the local end of its TCP connection. */
  readonly local: TransportAddress;
  /** Where requests go (the server), resolved; undefined for a transport that routes by Request-URI (a server). */
  readonly remote: TransportAddress | undefined;
  /** The server's certificate, while it is what kept the last `connect()` from succeeding. */
  readonly certificate: CertificateQuestion | null;
  /**
   * Resolves the server and opens sockets. Rejects with a PhoneFailure (`server.dns`, `server.refused`, `server.unreachable`,
   * `server.certificate`).
   * Nothing answers over UDP: a server that refuses shows a moment later as `disconnected`, once, and what was sent goes on being
   * repeated, so that the transport recovers by itself when the server is back. Idempotent while connected.
   */
  connect(): Promise<void>;
  /**
   * Lets go of the sockets and connects anew, by the route that the system has now: the network has changed, or the computer has
   * slept. Not while `connect()` is under way. Requests that wait for their answer go on over the new socket. Rejects as `connect`.
   */
  reconnect(): Promise<void>;
  /** Changes `keepaliveSeconds` from the next keepalive on. */
  keepAliveEvery(seconds: number): void;
  /** The server has agreed to answer keepalives: a stream over which it no longer does is broken (RFC 5626 §4.4.1). */
  expectPongs(): void;
  /** Where else the server may be. */
  readonly servers: ServerChoice;
  /** Sends a request or response. Resolves once it was handed to the network; rejects with a PhoneFailure. */
  send(message: string): Promise<void>;
  on<E extends keyof SipTransportEvents>(event: E, listener: SipTransportEvents[E]): () => void;
  /** Closes sockets and ends timers. Idempotent. */
  close(): Promise<void>;
}

export interface SipTransportOptions {
  /** `auto`: as DNS says (RFC 3263 §4.1). */
  protocol: SipProtocol | 'auto';
  /**
   * `server`: every request goes to this server (an outbound proxy or registrar), whatever its Request-URI. Without a port its SRV
   * records count (RFC 3263 §4.2).
   * `request-uri`: requests are routed by topmost Route or Request-URI, literal addresses only (the practice PBX).
   */
  nextHop: { kind: 'server'; host: string; port: number | undefined } | { kind: 'request-uri' };
  /** WebSocket URI, for WS and WSS. */
  webSocketUri?: string;
  /** Which certificates are good enough, for TLS and WSS; the server's name and the system's authorities when absent. */
  tls?: Partial<TlsTrust>;
  /** Local address to bind; the system's choice towards the server when absent. */
  localAddress?: string;
  /** Local port to bind; any when absent. */
  localPort?: number;
  /** Seconds between keepalives (UDP: CRLF CRLF or an empty datagram; streams: RFC 5626 §3.5.1 double CRLF). 0 sends none. */
  keepaliveSeconds: number;
  log: Logger;
}
