/**
 * The way of one session's packets. RtpSession and what encrypts for it send and receive through this and know neither sockets nor
 * NATs; direct-path.ts goes between the addresses that SDP names, ice-path.ts finds the way by ICE.
 */
import type { MediaPathInfo } from '../../contract/snapshot.ts';
import type { IceDescription, LocalIce, RemoteIce } from '../nat/ice-description.ts';
import type { Component } from '../nat/ice-candidate.ts';
import type { TransportAddress } from '../net/transport-address.ts';

/** The far side as signalling names it. */
export interface PathRemote {
  address: string;
  /** Of RTP. */
  port: number;
  rtcpPort: number;
  /** RTP and RTCP share the RTP port (RFC 5761). */
  rtcpMux: boolean;
  /** Null where the far side speaks no ICE. */
  ice: RemoteIce | null;
}

/** What comes over a path, each protocol by itself. `from` is where it came from as far as that matters to who listens. */
export interface PathListener {
  rtp(datagram: Buffer, from: TransportAddress): void;
  rtcp(datagram: Buffer, from: TransportAddress): void;
}

export type PathEvent =
  /** The way is found, or another one is. */
  | { type: 'path'; path: MediaPathInfo }
  /** What SDP shall say of our side is another thing now. */
  | { type: 'local' }
  /** The way has ended (RFC 7675): nothing is sent until {@link MediaPath.move} and another exchange have found a new one. */
  | { type: 'lost' }
  /** No way leads to the far side. */
  | { type: 'failed' };

export interface MediaPath {
  /** Where packets are expected, for SDP; {@link move} changes it. */
  readonly localAddress: string;
  readonly localPort: number;
  /** Null without ICE. */
  readonly ice: LocalIce | null;
  /** Takes what comes from now on; there is one listener. */
  listen(listener: PathListener): void;
  /** Records of DTLS (RFC 5764 §5.1.2), which come and go beside RTP (component 1) and RTCP on a port of its own (2); there is one listener. */
  onDtls(listener: (datagram: Buffer, component: Component) => void): void;
  /** There is one listener. */
  onEvent(listener: (event: PathEvent) => void): void;
  /** Candidates of the far side that came after its description (RFC 8838). */
  addRemoteCandidates(ice: IceDescription): void;
  /** Names the far side; before the first call nothing is sent. Call again after a change. */
  setRemote(remote: PathRemote): void;
  /** True when a packet that is sent now leaves. `source`: where theirs come from (symmetric RTP), null while none came. */
  leads(source: TransportAddress | null): boolean;
  /** Sends one RTP packet; dropped while {@link leads} is false. */
  sendRtp(packet: Uint8Array, source: TransportAddress | null): void;
  /** Sends one RTCP packet; resolves when it has left or could not. */
  sendRtcp(packet: Uint8Array, source: TransportAddress | null): Promise<void>;
  sendDtls(record: Uint8Array, component: Component): void;
  /**
   * Moves to another address of this computer, with ICE also to the same one: it is restarted (RFC 8445 §9). What still comes to the old place is taken for a while. Rejects with
   * `media.ports-used-up` or the system's error; the path then stays as it is.
   */
  move(localAddress: string): Promise<void>;
  /** Frees the ports. Idempotent. */
  close(): Promise<void>;
}

/** After a move the far side learns of the new address within a round trip or two; so long the old one is still heard. */
export const handoverMs = 5_000;
