import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { initialPublication, stepPublication } from '../../../../engine/sip/publication-machine.ts';
import type { PublicationEvent, PublicationState } from '../../../../engine/sip/publication-machine.ts';

const context = { fraction: 0.5 };
const phases = ['off', 'publishing', 'published', 'waiting', 'unsupported', 'withdrawing'] as const;
type Phase = (typeof phases)[number];
const inPhase = (phase: Phase, more: Partial<PublicationState> = {}): PublicationState => ({
  ...initialPublication(3600),
  phase,
  tag: phase === 'published' || phase === 'withdrawing' ? 'one' : null,
  ...more,
});

const events = {
  start: { type: 'start' },
  stop: { type: 'stop' },
  lost: { type: 'lost' },
  changed: { type: 'changed' },
  accepted: { type: 'accepted', tag: 'two', grantedSeconds: 600 },
  refused: { type: 'refused', status: 500, retryAfterSeconds: undefined, minExpiresSeconds: undefined },
  silent: { type: 'silent' },
  timer: { type: 'timer' },
} satisfies Record<PublicationEvent['type'], PublicationEvent>;

const anew = 'publishing stop-timer send';
const later = 'waiting drop start-timer';
const gone = 'off drop stop-timer';

/** State × event → next state and effects; `-` changes nothing. */
const table: Record<keyof typeof events, Record<Phase, string>> = {
  start: {
    off: anew,
    publishing: '-',
    published: '-',
    waiting: anew,
    unsupported: anew,
    withdrawing: anew,
  },
  stop: {
    off: '-',
    publishing: gone,
    published: 'withdrawing send start-timer',
    waiting: gone,
    unsupported: gone,
    withdrawing: '-',
  },
  lost: { off: '-', publishing: gone, published: gone, waiting: gone, unsupported: gone, withdrawing: gone },
  changed: {
    off: '-',
    publishing: 'publishing',
    published: anew,
    waiting: '-',
    unsupported: '-',
    withdrawing: '-',
  },
  accepted: {
    off: '-',
    publishing: 'published start-timer',
    published: '-',
    waiting: '-',
    unsupported: '-',
    withdrawing: gone,
  },
  refused: {
    off: '-',
    publishing: later,
    published: '-',
    waiting: '-',
    unsupported: '-',
    withdrawing: gone,
  },
  silent: { off: '-', publishing: later, published: '-', waiting: '-', unsupported: '-', withdrawing: gone },
  timer: {
    off: '-',
    publishing: '-',
    published: 'publishing send',
    waiting: anew,
    unsupported: '-',
    withdrawing: gone,
  },
};

describe('the publication machine', () => {
  const rows = Object.entries(table).flatMap(([event, row]) =>
    phases.map((phase) => [phase, event as keyof typeof events, row[phase]] as const),
  );
  it.each(rows)('%s + %s → %s', (phase, name, expected) => {
    const before = inPhase(phase);
    const [after, effects] = stepPublication(before, events[name], context);
    if (expected === '-') {
      expect(after).toBe(before);
      expect(effects).toEqual([]);
    } else expect([after.phase, ...effects.map(({ type }) => type)].join(' ')).toBe(expected);
  });

  it('refreshes without a body, and changes with one, both under the last tag', () => {
    expect(stepPublication(inPhase('published'), events.timer, context)[1]).toEqual([
      { type: 'send', tag: 'one', body: false, expiresSeconds: 3600 },
    ]);
    expect(stepPublication(inPhase('published'), events.changed, context)[1]).toContainEqual({
      type: 'send',
      tag: 'one',
      body: true,
      expiresSeconds: 3600,
    });
  });

  it('publishes what has changed under way after the answer, under its tag', () => {
    const changed = stepPublication(inPhase('publishing'), events.changed, context)[0];
    const [state, effects] = stepPublication(changed, events.accepted, context);
    expect(state).toMatchObject({ phase: 'publishing', tag: 'two', changed: false });
    expect(effects).toContainEqual({ type: 'send', tag: 'two', body: true, expiresSeconds: 3600 });
  });

  it('publishes anew when the server has forgotten the tag (412), once', () => {
    const forgotten: PublicationEvent = { ...events.refused, status: 412 };
    const [state, effects] = stepPublication(inPhase('publishing', { tag: 'one' }), forgotten, context);
    expect(effects).toContainEqual({ type: 'send', tag: null, body: true, expiresSeconds: 3600 });
    expect(stepPublication(state, forgotten, context)[0].phase).toBe('waiting');
  });

  it('asks for the longer lifetime that the server wants, but not for days', () => {
    const brief: PublicationEvent = { ...events.refused, status: 423, minExpiresSeconds: 7200 };
    expect(stepPublication(inPhase('publishing'), brief, context)[0].expiresSeconds).toBe(7200);
    const absurd: PublicationEvent = { ...brief, minExpiresSeconds: 10_000_000 };
    expect(stepPublication(inPhase('publishing'), absurd, context)[0].phase).toBe('waiting');
  });

  it.each([403, 404, 405, 489, 501])('asks no more after a %i', (status) => {
    const [state, effects] = stepPublication(inPhase('publishing'), { ...events.refused, status }, context);
    expect(state.phase).toBe('unsupported');
    expect(effects).toEqual([{ type: 'drop' }]);
  });

  it('keeps to Retry-After, and waits longer after each failure', () => {
    const busy: PublicationEvent = { ...events.refused, status: 503, retryAfterSeconds: 600 };
    expect(stepPublication(inPhase('publishing'), busy, context)[1]).toContainEqual({
      type: 'start-timer',
      delayMs: 600_000,
    });
    let state = inPhase('publishing');
    const delays: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const [failed, effects] = stepPublication(state, events.silent, { fraction: 1 });
      delays.push(effects[1]?.type === 'start-timer' ? effects[1].delayMs : -1);
      [state] = stepPublication(failed, events.timer, context);
    }
    expect(delays).toEqual([30_000, 60_000, 120_000]);
  });

  it('never sends twice at once', () => {
    const anyEvent = fc.constantFrom<PublicationEvent>(...Object.values(events));
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), (list) => {
        let state = initialPublication(3600);
        for (const event of list) {
          const [next, effects] = stepPublication(state, event, context);
          const sends = effects.filter(({ type }) => type === 'send').length;
          expect(sends).toBeLessThanOrEqual(1);
          if (state.phase === 'publishing' && sends === 1)
            expect(['stop', 'accepted', 'refused']).toContain(event.type);
          state = next;
        }
      }),
    );
  });
});
