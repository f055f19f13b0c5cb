/** What a row of RTP packets tells of its sender: gaps and faults of the numbering, and how evenly the packets came. */

/** As much of a packet as is judged. */
export interface TimedPacket {
  arrivalMs: number;
  sequenceNumber: number;
  timestamp: number;
  ssrc: number;
  payloadType: number;
}

export interface Pacing {
  packets: number;
  /** Sequence numbers between the first and the last that never came. */
  missing: number;
  /** Packets whose number had come before. */
  repeated: number;
  /** Packets that came after one with a later number. */
  reordered: number;
  /** Neighbours in the sequence whose timestamps are not one packet's ticks apart. */
  timestampFaults: number;
  /** More than one when the stream began anew. */
  sources: number;
  payloadTypes: number[];
  /** Of the intervals between arrivals, in milliseconds. */
  longestMs: number;
  p99Ms: number;
  standardDeviationMs: number;
  /** Shares of the intervals (0 to 1) that differ from the nominal one by so much at most. */
  within1Ms: number;
  within5Ms: number;
}

/** Of the intervals that are judged. */
export const nominalMs = 20;
const nominalTicks = 160;

/** Judges packets in the order of their arrival; two at least. */
export function pacingOf(packets: readonly TimedPacket[]): Pacing {
  const numbers = extendedNumbers(packets);
  const seen = new Set<number>();
  let repeated = 0;
  let reordered = 0;
  let highest = -Infinity;
  for (const number of numbers) {
    if (seen.has(number)) repeated += 1;
    else if (number < highest) reordered += 1;
    seen.add(number);
    highest = Math.max(highest, number);
  }
  const lowest = numbers.reduce((least, number) => Math.min(least, number), Infinity);
  const intervals = packets
    .slice(1)
    .map(({ arrivalMs }, index) => arrivalMs - (packets[index]?.arrivalMs ?? NaN));
  const sorted = intervals.toSorted((one, other) => one - other);
  const mean = intervals.reduce((sum, interval) => sum + interval, 0) / intervals.length;
  const variance = intervals.reduce((sum, interval) => sum + (interval - mean) ** 2, 0) / intervals.length;
  const within = (ms: number) =>
    intervals.filter((interval) => Math.abs(interval - nominalMs) <= ms).length / intervals.length;
  return {
    packets: packets.length,
    missing: packets.length === 0 ? 0 : highest - lowest + 1 - seen.size,
    repeated,
    reordered,
    timestampFaults: timestampFaults(packets, numbers),
    sources: new Set(packets.map(({ ssrc }) => ssrc)).size,
    payloadTypes: [...new Set(packets.map(({ payloadType }) => payloadType))],
    longestMs: sorted.at(-1) ?? NaN,
    p99Ms: sorted[Math.ceil(sorted.length * 0.99) - 1] ?? NaN,
    standardDeviationMs: Math.sqrt(variance),
    within1Ms: within(1),
    within5Ms: within(5),
  };
}

/** One line for people. */
export function pacingLine(name: string, pacing: Pacing): string {
  const share = (of: number) => `${(100 * of).toFixed(1)}%`;
  const { packets, missing, within1Ms, within5Ms, standardDeviationMs, p99Ms, longestMs } = pacing;
  return (
    `${name}: ${packets} packets, ${missing} missing; intervals within 1 ms of ${nominalMs}: ${share(within1Ms)}, ` +
    `within 5 ms: ${share(within5Ms)}, sd ${standardDeviationMs.toFixed(2)} ms, p99 ${p99Ms.toFixed(1)} ms, ` +
    `longest ${longestMs.toFixed(1)} ms`
  );
}

/** Sequence numbers without their wrap at 2^16: each is taken nearest to the one before. */
function extendedNumbers(packets: readonly TimedPacket[]): number[] {
  let last: number | undefined;
  return packets.map(({ sequenceNumber }) => {
    if (last === undefined) last = sequenceNumber;
    else last += ((sequenceNumber - last) << 16) >> 16;
    return last;
  });
}

function timestampFaults(packets: readonly TimedPacket[], numbers: readonly number[]): number {
  const timestamps = new Map(packets.map(({ timestamp }, index) => [numbers[index] ?? NaN, timestamp]));
  return [...timestamps].filter(([number, timestamp]) => {
    const next = timestamps.get(number + 1);
    return next !== undefined && (next - timestamp) >>> 0 !== nominalTicks;
  }).length;
}
