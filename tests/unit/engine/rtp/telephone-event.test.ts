import { describe, expect, it } from 'vitest';
import {
  eventOfKey,
  idleSender,
  keyOfEvent,
  parseTelephoneEvent,
  serialiseTelephoneEvent,
  stepSender,
  type KeyPress,
  type SenderState,
} from '../../../../engine/rtp/telephone-event.ts';

interface Slot {
  timestamp: number;
  packet: { marker: boolean; timestamp: number; event: number; end: boolean; duration: number } | null;
  sent: string | null;
}

/** Runs the sender over slots of 20 ms at 8 kHz. */
function run(presses: KeyPress[], slots: number, start = 1000): Slot[] {
  let state: SenderState = idleSender;
  for (const press of presses) [state] = stepSender(state, { type: 'press', press });
  return Array.from({ length: slots }, (_, index) => {
    const timestamp = (start + 160 * index) >>> 0;
    const [next, effects] = stepSender(state, { type: 'slot', timestamp, slotTicks: 160, clockRate: 8000 });
    state = next;
    const slot: Slot = { timestamp, packet: null, sent: null };
    for (const effect of effects) {
      if (effect.type === 'sent') {
        slot.sent = effect.press.digit;
        continue;
      }
      expect(slot.packet).toBeNull();
      const parsed = parseTelephoneEvent(effect.payload);
      if (!parsed.ok) throw new Error(parsed.problem);
      const { event, end, duration } = parsed.value;
      slot.packet = { marker: effect.marker, timestamp: effect.timestamp, event, end, duration };
    }
    return slot;
  });
}

const packetsOf = (slots: Slot[]) => slots.flatMap(({ packet }) => (packet ? [packet] : []));

describe('the payload of a telephone-event', () => {
  it('is four octets: event, E and volume, duration', () => {
    const octets = serialiseTelephoneEvent({ event: 11, end: true, volume: 10, duration: 1280 });
    expect(Buffer.from(octets).toString('hex')).toBe('0b8a0500');
    expect(parseTelephoneEvent(octets)).toEqual({
      ok: true,
      value: { event: 11, end: true, volume: 10, duration: 1280 },
    });
    expect(parseTelephoneEvent(octets.subarray(1))).toEqual({ ok: false, problem: 'short' });
  });

  it('names sixteen keys', () => {
    const keys = Array.from({ length: 16 }, (_, event) => keyOfEvent(event)).join('');
    expect(keys).toBe('0123456789*#ABCD');
    expect([...keys].map(eventOfKey)).toEqual(Array.from({ length: 16 }, (_, event) => event));
    expect(eventOfKey('d')).toBe(15);
    expect([eventOfKey('E'), eventOfKey(''), eventOfKey('12'), keyOfEvent(16)]).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });
});

describe('the sender of keys', () => {
  it.each([
    [160, [160, 320, 480, 640, 800, 960, 1120, 1280, 1280, 1280]],
    [100, [160, 320, 480, 640, 800, 800, 800]],
    [40, [160, 320, 320, 320]],
    [50, [160, 320, 400, 400, 400]],
    [20, [160, 160, 160]],
  ])('tells a key of %i ms with growing durations and three end packets', (durationMs, durations) => {
    const packets = packetsOf(run([{ digit: '5', durationMs, gapMs: 100 }], 20));
    expect(packets.map(({ duration }) => duration)).toEqual(durations);
    expect(packets.map(({ marker }) => marker)).toEqual(durations.map((_, index) => index === 0));
    expect(packets.map(({ end }) => end)).toEqual(durations.map((_, index) => index >= durations.length - 3));
    expect(new Set(packets.map(({ timestamp }) => timestamp))).toEqual(new Set([1000]));
    expect(packets.every(({ event }) => event === 5)).toBe(true);
  });

  it('says once that a key was sent, with its first end packet', () => {
    const slots = run([{ digit: '#', durationMs: 40, gapMs: 0 }], 10);
    expect(slots.map(({ sent }) => sent)).toEqual([null, '#', null, null, ...Array<null>(6).fill(null)]);
  });

  it.each([
    [100, 40, 7],
    [160, 100, 13],
    [50, 60, 6],
    // The three end packets come first, however short the gap.
    [40, 0, 4],
  ])('begins the next key after %i ms of key and %i ms of gap, in slot %i', (durationMs, gapMs, slot) => {
    const press = { durationMs, gapMs };
    const slots = run(
      [
        { digit: '1', ...press },
        { digit: '2', ...press },
      ],
      40,
    );
    const second = slots.findIndex(({ packet }) => packet?.event === 2);
    expect(second).toBe(slot);
    expect(slots[second]?.packet).toMatchObject({ marker: true, timestamp: 1000 + 160 * slot });
  });

  it('breaks a key that is longer than 16 bits of ticks into segments (RFC 4733 §2.5.1.3)', () => {
    const packets = packetsOf(run([{ digit: 'A', durationMs: 20_000, gapMs: 0 }], 1100));
    const timestamps = [...new Set(packets.map(({ timestamp }) => timestamp))];
    expect(timestamps).toEqual([1000, 1000 + 0xffff, 1000 + 2 * 0xffff]);
    const segments = timestamps.map((timestamp) =>
      packets.filter((packet) => packet.timestamp === timestamp),
    );
    const last = segments.map((segment) => segment[segment.length - 1]);
    expect(last.map((packet) => packet?.duration)).toEqual([0xffff, 0xffff, 160_000 - 2 * 0xffff]);
    expect(packets.filter(({ marker }) => marker).length).toBe(1);
    expect(packets.filter(({ end }) => end).length).toBe(3);
    for (const segment of segments) {
      const durations = segment.map(({ duration }) => duration);
      expect(durations).toEqual([...durations].sort((a, b) => a - b));
    }
  });

  it('throws for what is no key', () => {
    const press = { digit: 'x', durationMs: 100, gapMs: 0 };
    expect(() => stepSender(idleSender, { type: 'press', press })).toThrow(RangeError);
  });

  it.each(['idle', 'sending', 'ending', 'gap'] as const)('queues a press while it is %s', (phase) => {
    let state: SenderState = idleSender;
    const press = { digit: '1', durationMs: 40, gapMs: 200 };
    [state] = stepSender(state, { type: 'press', press });
    for (let slot = 0; state.phase !== phase && slot < 30; slot += 1) {
      [state] = stepSender(state, { type: 'slot', timestamp: 160 * slot, slotTicks: 160, clockRate: 8000 });
    }
    expect(state.phase).toBe(phase);
    const [next, effects] = stepSender(state, { type: 'press', press: { ...press, digit: '9' } });
    expect(next.phase).toBe(phase);
    expect(next.queue[next.queue.length - 1]?.digit).toBe('9');
    expect(effects).toEqual([]);
  });
});

/** One slot, or one more press, in each phase: the phase after it, what goes out (M marker, E end), and how many keys wait then. */
describe('every state and event of the sender', () => {
  const press: KeyPress = { digit: '5', durationMs: 60, gapMs: 60 };
  const slot = (timestamp: number) => ({ type: 'slot', timestamp, slotTicks: 160, clockRate: 8000 }) as const;
  const after = (slots: number): SenderState => {
    let [state] = stepSender(idleSender, { type: 'press', press });
    for (let index = 0; index < slots; index += 1) [state] = stepSender(state, slot(160 * index));
    return state;
  };
  const table: [string, SenderState, 'slot' | 'press', string][] = [
    ['idle', idleSender, 'slot', 'idle, 0 wait'],
    ['idle', idleSender, 'press', 'idle, 1 wait'],
    ['idle with a key that waits', after(0), 'slot', 'sending M, 0 wait'],
    ['sending', after(1), 'slot', 'sending update, 0 wait'],
    ['sending', after(1), 'press', 'sending, 1 wait'],
    ['sending its last slot', after(2), 'slot', 'ending E sent, 0 wait'],
    ['ending', after(3), 'slot', 'ending E, 0 wait'],
    ['ending', after(3), 'press', 'ending, 1 wait'],
    ['ending with its last repeat', after(4), 'slot', 'gap E, 0 wait'],
    ['gap', { phase: 'gap', gapTicks: 480, queue: [] }, 'slot', 'gap, 0 wait'],
    ['gap', { phase: 'gap', gapTicks: 480, queue: [] }, 'press', 'gap, 1 wait'],
    ['gap that is over', { phase: 'gap', gapTicks: 160, queue: [] }, 'slot', 'idle, 0 wait'],
  ];

  it.each(table)('%s', (_name, state, type, expected) => {
    const [next, effects] = stepSender(state, type === 'press' ? { type, press } : slot(1600));
    const words = effects.map((effect) => {
      if (effect.type === 'sent') return 'sent';
      const parsed = parseTelephoneEvent(effect.payload);
      if (parsed.ok && parsed.value.end) return 'E';
      return effect.marker ? 'M' : 'update';
    });
    expect(`${[next.phase, ...words].join(' ')}, ${next.queue.length} wait`).toBe(expected);
  });
});
