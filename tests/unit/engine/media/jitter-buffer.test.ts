import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JitterBuffer, type Taken } from '../../../../engine/media/jitter-buffer.ts';
import { seeded } from './sounds.ts';

const options = { clockRate: 8000, targetMs: 40, maxDelayMs: 250 };

interface Arrival {
  /** Counting from 0; its timestamp is 160 times that. */
  index: number;
  atMs: number;
}

const first = { sequenceNumber: 65_530, timestamp: 0xffff_fc00 };

function packetOf({ index, atMs }: Arrival) {
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
function play(arrivals: Arrival[], lastMs: number, pullMs = 5): { buffer: JitterBuffer; played: string[] } {
  const buffer = new JitterBuffer(options);
  const coming = [...arrivals].sort((a, b) => a.atMs - b.atMs);
  const played: string[] = [];
  let gapTicks = 0;
  let owed = 0;
  for (let nowMs = pullMs; nowMs < lastMs; nowMs += 20) {
    for (let next = coming[0]; next && next.atMs <= nowMs; next = coming[0]) {
      buffer.put(packetOf(next));
      coming.shift();
    }
    owed += 160;
    while (owed > 0) {
      const taken: Taken = buffer.take(owed, nowMs);
      if (taken.kind === 'packet') {
        played.push(`${taken.packet.payload[0] ?? -1}`);
        owed -= taken.packet.ticks;
      } else {
        owed -= taken.ticks;
        // A gap may come in pieces; a packet's length of it is one lost packet.
        if (taken.kind === 'missing') gapTicks += taken.ticks;
        if (taken.kind === 'silence' || gapTicks >= 160) played.push(taken.kind);
        if (gapTicks >= 160) gapTicks -= 160;
      }
    }
  }
  return { buffer, played };
}

const regular = (count: number): Arrival[] =>
  Array.from({ length: count }, (_, index) => ({ index, atMs: 20 * index }));
const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `${from + index}`);
const sounds = (played: string[]): string[] => played.filter((each) => each !== 'silence');

describe('the jitter buffer', () => {
  it('plays every packet once and in order, 40 ms after it came, on a network without jitter', () => {
    const { buffer, played } = play(regular(100), 2000);
    expect(sounds(played).slice(0, 97)).toEqual(numbers(0, 96));
    expect(played.slice(0, 3)).toEqual(['silence', 'silence', '0']);
    expect(buffer.delayMs).toBeGreaterThan(20);
    expect(buffer.delayMs).toBeLessThanOrEqual(40);
    expect(buffer.late).toBe(0);
  });

  it('puts packets back into order', () => {
    const arrivals = regular(20).map(({ index, atMs }) => ({
      index,
      atMs: index % 3 === 1 ? atMs + 25 : atMs,
    }));
    expect(sounds(play(arrivals, 400).played).slice(0, 16)).toEqual(numbers(0, 15));
  });

  it('tells a gap where a packet was lost and keeps the time base', () => {
    const { played } = play(
      regular(20).filter(({ index }) => index !== 7),
      400,
    );
    expect(sounds(played).slice(0, 10)).toEqual([...numbers(0, 6), 'missing', '8', '9']);
  });

  it('plays a packet that came twice once', () => {
    const arrivals = [...regular(20), { index: 5, atMs: 101 }, { index: 5, atMs: 190 }];
    const { buffer, played } = play(arrivals, 400);
    expect(sounds(played).slice(0, 16)).toEqual(numbers(0, 15));
    expect(buffer.duplicates).toBe(2);
    expect(buffer.late).toBe(0);
  });

  it('counts a packet that comes after its playout as late, and waits longer from then on', () => {
    const arrivals = regular(200).map(({ index, atMs }) => ({
      index,
      atMs: index % 10 === 9 ? atMs + 90 : atMs,
    }));
    const { buffer, played } = play(arrivals, 4000);
    expect(buffer.late).toBe(1);
    expect(sounds(played).slice(40, 150)).toEqual(
      numbers(Number(sounds(played)[40]), Number(sounds(played)[40]) + 109),
    );
    expect(buffer.delayMs).toBeGreaterThan(80);
  });

  it('returns to a short delay when the jitter has long ended', () => {
    const arrivals = regular(3000).map(({ index, atMs }) => ({
      index: index,
      atMs: index === 30 ? atMs + 150 : atMs,
    }));
    const { buffer } = play(arrivals, 59_000);
    expect(buffer.delayMs).toBeLessThanOrEqual(85);
    expect(buffer.late).toBe(1);
  });

  it('does not move on a network without jitter, also after minutes', () => {
    const { played } = play(regular(10_000), 199_000);
    const heard = sounds(played);
    expect(heard.filter((each) => each === 'missing')).toEqual([]);
    expect(heard.length).toBeGreaterThan(9900);
    expect(heard.every((each, index) => each === `${index % 256}`)).toBe(true);
  });

  it('is silent, not concealing, once the stream rests, and begins again with its next packet', () => {
    const arrivals = [
      ...regular(10),
      ...Array.from({ length: 10 }, (_, n) => ({ index: 40 + n, atMs: 800 + 20 * n })),
    ];
    const { played } = play(arrivals, 1000);
    const heard = sounds(played);
    const missing = heard.filter((each) => each === 'missing').length;
    expect(missing).toBeLessThanOrEqual(7);
    expect(heard.slice(0, 10)).toEqual(numbers(0, 9));
    expect(heard.slice(10 + missing, 18 + missing)).toEqual(numbers(40, 47));
  });

  it('tells silence, not a gap, where a key lies', () => {
    const buffer = new JitterBuffer(options);
    const kinds: string[] = [];
    for (let nowMs = 0; nowMs < 500; nowMs += 20) {
      const index = nowMs / 20;
      if (index < 5 || index >= 12) buffer.put(packetOf({ index, atMs: nowMs }));
      else buffer.coverKey((first.timestamp + 5 * 160) >>> 0, 160 * Math.min(5, index - 4), nowMs);
      kinds.push(buffer.take(160, nowMs).kind);
    }
    const silence = (count: number): string[] => Array<string>(count).fill('silence');
    const packets = (count: number): string[] => Array<string>(count).fill('packet');
    expect(kinds).toEqual([...silence(2), ...packets(5), ...silence(7), ...packets(11)]);
  });

  it('begins anew when the far side sets its timestamps anew', () => {
    const buffer = new JitterBuffer(options);
    for (const arrival of regular(5)) buffer.put(packetOf(arrival));
    for (let nowMs = 40; nowMs < 140; nowMs += 20) buffer.take(160, nowMs);
    const jumped = { ...packetOf({ index: 5, atMs: 140 }), timestamp: 1_000_000 };
    expect(buffer.put(jumped)).toBe('stored');
    const taken = [140, 160, 180].map((nowMs) => buffer.take(160, nowMs));
    expect(taken.map(({ kind }) => kind)).toEqual(['silence', 'silence', 'packet']);
  });

  it('drops what is too old when nobody pulled for a while', () => {
    const buffer = new JitterBuffer(options);
    for (const arrival of regular(500)) buffer.put(packetOf(arrival));
    const taken = Array.from({ length: 4 }, (_, pull) => buffer.take(160, 9980 + 20 * pull));
    const packets = taken.flatMap((each) => (each.kind === 'packet' ? [each.packet.arrivalMs] : []));
    expect(packets[0]).toBeGreaterThanOrEqual(9920);
  });

  it('loses nothing to jitter of ±30 ms with reordering after the first two seconds', () => {
    for (let seed = 1; seed <= 5; seed += 1) {
      const random = seeded(seed);
      const arrivals = regular(1000).map(({ index, atMs }) => ({ index, atMs: atMs + 60 * random() }));
      const { played, buffer } = play(arrivals, 19_900);
      const heard = sounds(played).slice(100, 900);
      expect(heard.filter((each) => each === 'missing').length).toBe(0);
      expect(buffer.delayMs).toBeLessThan(110);
    }
  });

  it('hands out no packet twice and none out of order, whatever comes', () => {
    const arrival = fc.record({ index: fc.nat(60), atMs: fc.nat(1500) });
    fc.assert(
      fc.property(fc.array(arrival, { maxLength: 80 }), (arrivals) => {
        const order = play(arrivals, 2000)
          .played.filter((each) => /^\d+$/.test(each))
          .map(Number);
        expect(order).toEqual([...new Set(order)]);
      }),
      { numRuns: 300 },
    );
  });
});
