/** What an RTP peer and its thread say to each other. */

export interface ReceivedPacket {
  /** By {@link peerClockMs}, taken as soon as the packet is read from the socket. */
  arrivalMs: number;
  marker: boolean;
  payloadType: number;
  sequenceNumber: number;
  timestamp: number;
  ssrc: number;
  payload: Uint8Array;
}

export interface RtpPeerReport {
  /** All packets since the peer was opened, in the order of their arrival. */
  received: ReceivedPacket[];
  sent: number;
  /** The longest that the peer itself was behind its own clock since the report before: more than a little means a busy machine. */
  worstLagMs: number;
}

export interface RtpPeerOptions {
  /** How much faster than this computer's its clock runs, in parts per million; 0 where nothing is said. */
  clockPpm?: number;
  /** How many received packets it keeps, the newest; all where nothing is said. */
  keptPackets?: number;
}

export type ToRtpPeerThread =
  | { type: 'send'; to: { address: string; port: number }; payloadType: number; codes: Uint8Array }
  | { type: 'report' }
  | { type: 'close' };

export type FromRtpPeerThread =
  { type: 'ready'; port: number; rtcpPort: number } | { type: 'report'; report: RtpPeerReport };

/** Monotonic milliseconds, the same in every thread of the process. */
export function peerClockMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
