import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expiryAfterMs, idleSessionTimer, stepSessionTimer } from '../../../../engine/sip/session-timer.ts';
import type {
  SessionTimerEffect,
  SessionTimerEvent,
  SessionTimerPhase,
} from '../../../../engine/sip/session-timer.ts';

const events = {
  'agreed us': { type: 'agreed', interval: { seconds: 120, refresher: 'us' } },
  'agreed them': { type: 'agreed', interval: { seconds: 120, refresher: 'them' } },
  alone: { type: 'alone' },
  'refresh-due': { type: 'refresh-due' },
  failed: { type: 'failed', heard: true },
  unheard: { type: 'failed', heard: false },
  'too-short': { type: 'too-short', leastSeconds: 90 },
  'expiry-due': { type: 'expiry-due' },
  ended: { type: 'ended' },
} satisfies Record<string, SessionTimerEvent>;
const names = Object.keys(events) as (keyof typeof events)[];

/** One effect as a word: `refresh@60` starts a timer at 60 s, `-expiry` stops one. */
function told(effect: SessionTimerEffect): string {
  if (effect.type === 'start') return `${effect.timer}@${effect.afterMs / 1000}`;
  return effect.type === 'stop' ? `-${effect.timer}` : effect.type;
}

const us = 'waiting refresh@60 expiry@88';
const them = 'watching -refresh expiry@88';
const alone = 'waiting refresh@1800 expiry@3568';
const over = 'over -refresh -expiry';
/** Per phase: what each event leads to, as `phase effects`; absent events change nothing. */
const table: Record<SessionTimerPhase, Partial<Record<keyof typeof events, string>>> = {
  off: { 'agreed us': us, 'agreed them': them, alone, 'too-short': 'off', ended: over },
  waiting: {
    'agreed us': us,
    'agreed them': them,
    alone,
    'refresh-due': 'refreshing refresh',
    'too-short': 'waiting',
    'expiry-due': `${over} expire`,
    ended: over,
  },
  refreshing: {
    'agreed us': us,
    'agreed them': them,
    alone,
    failed: 'waiting refresh@10',
    unheard: 'waiting refresh@10',
    'too-short': 'refreshing',
    'expiry-due': `${over} expire`,
    ended: over,
  },
  watching: {
    'agreed us': us,
    'agreed them': them,
    alone,
    'too-short': 'watching',
    'expiry-due': `${over} expire`,
    ended: over,
  },
  over: {},
};
const phases = Object.keys(table) as SessionTimerPhase[];

describe('the session timer', () => {
  it.each(phases.flatMap((phase) => names.map((name) => [phase, name] as const)))(
    '%s + %s',
    (phase, name) => {
      const before = { ...idleSessionTimer(3600), phase };
      const [after, effects] = stepSessionTimer(before, events[name]);
      const expected = table[phase][name];
      if (expected === undefined) expect([after, effects]).toEqual([before, []]);
      else expect([after.phase, ...effects.map(told)].join(' ')).toBe(expected);
    },
  );

  it('takes any answer of a far side without session timers for a sign of life', () => {
    const [waiting] = stepSessionTimer(idleSessionTimer(3600), { type: 'alone' });
    const [refreshing] = stepSessionTimer(waiting, { type: 'refresh-due' });
    expect(stepSessionTimer(refreshing, { type: 'failed', heard: true })[1].map(told)).toEqual([
      'refresh@1800',
      'expiry@3568',
    ]);
    expect(stepSessionTimer(refreshing, { type: 'failed', heard: false })[1].map(told)).toEqual([
      'refresh@10',
    ]);
  });

  it('ends a call 32 s before its interval does, or a third of it for a short one', () => {
    expect([expiryAfterMs(3600), expiryAfterMs(96), expiryAfterMs(90)]).toEqual([3_568_000, 64_000, 60_000]);
  });

  it('never refreshes twice at once, never refreshes for the other side, and expires at most once', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...names), { maxLength: 40 }), (list) => {
        let state = idleSessionTimer(3600);
        let expired = 0;
        for (const name of list) {
          const [next, effects] = stepSessionTimer(state, events[name]);
          for (const effect of effects) {
            if (effect.type === 'refresh')
              expect([state.phase, next.phase]).toEqual(['waiting', 'refreshing']);
            if (effect.type === 'expire') expired += 1;
            if (effect.type === 'start' && effect.timer === 'refresh') expect(next.phase).toBe('waiting');
          }
          state = next;
        }
        expect(expired).toBeLessThan(2);
      }),
    );
  });
});
