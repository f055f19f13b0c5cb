/** What a user agent (user-agent.ts) is given to live in, and what it tells. */
import type { Secret } from '../../contract/secret.ts';
import type { AccountSettings, Settings } from '../../contract/settings.ts';
import type { Party } from '../../contract/snapshot.ts';
import type { Logger } from '../log.ts';
import type { IceOptions } from '../nat/ice-description.ts';
import type { MediaEngine } from '../media/media-engine.ts';
import type { TurnedAway } from './admission.ts';
import type { Call } from './call.ts';
import type { TraceEntry } from './message-trace.ts';
import type { Referral } from './referral.ts';
import type { RegistrationSnapshot } from './registration.ts';
import type { Clock } from '../net/clock.ts';
import type { SipTransport } from './transport/transport.ts';

export interface UserAgentOptions {
  account: {
    id: string;
    user: string;
    displayName: string;
    /** Calls go out without saying who calls (RFC 3323). */
    anonymous?: boolean;
    /** How sound is encrypted; `off` when absent. */
    mediaEncryption?: AccountSettings['media_encryption'];
    /** RTP and RTCP are offered on one port. */
    rtcpMux?: boolean;
    /** Candidates of ICE may follow a description (RFC 8838). */
    iceTrickle?: boolean;
    /** Host of the server, for error sentences. */
    server: string;
    domain: string;
    registerExpires: number;
    /** Route values of requests outside a dialog: the outbound proxy. */
    route?: readonly string[];
    /** Authentication user name when it is not `user`. */
    authUser?: string;
  };
  password: () => Promise<Secret | undefined>;
  transport: SipTransport;
  media: MediaEngine;
  settings: () => Settings;
  /** What a call that begins needs for ICE; undefined, or absent, where sound goes straight. */
  ice?: () => Promise<IceOptions | undefined>;
  log: Logger;
  /** As written into User-Agent. */
  userAgentName: string;
  now?: () => number;
  /** Runs the timers inside calls: back-off and session timers. */
  clock?: Clock;
  /** False for an account that only calls. */
  register?: boolean;
  /** This person is in a call, on whichever line; asked for each call that comes in. This line's calls alone when absent. */
  inCall?: () => boolean;
}

export interface UserAgentEvents {
  registration: (snapshot: RegistrationSnapshot) => void;
  /** A message went out or came in; told redacted. */
  message: (entry: TraceEntry) => void;
  /** A call that rings. Its offer has been looked at: it can be answered. */
  incoming: (call: Call) => void;
  /** The far side of a call sends the person elsewhere; `callReferred` follows it. */
  referred: (referral: Referral) => void;
  /** A call that was turned away before it rang. */
  turnedAway: (remote: Party, why: TurnedAway) => void;
  /** What the last change of the network has taken away is back. */
  restored: () => void;
  /** What is known about whether the PBX reaches this phone. */
  reachable: () => void;
}
