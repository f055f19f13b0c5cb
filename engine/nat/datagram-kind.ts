/** Which protocol a datagram is of, where several share a port. */

export type DatagramKind = 'stun' | 'dtls' | 'turn-channel' | 'rtp' | 'rtcp' | 'unknown';

/** Tells the protocols of one port apart by their first octets (RFC 7983 §7; RTCP by its packet types, RFC 5761 §4). */
export function kindOfDatagram(datagram: Uint8Array): DatagramKind {
  const first = datagram[0];
  const second = datagram[1];
  if (first === undefined || second === undefined) return 'unknown';
  if (first <= 3) return 'stun';
  if (first >= 20 && first <= 63) return 'dtls';
  if (first >= 64 && first <= 79) return 'turn-channel';
  if (first < 128 || first > 191) return 'unknown';
  return second >= 192 && second <= 223 ? 'rtcp' : 'rtp';
}
