import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  idleSender,
  parseTelephoneEvent,
  stepSender,
  type SenderState,
} from '../../../../engine/rtp/telephone-event.ts';
import {
  idleReceiver,
  stepReceiver,
  type HeardKey,
  type ReceiverInput,
  type ReceiverState,
} from '../../../../engine/rtp/telephone-event-receiver.ts';

type Packet = ReceiverInput & { type: 'packet' };

const updateTicks = 160;

function packet(event: number, timestamp: number, duration: number, end = false, nowMs = 0): Packet {
  return {
    type: 'packet',
    marker: duration === 160,
    timestamp,
    event: { event, end, volume: 10, duration },
    updateTicks,
    nowMs,
  };
}

function hear(inputs: ReceiverInput[]): HeardKey[] {
  let state = idleReceiver;
  const keys: HeardKey[] = [];
  for (const input of inputs) {
    const [next, heard] = stepReceiver(state, input);
    state = next;
    keys.push(...heard);
  }
  return keys;
}

/** What our sender says for these keys, with the time at which each packet leaves. */
function said(digits: string, durationMs: number, gapMs: number): Packet[] {
  let state: SenderState = idleSender;
  for (const digit of digits)
    [state] = stepSender(state, { type: 'press', press: { digit, durationMs, gapMs } });
  const packets: Packet[] = [];
  for (let slot = 0; slot < 2000; slot += 1) {
    const [next, effects] = stepSender(state, {
      type: 'slot',
      timestamp: (0xffff_f000 + 160 * slot) >>> 0,
      slotTicks: 160,
      clockRate: 8000,
    });
    state = next;
    for (const effect of effects) {
      if (effect.type !== 'packet') continue;
      const parsed = parseTelephoneEvent(effect.payload);
      if (parsed.ok) {
        packets.push({
          type: 'packet',
          marker: effect.marker,
          timestamp: effect.timestamp,
          event: parsed.value,
          updateTicks,
          nowMs: 20 * slot,
        });
      }
    }
  }
  return packets;
}

describe('the receiver of keys', () => {
  it('hears one key with its length from updates and three end packets', () => {
    const end = packet(5, 100, 800, true);
    expect(hear([packet(5, 100, 160), packet(5, 100, 320), end, end, end])).toEqual([
      { digit: '5', ticks: 800 },
    ]);
  });

  it('hears a key whose end was lost once nothing came for 250 ms', () => {
    const updates = [packet(1, 100, 160, false, 0), packet(1, 100, 320, false, 20)];
    expect(hear([...updates, { type: 'clock', nowMs: 260 }])).toEqual([]);
    expect(hear([...updates, { type: 'clock', nowMs: 270 }])).toEqual([{ digit: '1', ticks: 320 }]);
    const again = { type: 'clock', nowMs: 600 } as const;
    const late = packet(1, 100, 480, true, 580);
    expect(hear([...updates, { type: 'clock', nowMs: 270 }, late, again])).toHaveLength(1);
  });

  it('hears a key whose end was lost when the next key begins', () => {
    expect(hear([packet(1, 100, 160), packet(1, 2000, 160), packet(1, 2000, 320, true)])).toEqual([
      { digit: '1', ticks: 160 },
      { digit: '1', ticks: 320 },
    ]);
  });

  it('hears a key of which only one end packet came', () => {
    expect(hear([packet(12, 100, 800, true)])).toEqual([{ digit: 'A', ticks: 800 }]);
  });

  it('hears one key from a sender that gives its end packets timestamps of their own', () => {
    const inputs = [packet(3, 100, 160), packet(3, 100, 320)];
    const ends = [420, 580, 740].map((timestamp) => packet(3, timestamp, 480, true));
    const next = packet(3, 1060, 160, true);
    expect(hear([...inputs, ...ends])).toEqual([{ digit: '3', ticks: 480 }]);
    expect(hear([...inputs, ...ends, next])).toHaveLength(2);
  });

  it.each([
    { clockRate: 8_000, updateMs: 20 },
    { clockRate: 8_000, updateMs: 60 },
    { clockRate: 16_000, updateMs: 20 },
    { clockRate: 48_000, updateMs: 20 },
    { clockRate: 48_000, updateMs: 60 },
  ])(
    'and from one whose clock has $clockRate ticks a second, in packets of $updateMs ms',
    ({ clockRate, updateMs }) => {
      const update = (clockRate * updateMs) / 1000;
      const at = (updates: number, duration: number, end = false): Packet => ({
        ...packet(3, 100 + updates * update, duration * update, end),
        marker: updates === 0 && duration === 1,
        updateTicks: update,
      });
      const ends = [2, 3, 4].map((updates) => at(updates, 3, true));
      expect(hear([at(0, 1), at(0, 2), ...ends])).toEqual([{ digit: '3', ticks: 3 * update }]);
      expect(hear([at(0, 1), at(0, 2), ...ends, at(7, 3, true)])).toHaveLength(2);
    },
  );

  it('hears one key from a sender that moves the timestamp with every update', () => {
    const moved = [1, 2, 3, 4].map((n) => ({ ...packet(3, 160 * n, 160 * n, n === 4), marker: n === 1 }));
    expect(hear(moved)).toEqual([{ digit: '3', ticks: 640 }]);
  });

  it('hears one key from one that was told in segments', () => {
    const inputs = [packet(3, 100, 0xffff), packet(3, 100 + 0xffff, 160), packet(3, 100 + 0xffff, 320, true)];
    expect(hear(inputs)).toEqual([{ digit: '3', ticks: 0xffff + 320 }]);
  });

  it('does not take an old packet of the key before for another key', () => {
    const inputs = [
      packet(1, 100, 320, true),
      packet(2, 900, 160),
      packet(1, 100, 320, true),
      packet(2, 900, 320, true),
    ];
    expect(hear(inputs).map(({ digit }) => digit)).toEqual(['1', '2']);
  });

  it('hears nothing from events that are not keys', () => {
    expect(hear([packet(16, 100, 160), packet(16, 100, 320, true), packet(200, 900, 160, true)])).toEqual([]);
  });

  it('hears exactly what was pressed whatever is lost, repeated or swapped, while one packet of each key comes', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789*#ABCD'), minLength: 1, maxLength: 12 });
    const fates = fc.array(fc.constantFrom('comes', 'lost', 'twice', 'later'), {
      minLength: 300,
      maxLength: 300,
    });
    fc.assert(
      fc.property(digits, fc.constantFrom(40, 100, 160), fates, (pressed, durationMs, fate) => {
        const packets = said(pressed, durationMs, 100);
        const arrived: Packet[] = [];
        let held: Packet | null = null;
        const told = new Set<number>();
        for (const [index, each] of packets.entries()) {
          const isLast = packets[index + 1]?.timestamp !== each.timestamp;
          const its = isLast && !told.has(each.timestamp) ? 'comes' : (fate[index % fate.length] ?? 'comes');
          if (its === 'lost') continue;
          if (its === 'later' && !held && !isLast) {
            held = each;
            continue;
          }
          told.add(each.timestamp);
          arrived.push(each);
          if (its === 'twice') arrived.push(each);
          if (held) arrived.push({ ...held, nowMs: each.nowMs });
          held = null;
        }
        const end = { type: 'clock', nowMs: 100_000 } as const;
        expect(
          hear([...arrived, end])
            .map(({ digit }) => digit)
            .join(''),
        ).toBe(pressed);
      }),
      { numRuns: 300 },
    );
  });
});

describe('every state and event of the receiver', () => {
  const hearing = packet(5, 10_000, 160);
  const stateAfter = (...inputs: ReceiverInput[]): ReceiverState => {
    let state = idleReceiver;
    for (const input of inputs) [state] = stepReceiver(state, input);
    return state;
  };
  const states = {
    idle: idleReceiver,
    hearing: stateAfter(hearing),
    finished: stateAfter(packet(5, 10_000, 480, true)),
  };
  const inputs = {
    update: packet(5, 10_000, 320),
    end: packet(5, 10_000, 480, true),
    'another key': packet(6, 12_000, 160),
    'the end of another key': packet(6, 12_000, 320, true),
    'an older key': packet(4, 5_000, 160),
    'a moment': { type: 'clock', nowMs: 100 },
    'a long silence': { type: 'clock', nowMs: 1_000 },
  } satisfies Record<string, ReceiverInput>;
  /** The key that is being heard afterwards (`-`: none), then the keys told, with their ticks. */
  const table: Record<keyof typeof states, Record<keyof typeof inputs, string>> = {
    idle: {
      update: '5',
      end: '- 5:480',
      'another key': '6',
      'the end of another key': '- 6:320',
      'an older key': '4',
      'a moment': '-',
      'a long silence': '-',
    },
    hearing: {
      update: '5',
      end: '- 5:480',
      'another key': '6 5:160',
      'the end of another key': '- 5:160 6:320',
      'an older key': '5',
      'a moment': '5',
      'a long silence': '- 5:160',
    },
    finished: {
      update: '-',
      end: '-',
      'another key': '6',
      'the end of another key': '- 6:320',
      'an older key': '-',
      'a moment': '-',
      'a long silence': '-',
    },
  };
  const rows = Object.entries(table).flatMap(([state, row]) =>
    Object.entries(row).map(([input, expected]) => [state, input, expected] as const),
  );

  it.each(rows)('%s + %s → %s', (state, input, expected) => {
    const [next, keys] = stepReceiver(
      states[state as keyof typeof states],
      inputs[input as keyof typeof inputs],
    );
    const told = keys.map(({ digit, ticks }) => `${digit}:${ticks}`);
    expect([next.hearing === null ? '-' : next.hearing.event, ...told].join(' ')).toBe(expected);
  });
});
