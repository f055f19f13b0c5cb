import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { askedTransfer, stepTransfer } from '../../../../engine/sip/transfer-machine.ts';
import type { TransferEvent, TransferPhase } from '../../../../engine/sip/transfer-machine.ts';

const events = {
  accepted: { type: 'accepted' },
  refused: { type: 'refused', status: 405, reason: 'Method Not Allowed' },
  'report 100': { type: 'report', status: 100, reason: 'Trying', last: false },
  'report 180': { type: 'report', status: 180, reason: 'Ringing', last: false },
  'report 200': { type: 'report', status: 200, reason: 'OK', last: true },
  'report 486': { type: 'report', status: 486, reason: 'Busy Here', last: true },
  'last report 100': { type: 'report', status: 100, reason: 'Trying', last: true },
  bye: { type: 'bye' },
  silence: { type: 'silence' },
} satisfies Record<string, TransferEvent>;
const names = Object.keys(events) as (keyof typeof events)[];

/** Per phase: what each event leads to, as `phase effects`; events that are absent change nothing. */
const table: Record<TransferPhase, Partial<Record<keyof typeof events, string>>> = {
  asking: {
    accepted: 'trying wait-60',
    refused: 'refused stay',
    'report 100': 'trying wait-60',
    'report 180': 'ringing wait-180',
    'report 200': 'done leave',
    'report 486': 'refused stay',
    'last report 100': 'refused stay',
    bye: 'done leave',
  },
  trying: {
    'report 100': 'trying wait-60',
    'report 180': 'ringing wait-180',
    'report 200': 'done leave',
    'report 486': 'refused stay',
    'last report 100': 'refused stay',
    bye: 'done leave',
    silence: 'refused stay',
  },
  ringing: {
    'report 100': 'ringing wait-180',
    'report 180': 'ringing wait-180',
    'report 200': 'done leave',
    'report 486': 'refused stay',
    'last report 100': 'refused stay',
    bye: 'done leave',
    silence: 'refused stay',
  },
  done: {},
  refused: {},
};
const phases = Object.keys(table) as TransferPhase[];

describe('the transfer machine', () => {
  it.each(phases.flatMap((phase) => names.map((name) => [phase, name] as const)))(
    '%s + %s',
    (phase, name) => {
      const before = { ...askedTransfer, phase };
      const [after, effects] = stepTransfer(before, events[name]);
      const words = effects.map((effect) =>
        effect.type === 'wait' ? `wait-${effect.limitMs / 1000}` : effect.type,
      );
      const expected = table[phase][name];
      if (expected === undefined) {
        expect(after).toBe(before);
        expect(effects).toEqual([]);
      } else {
        expect([after.phase, ...words].join(' ')).toBe(expected);
      }
    },
  );

  it('says why it did not work', () => {
    const failureAfter = (event: TransferEvent) => stepTransfer(askedTransfer, event)[0].failure;
    expect(failureAfter(events.refused)).toEqual({
      cause: 'refused',
      status: 405,
      reason: 'Method Not Allowed',
    });
    expect(failureAfter(events['report 486'])).toEqual({ cause: 'failed', status: 486, reason: 'Busy Here' });
    expect(failureAfter(events['last report 100'])).toMatchObject({ cause: 'unknown' });
  });

  it('decides once: to leave the call or to stay in it, never both', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...names), { maxLength: 12 }), (order) => {
        let state = askedTransfer;
        const decisions: string[] = [];
        for (const name of order) {
          const [next, effects] = stepTransfer(state, events[name]);
          state = next;
          decisions.push(...effects.map(({ type }) => type).filter((type) => type !== 'wait'));
        }
        const over = state.phase === 'done' || state.phase === 'refused';
        expect(decisions).toHaveLength(over ? 1 : 0);
      }),
    );
  });
});
