import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  glareBackOffMs,
  longestPatience,
  stepNegotiation,
  unreadyNegotiation,
} from '../../../../engine/sip/session-negotiation.ts';
import type {
  NegotiationEffect,
  NegotiationEvent,
  NegotiationPhase,
  NegotiationState,
} from '../../../../engine/sip/session-negotiation.ts';

const events = {
  established: { type: 'established' },
  wish: { type: 'wish', wish: 'move' },
  agreed: { type: 'agreed' },
  refused: { type: 'refused', status: 488 },
  'put-off': { type: 'put-off', status: 491, afterMs: null },
  silent: { type: 'silent', sent: true },
  gone: { type: 'gone' },
  invited: { type: 'offered', by: 'invite' },
  updated: { type: 'offered', by: 'update' },
  settled: { type: 'settled' },
  'back-off-over': { type: 'back-off-over' },
  ended: { type: 'ended' },
} satisfies Record<string, NegotiationEvent>;
const names = Object.keys(events) as (keyof typeof events)[];

const quiet = { carried: [], wanted: [], retries: 0 };
/** A state of each phase, as it is met: an offer carries a hold, a back-off waits with one. */
const states: Record<NegotiationPhase, NegotiationState> = {
  unready: unreadyNegotiation,
  idle: { ...quiet, phase: 'idle' },
  offering: { ...quiet, phase: 'offering', carried: ['hold'] },
  answering: { ...quiet, phase: 'answering' },
  'backing-off': { ...quiet, phase: 'backing-off', wanted: ['hold'], retries: 1 },
  over: { ...quiet, phase: 'over' },
};
const phases = Object.keys(states) as NegotiationPhase[];

/** One effect as a word or two. */
function told(effect: NegotiationEffect): string {
  if (effect.type === 'offer') return `offer(${effect.wishes.join('+')})`;
  if (effect.type === 'outcome') return `${effect.outcome.kind}(${effect.wishes.join('+')})`;
  if (effect.type === 'turn-away') return String(effect.status);
  return effect.type;
}

/** Per phase: what each event leads to, as `phase effects`; events that are absent change nothing. */
const table: Record<NegotiationPhase, Partial<Record<keyof typeof events, string>>> = {
  unready: {
    established: 'idle',
    wish: 'unready',
    invited: 'unready answer',
    updated: 'unready answer',
    ended: 'over',
  },
  idle: { wish: 'offering offer(move)', invited: 'answering answer', updated: 'idle answer', ended: 'over' },
  offering: {
    wish: 'offering',
    agreed: 'idle agreed(hold)',
    refused: 'idle refused(hold)',
    'put-off': 'backing-off back-off',
    silent: 'idle silent(hold)',
    gone: 'over gone over(hold)',
    invited: 'offering 491',
    updated: 'offering 491',
    ended: 'over over(hold)',
  },
  answering: {
    wish: 'answering',
    invited: 'answering 500',
    updated: 'answering 500',
    settled: 'idle',
    ended: 'over',
  },
  'backing-off': {
    wish: 'backing-off',
    invited: 'answering stop-back-off answer',
    updated: 'backing-off answer',
    'back-off-over': 'offering offer(hold)',
    ended: 'over stop-back-off over(hold)',
  },
  over: { wish: 'over over(move)' },
};

function run(...list: NegotiationEvent[]): { state: NegotiationState; effects: string[] } {
  let state = unreadyNegotiation;
  const effects: string[] = [];
  for (const event of list) {
    const [next, done] = stepNegotiation(state, event);
    state = next;
    effects.push(...done.map(told));
  }
  return { state, effects };
}

describe('the session negotiation', () => {
  it.each(phases.flatMap((phase) => names.map((name) => [phase, name] as const)))(
    '%s + %s',
    (phase, name) => {
      const before = states[phase];
      const [after, effects] = stepNegotiation(before, events[name]);
      const expected = table[phase][name];
      if (expected === undefined) {
        expect(after).toBe(before);
        expect(effects).toEqual([]);
      } else expect([after.phase, ...effects.map(told)].join(' ')).toBe(expected);
    },
  );

  it('sends what was wished before the call stood once it stands', () => {
    const { effects } = run({ type: 'wish', wish: 'hold' }, { type: 'established' });
    expect(effects).toEqual(['offer(hold)']);
  });

  it('merges what is wished while an offer is out into the next offer', () => {
    const { effects } = run(
      { type: 'established' },
      { type: 'wish', wish: 'hold' },
      { type: 'wish', wish: 'move' },
      { type: 'wish', wish: 'refresh' },
      { type: 'agreed' },
      { type: 'agreed' },
    );
    expect(effects).toEqual(['offer(hold)', 'agreed(hold)', 'offer(move+refresh)', 'agreed(move+refresh)']);
  });

  it('forgets a hold that is taken back before it was sent', () => {
    const { effects } = run(
      { type: 'established' },
      { type: 'offered', by: 'invite' },
      { type: 'wish', wish: 'hold' },
      { type: 'wish', wish: 'resume' },
      { type: 'settled' },
    );
    expect(effects).toEqual(['answer', 'superseded(hold)', 'offer(resume)']);
  });

  it('offers the newest wish after a glare, not the one that met it', () => {
    const { effects } = run(
      { type: 'established' },
      { type: 'wish', wish: 'hold' },
      { type: 'wish', wish: 'resume' },
      { type: 'put-off', status: 491, afterMs: null },
      { type: 'back-off-over' },
    );
    expect(effects).toEqual(['offer(hold)', 'superseded(hold)', 'back-off', 'offer(resume)']);
  });

  it('gives a wish up after many offers that were put off', () => {
    const again: NegotiationEvent[] = [
      { type: 'put-off', status: 491, afterMs: null },
      { type: 'back-off-over' },
    ];
    const list = Array.from({ length: longestPatience }, () => again).flat();
    const { state, effects } = run({ type: 'established' }, { type: 'wish', wish: 'hold' }, ...list);
    expect(effects.filter((effect) => effect === 'offer(hold)')).toHaveLength(longestPatience);
    expect(effects.at(-1)).toBe('refused(hold)');
    expect(state.phase).toBe('idle');
  });

  it('never has two offers open, and tells the outcome of every wish exactly once', () => {
    const wishes = (['hold', 'resume', 'move', 'refresh'] as const).map(
      (wish) => ({ type: 'wish', wish }) as const,
    );
    const anyEvent = fc.constantFrom<NegotiationEvent>(...Object.values(events), ...wishes);
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), (list) => {
        let state = unreadyNegotiation;
        const open = new Set<string>();
        for (const event of [...list, { type: 'ended' } as const]) {
          const [next, effects] = stepNegotiation(state, event);
          if (event.type === 'wish') open.add(event.wish);
          for (const effect of effects) {
            if (effect.type === 'answer') expect(state.phase).not.toBe('offering');
            if (effect.type === 'offer') expect(next.phase).toBe('offering');
            if (effect.type !== 'outcome') continue;
            for (const wish of effect.wishes) {
              expect(open.has(wish)).toBe(true);
              if (!next.carried.includes(wish) && !next.wanted.includes(wish)) open.delete(wish);
            }
          }
          expect(next.wanted.includes('hold') && next.wanted.includes('resume')).toBe(false);
          expect(next.phase === 'offering' ? next.carried.length > 0 : next.carried.length === 0).toBe(true);
          state = next;
        }
        expect([...open]).toEqual([]);
      }),
    );
  });

  it('backs off in the times of RFC 3261 §14.1', () => {
    expect([glareBackOffMs(true, 0), glareBackOffMs(true, 0.999_999)]).toEqual([2_100, 4_000]);
    expect([glareBackOffMs(false, 0), glareBackOffMs(false, 0.999_999)]).toEqual([0, 2_000]);
    fc.assert(
      fc.property(fc.boolean(), fc.double({ min: 0, max: 0.999, noNaN: true }), (owner, fraction) => {
        expect(glareBackOffMs(owner, fraction) % 10).toBe(0);
      }),
    );
  });
});
