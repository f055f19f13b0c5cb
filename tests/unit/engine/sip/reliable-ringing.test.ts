import { describe, expect, it } from 'vitest';
import { notRinging, stepRinging } from '../../../../engine/sip/reliable-ringing.ts';
import type { RingingEvent, RingingPhase, RingingState } from '../../../../engine/sip/reliable-ringing.ts';

const events = {
  ring: { type: 'ring', sequence: 7 },
  timer: { type: 'timer' },
  prack: { type: 'prack', sequence: 7, ofThisInvite: true },
  'wrong prack': { type: 'prack', sequence: 8, ofThisInvite: true },
  'prack of another': { type: 'prack', sequence: 7, ofThisInvite: false },
  final: { type: 'final' },
} satisfies Record<string, RingingEvent>;
const names = Object.keys(events) as (keyof typeof events)[];

const refused = { 'wrong prack': 'answer-prack 481', 'prack of another': 'answer-prack 481' };
/** Per phase: the next phase, if it changes, and the effects; what is absent changes nothing. */
const table: Record<RingingPhase, Partial<Record<keyof typeof events, string>>> = {
  idle: {
    ...refused,
    ring: 'ringing: transmit, start-timer 500',
    prack: 'answer-prack 481',
    final: 'over: ',
  },
  ringing: {
    ...refused,
    timer: 'transmit, start-timer 1000',
    prack: 'acknowledged: stop-timer, answer-prack 200',
    final: 'over: stop-timer',
  },
  acknowledged: { ...refused, prack: 'answer-prack 200', final: 'over: ' },
  over: { ...refused, prack: 'answer-prack 200' },
};

describe('ringing reliably', () => {
  const phases = Object.keys(table) as RingingPhase[];
  it.each(phases.flatMap((phase) => names.map((name) => [phase, name] as const)))(
    '%s + %s',
    (phase, name) => {
      const before: RingingState = { ...notRinging, phase, sequence: 7 };
      const [after, effects] = stepRinging(before, events[name]);
      const words = effects.map((effect) =>
        effect.type === 'start-timer'
          ? `start-timer ${effect.afterMs}`
          : effect.type === 'answer-prack'
            ? `answer-prack ${effect.status}`
            : effect.type,
      );
      const change = after.phase === phase ? '' : `${after.phase}: `;
      expect(change + words.join(', ')).toBe(table[phase][name] ?? '');
    },
  );

  it('repeats after 0.5, 1, 2, 4, 8 and 16 s and gives up 32 s after the first', () => {
    let [state, effects] = stepRinging(notRinging, events.ring);
    const delays: number[] = [];
    for (let turn = 0; turn < 20; turn += 1) {
      for (const effect of effects) if (effect.type === 'start-timer') delays.push(effect.afterMs);
      if (effects.some(({ type }) => type === 'give-up')) break;
      [state, effects] = stepRinging(state, events.timer);
    }
    expect(delays).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 500]);
    expect(delays.reduce((sum, delay) => sum + delay)).toBe(32_000);
    expect(state.phase).toBe('over');
  });
});
