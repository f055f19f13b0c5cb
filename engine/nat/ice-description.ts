/** What the two sides of ICE tell each other, and what ours is asked to do. */

/** What ICE needs: servers with credentials that are ready for use, and the policy. */
export interface IceOptions {
  /** `stun:host:port`. */
  stunServers: readonly string[];
  turnServers: readonly { url: string; username: string; password: string }[];
  /** `relay`: no candidate but relayed ones is gathered, named or used. */
  policy: 'all' | 'relay';
  /** Authorities to trust for TURN over TLS beside the system's, PEM; may be empty. */
  authorities: string;
  /** Candidates are told as they are found (RFC 8838); else the session is opened when gathering is over, or has taken long enough. */
  trickle: boolean;
}

/** Our side of ICE as SDP writes it (RFC 8839). */
export interface IceDescription {
  ufrag: string;
  pwd: string;
  /** Values of a=candidate. */
  candidates: string[];
  /** No more candidates will come. */
  complete: boolean;
}

/** Our side, and what an answer names instead when the far side restarts ICE (RFC 8445 §9). */
export interface LocalIce extends IceDescription {
  spare: { ufrag: string; pwd: string };
}

/** The far side of ICE as its SDP said. */
export interface RemoteIce extends IceDescription {
  /** ufrag of our description that this one answers or was answered with. */
  ours: string;
  /** We control where roles do not stand yet: the offer is ours, or they are lite (RFC 8445 §6.1.1). */
  controlling: boolean;
  /** RFC 8445 §2.5: answers checks only. */
  lite: boolean;
  /** Both sides take candidates that are found later (RFC 8838). */
  trickles: boolean;
}
