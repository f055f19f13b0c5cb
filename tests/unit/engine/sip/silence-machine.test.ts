import { describe, expect, it } from 'vitest';
import {
  doubtAfterMs,
  doubtAgainMs,
  noSound,
  noticeAfterMs,
  stepSilence,
} from '../../../../engine/sip/silence-machine.ts';
import type { SilenceEvent, SilenceState } from '../../../../engine/sip/silence-machine.ts';

const states: Record<SilenceState['phase'], SilenceState> = {
  idle: noSound,
  flowing: { phase: 'flowing', received: 5, since: 0 },
  quiet: { phase: 'quiet', received: 5, askAt: doubtAfterMs },
};
const counted = (received: number, expected = true): SilenceEvent => ({
  type: 'counted',
  received,
  expected,
});

/** Event, time in ms → phase and effects. */
const rows: [SilenceState['phase'], string, SilenceEvent, number, string][] = [
  ['idle', 'expected', counted(0), 0, 'flowing'],
  ['idle', 'not expected', counted(0, false), 0, 'idle'],
  ['idle', 'ended', { type: 'ended' }, 0, 'idle'],
  ['flowing', 'a packet', counted(6), 15_000, 'flowing'],
  ['flowing', 'none for a moment', counted(5), noticeAfterMs - 1, 'flowing'],
  ['flowing', 'none for 10 s', counted(5), noticeAfterMs, 'quiet notice'],
  ['flowing', 'not expected', counted(5, false), 15_000, 'idle'],
  ['flowing', 'ended', { type: 'ended' }, 15_000, 'idle'],
  ['quiet', 'a packet', counted(6), 25_000, 'flowing heard'],
  ['quiet', 'none yet', counted(5), doubtAfterMs - 1, 'quiet'],
  ['quiet', 'none for 20 s', counted(5), doubtAfterMs, 'quiet doubt'],
  ['quiet', 'not expected', counted(5, false), 25_000, 'idle'],
  ['quiet', 'ended', { type: 'ended' }, 25_000, 'idle'],
];

describe('every state and event of the far side’s sound', () => {
  for (const [phase, name, event, now, expected] of rows) {
    it(`${phase}, ${name} → ${expected}`, () => {
      const [state, effects] = stepSilence(states[phase], event, now);
      expect([state.phase, ...effects.map(({ type }) => type)].join(' ')).toBe(expected);
    });
  }
});

describe('a far side that has fallen silent', () => {
  it('is told of once, and asked after 20 s and then every 30 s', () => {
    let state: SilenceState = noSound;
    const told: [number, string][] = [];
    for (let now = 0; now <= 90_000; now += 1_000) {
      const [next, effects] = stepSilence(state, counted(7), now);
      state = next;
      for (const { type } of effects) told.push([now, type]);
    }
    expect(told).toEqual([
      [noticeAfterMs, 'notice'],
      [doubtAfterMs, 'doubt'],
      [doubtAfterMs + doubtAgainMs, 'doubt'],
      [doubtAfterMs + 2 * doubtAgainMs, 'doubt'],
    ]);
  });
});
