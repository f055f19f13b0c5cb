/** RTP in a capture: the packets of each stream, and how evenly they were sent. Shares no code with the phone. */
import { nominalMs, pacingOf, type Pacing, type TimedPacket } from '../support/packet-pacing.ts';
import type { CapturedPacket } from './capture.ts';

export interface RtpPacketSeen extends TimedPacket {
  marker: boolean;
  payload: Buffer;
}

export interface RtpStream {
  source: CapturedPacket['source'];
  target: CapturedPacket['target'];
  packets: RtpPacketSeen[];
}

export interface StreamPacing extends Pacing {
  /** By how much the sender's clock goes faster (negative) or slower than ours, in millionths. */
  driftPpm: number;
}

const headerBytes = 12;
const ticksPerMs = 8;
/** A call has found its pace by then. */
const unsettledMs = 2_000;

/** RFC 3550 §5.1 without extensions; RTCP shares the version and is told by its types (RFC 5761 §4). */
function readRtp({ payload, atMs }: CapturedPacket): RtpPacketSeen | null {
  if (payload.length < headerBytes || payload.readUInt8(0) >> 6 !== 2) return null;
  const payloadType = payload.readUInt8(1) & 0x7f;
  if (payloadType >= 64 && payloadType <= 95) return null;
  return {
    arrivalMs: atMs,
    marker: (payload.readUInt8(1) & 0x80) !== 0,
    payloadType,
    sequenceNumber: payload.readUInt16BE(2),
    timestamp: payload.readUInt32BE(4),
    ssrc: payload.readUInt32BE(8),
    payload: payload.subarray(headerBytes + 4 * (payload.readUInt8(0) & 0x0f)),
  };
}

/** Streams that leave an address, the longest first. */
export function streamsFrom(address: string, packets: readonly CapturedPacket[]): RtpStream[] {
  const streams = new Map<string, RtpStream>();
  for (const packet of packets) {
    if (packet.source.address !== address) continue;
    const rtp = readRtp(packet);
    if (rtp === null) continue;
    const key = `${packet.source.port} ${packet.target.port} ${rtp.ssrc}`;
    const known = streams.get(key);
    if (known === undefined)
      streams.set(key, { source: packet.source, target: packet.target, packets: [rtp] });
    else known.packets.push(rtp);
  }
  return [...streams.values()].sort((one, other) => other.packets.length - one.packets.length);
}

function settled(stream: RtpStream, skipMs: number): RtpPacketSeen[] {
  const fromMs = (stream.packets[0]?.arrivalMs ?? 0) + skipMs;
  return stream.packets.filter(({ arrivalMs }) => arrivalMs >= fromMs);
}

/** Judges a stream of 20 ms packets after its first `skipMs`. */
export function streamPacing(stream: RtpStream, skipMs = unsettledMs): StreamPacing {
  const packets = settled(stream, skipMs);
  const [first, last] = [packets[0], packets.at(-1)];
  let driftPpm = NaN;
  if (first !== undefined && last !== undefined && last !== first) {
    const promisedMs = ((last.timestamp - first.timestamp) >>> 0) / ticksPerMs;
    driftPpm = ((last.arrivalMs - first.arrivalMs) / promisedMs - 1) * 1e6;
  }
  return { ...pacingOf(packets), driftPpm };
}

/** When packets came whose interval is off from 20 ms by more than so much, milliseconds since 1970, after the same first moments. */
export function unevenMoments(stream: RtpStream, offMs: number, skipMs = unsettledMs): number[] {
  const times = settled(stream, skipMs).map(({ arrivalMs }) => arrivalMs);
  return times.filter(
    (atMs, index) => index > 0 && Math.abs(atMs - (times[index - 1] ?? NaN) - nominalMs) > offMs,
  );
}
