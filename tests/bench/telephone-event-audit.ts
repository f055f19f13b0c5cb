/** Telephone-events on the wire held against RFC 4733. Shares no code with the phone. */
import type { RtpPacketSeen } from './rtp-streams.ts';

export interface SeenEvent {
  event: number;
  durationMs: number;
}

interface EventPacket extends RtpPacketSeen {
  event: number;
  end: boolean;
  duration: number;
}

const payloadBytes = 4;
const firstDynamicType = 96;
const endPackets = 3;

function eventPackets(packets: readonly RtpPacketSeen[]): EventPacket[] {
  return packets
    .filter(({ payloadType, payload }) => payloadType >= firstDynamicType && payload.length === payloadBytes)
    .map((packet) => ({
      ...packet,
      event: packet.payload.readUInt8(0),
      end: (packet.payload.readUInt8(1) & 0x80) !== 0,
      duration: packet.payload.readUInt16BE(2),
    }));
}

/** Packets of one key each: those with its number and timestamp (§2.2.1). */
function grouped(packets: readonly RtpPacketSeen[]): EventPacket[][] {
  const groups = new Map<string, EventPacket[]>();
  for (const packet of eventPackets(packets)) {
    const key = `${packet.event} ${packet.timestamp}`;
    groups.set(key, [...(groups.get(key) ?? []), packet]);
  }
  return [...groups.values()];
}

/** The keys of a stream in their order. */
export function eventsOf(packets: readonly RtpPacketSeen[]): SeenEvent[] {
  return grouped(packets).map((group) => ({
    event: group[0]?.event ?? NaN,
    durationMs: Math.max(...group.map(({ duration }) => duration)) / 8,
  }));
}

/** One sentence for each fault. */
export function violationsOf(packets: readonly RtpPacketSeen[]): string[] {
  const faults: string[] = [];
  const numbers = packets.map(({ sequenceNumber }) => sequenceNumber);
  if (new Set(numbers).size < Math.min(numbers.length, 0x1_0000)) faults.push('a sequence number came twice');
  for (const group of grouped(packets)) {
    const [first, ...rest] = group;
    if (first?.marker !== true) faults.push('the first packet of a key has no marker (§2.5.1.1)');
    if (rest.some(({ marker }) => marker)) faults.push('a later packet of a key has the marker (§2.5.1.1)');
    if (rest.some(({ duration }, index) => duration < (group[index]?.duration ?? 0)))
      faults.push('the duration of a key went down (§2.5.1.2)');
    const ends = group.filter(({ end }) => end);
    if (ends.length < endPackets) faults.push(`the end of a key was sent ${ends.length} times (§2.5.1.4)`);
    if (new Set(ends.map(({ duration }) => duration)).size > 1)
      faults.push('the ends of a key differ in duration (§2.5.1.4)');
  }
  let last: RtpPacketSeen | undefined;
  for (const packet of packets) {
    if (last !== undefined && ((packet.timestamp - last.timestamp) | 0) < 0)
      faults.push('a timestamp went back');
    last = packet;
  }
  return faults;
}
