/**
 * What happens to a packet between the session that makes it and the wire, and the other way round: nothing, or SRTP (srtp.ts). One
 * object protects one session in both directions. What it refuses is dropped by the session, which counts it.
 */
import { bad, good, type Result } from '../result.ts';

/**
 * `short`: no room for a header and a tag. `unauthentic`: the tag does not fit the packet. `replayed`: had before, or too old to tell.
 * `sealed`: there are no keys yet. `worn`: the key has protected all the packets that it may.
 */
export type ProtectionProblem = 'short' | 'unauthentic' | 'replayed' | 'sealed' | 'worn';
export type Protected = Result<Buffer, ProtectionProblem>;

/** Packets in, packets out; the packet that is given is left as it is. */
export interface PacketProtection {
  /** A whole RTP packet, for the wire. */
  protectRtp(packet: Buffer): Protected;
  /** A whole compound RTCP packet, for the wire. */
  protectRtcp(packet: Buffer): Protected;
  /** What came as RTP, as the far side's session made it. */
  unprotectRtp(packet: Buffer): Protected;
  /** What came as RTCP, as the far side's session made it. */
  unprotectRtcp(packet: Buffer): Protected;
}

/** Packets travel as they are. */
export const plain: PacketProtection = {
  protectRtp: good,
  protectRtcp: good,
  unprotectRtp: good,
  unprotectRtcp: good,
};

const refuse = () => bad('sealed' as const);

/** Nothing passes: encryption is wanted and its keys are not there. */
export const sealed: PacketProtection = {
  protectRtp: refuse,
  protectRtcp: refuse,
  unprotectRtp: refuse,
  unprotectRtcp: refuse,
};
