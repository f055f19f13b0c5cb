import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noEarlyDialogs, stepEarlyDialogs } from '../../../../engine/sip/early-dialogs.ts';
import type { EarlyDialogEvent, EarlyDialogs } from '../../../../engine/sip/early-dialogs.ts';

const provisional = (tag: string, description?: string, reliable = false): EarlyDialogEvent => ({
  ...{ type: 'provisional', tag, description, reliable },
});
const answered = (tag: string, description?: string): EarlyDialogEvent => ({
  ...{ type: 'answered', tag, description },
});

/** What is heard after each event: a description, `settle …`, or nothing. */
function run(events: EarlyDialogEvent[]): string[] {
  let state: EarlyDialogs = noEarlyDialogs;
  return events.map((event) => {
    const [next, effects] = stepEarlyDialogs(state, event);
    state = next;
    return effects
      .map((effect) => (effect.type === 'hear' ? effect.description : `settle ${effect.description ?? '-'}`))
      .join();
  });
}

const events: Record<string, EarlyDialogEvent> = {
  ringing: provisional('a'),
  'early media': provisional('a', 'A'),
  'changed early media': provisional('a', 'A2'),
  'a reliable answer': provisional('a', 'A', true),
  'early media of another phone': provisional('b', 'B'),
  'an answer with a description': answered('a', 'A2'),
  'an answer without one': answered('a'),
  'an answer of another phone': answered('b', 'B'),
  'an UPDATE': { type: 'updated', tag: 'a' },
};
const states: Record<string, EarlyDialogEvent[]> = {
  'nothing yet': [],
  'one phone rings': [provisional('a')],
  'one phone plays': [provisional('a', 'A')],
  'one phone has answered reliably': [provisional('a', 'A', true)],
  'one phone has renewed its session': [provisional('a', 'A', true), { type: 'updated', tag: 'a' }],
  'another phone plays too': [provisional('a', 'A'), provisional('b', 'B')],
  over: [answered('a', 'A')],
};

const table: Record<string, string[]> = {
  'nothing yet': ['', 'A', 'A2', 'A', 'B', 'settle A2', 'settle -', 'settle B', ''],
  'one phone rings': ['', 'A', 'A2', 'A', 'B', 'settle A2', 'settle -', 'settle B', ''],
  'one phone plays': ['', '', 'A2', '', 'B', 'settle A2', 'settle A', 'settle B', ''],
  'one phone has answered reliably': ['', '', '', '', 'B', 'settle A', 'settle A', 'settle B', ''],
  'one phone has renewed its session': ['', '', '', '', 'B', 'settle -', 'settle -', 'settle B', ''],
  'another phone plays too': ['', '', 'A2', '', '', 'settle A2', 'settle A', 'settle B', ''],
  over: ['', '', '', '', '', '', '', '', ''],
};

describe('the early dialogs of an INVITE', () => {
  const cells = Object.entries(states).flatMap(([state, before]) =>
    Object.entries(events).map(([name, event], at) => ({ state, before, name, event, at })),
  );
  it.each(cells)('$state + $name', ({ state, before, event, at }) => {
    expect(run([...before, event]).at(-1)).toBe(table[state]?.[at]);
  });

  it('go back to an older phone only when it has something new to hear', () => {
    const heard = run([
      provisional('a', 'A'),
      provisional('b', 'B'),
      provisional('a', 'A'),
      provisional('a'),
    ]);
    expect(heard).toEqual(['A', 'B', '', '']);
  });

  it('settle at most once, and are bounded whatever is sent', () => {
    const tag = fc.string({ maxLength: 2 });
    const description = fc.option(fc.constantFrom('A', 'B'), { nil: undefined });
    const any = fc.oneof(
      fc.tuple(tag, description, fc.boolean()).map((of) => provisional(...of)),
      fc.tuple(tag, description).map((of) => answered(...of)),
    );
    fc.assert(
      fc.property(fc.array(any, { maxLength: 200 }), (list) => {
        let state: EarlyDialogs = noEarlyDialogs;
        let settled = 0;
        for (const event of list) {
          const [next, effects] = stepEarlyDialogs(state, event);
          settled += effects.filter(({ type }) => type === 'settle').length;
          state = next;
          expect(state.dialogs.size).toBeLessThanOrEqual(32);
        }
        expect(settled).toBe(state.phase === 'over' ? 1 : 0);
      }),
    );
  });
});
