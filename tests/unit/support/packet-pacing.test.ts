import { expect, test } from 'vitest';
import { pacingOf, type TimedPacket } from '../../support/packet-pacing.ts';

/** A clean stream that wraps both its numbers and its timestamps. */
function stream(count: number): TimedPacket[] {
  return Array.from({ length: count }, (_, index) => ({
    arrivalMs: 1_000 + index * 20,
    sequenceNumber: (65_530 + index) & 0xffff,
    timestamp: (0xffff_ff00 + index * 160) >>> 0,
    ssrc: 7,
    payloadType: 0,
  }));
}

const clean = {
  packets: 100,
  missing: 0,
  repeated: 0,
  reordered: 0,
  timestampFaults: 0,
  sources: 1,
  payloadTypes: [0],
  longestMs: 20,
  p99Ms: 20,
  standardDeviationMs: 0,
  within1Ms: 1,
  within5Ms: 1,
};

test('finds no fault in a clean stream whose numbers wrap', () => {
  expect(pacingOf(stream(100))).toEqual(clean);
});

test('counts what is missing, also across the wrap, and the interval it leaves', () => {
  const packets = stream(100);
  packets.splice(4, 3);
  expect(pacingOf(packets)).toMatchObject({ packets: 97, missing: 3, longestMs: 80, timestampFaults: 0 });
});

test('tells a repeated number from a reordered one', () => {
  const packets = stream(100);
  const [moved, twice] = packets.slice(20, 22);
  if (moved === undefined || twice === undefined) throw new Error('a stream of a hundred has these');
  packets.splice(20, 2, twice, moved, twice);
  expect(pacingOf(packets)).toMatchObject({ missing: 0, repeated: 1, reordered: 1, timestampFaults: 0 });
});

test('notices a timestamp that stands still or jumps, and a stream that begins anew', () => {
  const packets = stream(100).map((packet, index) => ({
    ...packet,
    timestamp: index >= 50 ? packet.timestamp - 160 : packet.timestamp,
    ssrc: index >= 70 ? 8 : 7,
  }));
  expect(pacingOf(packets)).toMatchObject({ timestampFaults: 1, sources: 2 });
});

test('measures how far intervals stray from 20 ms', () => {
  const packets = stream(101).map((packet, index) =>
    index === 50 ? { ...packet, arrivalMs: packet.arrivalMs + 3 } : packet,
  );
  const { within1Ms, within5Ms, longestMs } = pacingOf(packets);
  expect([within1Ms, within5Ms, longestMs]).toEqual([0.98, 1, 23]);
});
