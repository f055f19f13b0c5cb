/** A socket as the transport sees it: whole messages in, whole messages out, and news of its health. */
import type { PhoneError } from '../../../contract/errors.ts';
import type { TransportAddress } from '../../net/transport-address.ts';
import type { ServerChoice, SipProtocol } from './transport.ts';

export interface Link {
  readonly protocol: SipProtocol;
  /** A stream: what is written arrives or the link is lost. */
  readonly reliable: boolean;
  readonly connected: boolean;
  /** Local end; port 0 before `open()`. */
  readonly local: TransportAddress;
  /** The peer that `open()` chose; undefined for a link without one. */
  readonly remote: TransportAddress | undefined;
  /** What we write as sent-by into our Via (RFC 3261 §18.1.1, RFC 7118 §5.2). */
  readonly sentBy: { host: string; port: number | undefined };
  /** Opens or reopens. Rejects with a PhoneFailure. */
  open(): Promise<void>;
  /** Resolves once the system took the message; rejects with a PhoneFailure. */
  write(text: string, destination: TransportAddress): Promise<void>;
  /** Sends a keepalive; failures show as `lost`. */
  ping(): void;
  /** A request stays unanswered: finds out whether the peer refuses, where the socket alone would not tell. */
  suspect(): void;
  /** Lets go of the present socket without a word of `lost`: the next `open()` takes another, by the route of that moment. */
  drop(): void;
  /** The peer has agreed to answer pings (RFC 5626 §4.4.1): from here on, until the link is opened again, one without an answer ends it. */
  expectPongs?(): void;
  /** For a link whose server may be in several places. */
  readonly servers?: ServerChoice;
  /** Idempotent. */
  close(): Promise<void>;
}

export interface LinkHandlers {
  /** One datagram, or one framed message, of at most 64 KiB. */
  bytes: (bytes: Uint8Array, source: TransportAddress) => void;
  /** The peer or the network failed; once until it works again. */
  lost: (error: PhoneError) => void;
}

/** Largest message that is taken, in bytes: what one UDP datagram can hold. */
export const messageBytesMax = 65_535;
