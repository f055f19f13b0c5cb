import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JitterBuffer, type BufferedPacket, type Taken } from '../../../../engine/media/jitter-buffer.ts';
import { seeded } from './sounds.ts';

const options = { clockRate: 8000, delay: { startMs: 40, leastMs: 0, mostMs: 250 } };

interface Arrival {
  /** Counting from 0; its timestamp is 160 times that. */
  index: number;
  atMs: number;
}

const first = { sequenceNumber: 65_530, timestamp: 0xffff_fc00 };

function packetOf({ index, atMs }: Arrival): BufferedPacket {
  return {
    sequenceNumber: (first.sequenceNumber + index) & 0xffff,
    timestamp: (first.timestamp + 160 * index) >>> 0,
    payloadType: 0,
    payload: Uint8Array.of(index),
    ticks: 160,
    arrivalMs: atMs,
  };
}

/** Puts packets at their times and pulls 20 ms every 20 ms from `pullMs` on; tells what each pull played. */
function play(
  packets: BufferedPacket[],
  lastMs: number,
  pullMs = 5,
): { buffer: JitterBuffer; played: string[] } {
  const buffer = new JitterBuffer(options);
  const coming = [...packets].sort((a, b) => a.arrivalMs - b.arrivalMs);
  const played: string[] = [];
  for (let nowMs = pullMs; nowMs < lastMs; nowMs += 20) {
    for (let next = coming[0]; next && next.arrivalMs <= nowMs; next = coming[0]) {
      buffer.put(next);
      coming.shift();
    }
    const taken: Taken = buffer.take(160, nowMs);
    played.push(taken.kind === 'packet' ? `${taken.packet.payload[0] ?? -1}` : taken.kind);
  }
  return { buffer, played };
}

const regular = (count: number, from = 0): Arrival[] =>
  Array.from({ length: count }, (_, index) => ({ index: from + index, atMs: 20 * (from + index) }));
const packets = (arrivals: Arrival[]): BufferedPacket[] => arrivals.map(packetOf);
const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `${from + index}`);
const sounds = (played: string[]): string[] => played.filter((each) => each !== 'silence');

describe('the jitter buffer', () => {
  it('plays every packet once and in order, the first one once it has waited long enough', () => {
    const { buffer, played } = play(packets(regular(100)), 2000);
    expect(played.slice(0, 4)).toEqual(['silence', 'silence', '0', '1']);
    expect(sounds(played)).toEqual(numbers(0, 97));
    expect(buffer.lagMs(2005)).toBeCloseTo(45);
    expect([buffer.late, buffer.duplicates, buffer.discarded]).toEqual([0, 0, 0]);
  });

  it('puts packets back into order', () => {
    const arrivals = regular(20).map(({ index, atMs }) => ({
      index,
      atMs: index % 3 === 1 ? atMs + 25 : atMs,
    }));
    expect(sounds(play(packets(arrivals), 400).played)).toEqual(numbers(0, 17));
  });

  it('tells a gap where a packet was lost and keeps the time base', () => {
    const { played } = play(packets(regular(20).filter(({ index }) => index !== 7)), 400);
    expect(sounds(played).slice(0, 10)).toEqual([...numbers(0, 6), 'missing', '8', '9']);
  });

  it('keeps the time base also where the successor comes only after the lost packet was wanted', () => {
    const { played } = play(packets(regular(20).filter(({ index }) => index !== 7)), 480, 39);
    expect(sounds(played).slice(0, 10)).toEqual([...numbers(0, 6), 'missing', '8', '9']);
  });

  it('plays a packet that comes late but before its successors, and all others later by as much', () => {
    const arrivals = regular(20).map(({ index, atMs }) => ({ index, atMs: index >= 7 ? atMs + 90 : atMs }));
    const { buffer, played } = play(packets(arrivals), 400);
    expect(sounds(played).slice(0, 14)).toEqual([
      ...numbers(0, 6),
      'missing',
      'missing',
      'missing',
      ...numbers(7, 10),
    ]);
    expect(buffer.late).toBe(0);
    expect(buffer.lagMs(405)).toBeCloseTo(105);
  });

  it('counts a packet as late that comes after its successors were played', () => {
    const arrivals = regular(20).map(({ index, atMs }) => ({ index, atMs: index === 7 ? atMs + 90 : atMs }));
    const { buffer, played } = play(packets(arrivals), 400);
    expect(sounds(played).slice(0, 12)).toEqual([...numbers(0, 6), 'missing', ...numbers(8, 11)]);
    expect(buffer.late).toBe(1);
    expect(buffer.wait.neededMs).toBeGreaterThan(90);
  });

  it('plays a packet that came twice once', () => {
    const arrivals = [...regular(20), { index: 5, atMs: 101 }, { index: 5, atMs: 190 }];
    const { buffer, played } = play(packets(arrivals), 400);
    expect(sounds(played)).toEqual(numbers(0, 17));
    expect(buffer.duplicates).toBe(2);
    expect(buffer.late).toBe(0);
  });

  it('tells which packets it gives up once nobody has pulled for a while', () => {
    const givenUp: number[] = [];
    const buffer = new JitterBuffer({ ...options, onGivenUp: (sequence) => givenUp.push(sequence) });
    for (const packet of packets(regular(60))) buffer.put(packet);
    expect(buffer.take(160, 5).kind).toBe('packet');
    expect(givenUp).toEqual([]);
    buffer.take(160, 1185);
    expect(givenUp.length).toBeGreaterThan(40);
    expect(buffer.discarded).toBe(givenUp.length);
    expect(givenUp[0]).toBe(packetOf({ index: 1, atMs: 0 }).sequenceNumber);
  });

  it('says how long packets may wait, now and at most', () => {
    const { buffer } = play(packets(regular(20)), 400);
    expect(buffer.delays).toEqual({ nominalMs: 40, maximumMs: 290, limitMs: 500 });
    const shaken = regular(100).map(({ index, atMs }) => ({
      index,
      atMs: atMs + (index % 10 === 5 ? 60 : 0),
    }));
    const { nominalMs, maximumMs } = play(packets(shaken), 2000).buffer.delays;
    expect(nominalMs).toBeGreaterThan(60);
    expect(maximumMs - nominalMs).toBe(250);
  });

  it('does not move on a network without jitter, also after minutes', () => {
    const heard = sounds(play(packets(regular(10_000)), 199_000).played);
    expect(heard.length).toBeGreaterThan(9900);
    expect(heard.every((each, index) => each === `${index % 256}`)).toBe(true);
  });

  it('is silent, not concealing, once the stream rests, and begins again with its next packet', () => {
    const { played } = play(packets([...regular(10), ...regular(10, 40)]), 1000);
    expect(played).toEqual([
      ...Array<string>(2).fill('silence'),
      ...numbers(0, 9),
      ...Array<string>(5).fill('missing'),
      ...Array<string>(25).fill('silence'),
      ...numbers(40, 47),
    ]);
  });

  it('tells silence, not a loss, where timestamps go on and sequence numbers do not', () => {
    const paused = regular(10, 14).map((arrival) => ({
      ...packetOf(arrival),
      sequenceNumber: (first.sequenceNumber + arrival.index - 4) & 0xffff,
    }));
    const { played } = play([...packets(regular(10)), ...paused], 440);
    // Nobody can know before the next packet that nothing was lost.
    const gap = played.slice(12, played.indexOf('14'));
    expect(gap.slice(0, 2)).toEqual(['missing', 'missing']);
    expect(gap.slice(2).every((kind) => kind === 'silence')).toBe(true);
    expect(sounds(played).slice(-6)).toEqual(numbers(14, 19));
  });

  it('tells silence at once after a packet that announces a pause', () => {
    const pause = { ...packetOf({ index: 10, atMs: 200 }), ticks: 0 };
    const { played } = play([...packets(regular(10)), pause, ...packets(regular(10, 20))], 600);
    expect(played).toEqual([
      ...Array<string>(2).fill('silence'),
      ...numbers(0, 10),
      ...Array<string>(9).fill('silence'),
      ...numbers(20, 27),
    ]);
  });

  it('lets packets wait until the one behind a loss is there, where losses are common and not where they are rare', () => {
    const targetAfter = (lossEvery: number): number => {
      const buffer = new JitterBuffer(options);
      for (let index = 0; index < 400; index += 1)
        if (index % lossEvery !== 7) buffer.put(packetOf({ index, atMs: 20 * index }));
      return buffer.wait.targetMs;
    };
    expect(targetAfter(20)).toBeGreaterThanOrEqual(20);
    expect(targetAfter(300)).toBeLessThan(20);
  });

  it('tells silence, not a gap, where a key lies', () => {
    const buffer = new JitterBuffer(options);
    const kinds: string[] = [];
    for (let nowMs = 0; nowMs < 500; nowMs += 20) {
      const index = nowMs / 20;
      if (index < 5 || index >= 12) buffer.put(packetOf({ index, atMs: nowMs }));
      else buffer.coverKey((first.timestamp + 5 * 160) >>> 0, 160 * Math.min(5, index - 4));
      kinds.push(buffer.take(160, nowMs).kind);
    }
    const silence = (count: number): string[] => Array<string>(count).fill('silence');
    const taken = (count: number): string[] => Array<string>(count).fill('packet');
    expect(kinds).toEqual([...silence(2), ...taken(5), ...silence(7), ...taken(11)]);
  });

  it('begins anew when the far side sets its timestamps anew', () => {
    const buffer = new JitterBuffer(options);
    for (const arrival of regular(5)) buffer.put(packetOf(arrival));
    for (let nowMs = 80; nowMs < 140; nowMs += 20) buffer.take(160, nowMs);
    const jumped = { ...packetOf({ index: 5, atMs: 140 }), timestamp: 1_000_000 };
    expect(buffer.put(jumped)).toBe('stored');
    const taken = [140, 160, 180].map((nowMs) => buffer.take(160, nowMs));
    expect(taken.map(({ kind }) => kind)).toEqual(['silence', 'silence', 'packet']);
  });

  it('begins anew when timestamps go back although the sequence goes on', () => {
    const buffer = new JitterBuffer(options);
    for (const arrival of regular(8)) {
      buffer.put(packetOf(arrival));
      buffer.take(160, arrival.atMs);
    }
    const back = { ...packetOf({ index: 8, atMs: 160 }), timestamp: (first.timestamp + 160) >>> 0 };
    expect(buffer.put(back)).toBe('stored');
    expect(buffer.take(160, 200)).toEqual({ kind: 'packet', packet: back });
  });

  it('gives up what is too old when nobody pulled for a while', () => {
    const buffer = new JitterBuffer(options);
    for (const arrival of regular(500)) buffer.put(packetOf(arrival));
    const taken = buffer.take(160, 9980);
    expect(taken.kind === 'packet' && taken.packet.arrivalMs).toBeGreaterThanOrEqual(9940);
    expect(buffer.discarded).toBeGreaterThan(490);
  });

  it('looks ahead only where sound goes on without a gap', () => {
    const buffer = new JitterBuffer(options);
    expect(buffer.takeAhead()).toBeNull();
    buffer.put(packetOf({ index: 0, atMs: 0 }));
    expect(buffer.take(160, 40).kind).toBe('packet');
    for (const index of [1, 2, 4]) buffer.put(packetOf({ index, atMs: 20 * index }));
    const ahead = [buffer.takeAhead(), buffer.takeAhead(), buffer.takeAhead()];
    expect(ahead.map((packet) => packet?.payload[0])).toEqual([1, 2, undefined]);
  });

  it('works on any clock: 48 kHz in packets of 10 ms', () => {
    const buffer = new JitterBuffer({ ...options, clockRate: 48_000 });
    const kinds: string[] = [];
    for (let index = 0; index < 60; index += 1) {
      const packet = packetOf({ index, atMs: 10 * index });
      buffer.put({ ...packet, timestamp: (first.timestamp + 480 * index) >>> 0, ticks: 480 });
      kinds.push(buffer.take(480, 10 * index).kind);
    }
    expect(kinds.filter((kind) => kind !== 'packet')).toEqual(Array(4).fill('silence'));
    expect(buffer.packetMs).toBe(10);
    expect(buffer.lagMs(600)).toBeCloseTo(40);
  });

  it('loses nothing to jitter of ±30 ms with reordering after the first two seconds, also without scaling time', () => {
    for (let seed = 1; seed <= 5; seed += 1) {
      const random = seeded(seed);
      const arrivals = regular(1000).map(({ index, atMs }) => ({ index, atMs: atMs + 60 * random() }));
      const { played, buffer } = play(packets(arrivals), 19_900);
      expect(sounds(played).slice(100, 900)).not.toContain('missing');
      expect(buffer.lagMs(19_900)).toBeLessThan(110);
    }
  });

  it('hands out no packet twice and none out of order, whatever comes', () => {
    const arrival = fc.record({ index: fc.nat(60), atMs: fc.nat(1500) });
    fc.assert(
      fc.property(fc.array(arrival, { maxLength: 80 }), (arrivals) => {
        const order = play(packets(arrivals), 2000)
          .played.filter((each) => /^\d+$/.test(each))
          .map(Number);
        expect(order).toEqual([...new Set(order)]);
      }),
      { numRuns: 300 },
    );
  });
});
