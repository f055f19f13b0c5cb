import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeOf, stepFloor } from '../../../engine/call-floor.ts';
import type { Floor, FloorCall } from '../../../engine/call-floor.ts';

const stages = ['alerting', 'calling', 'answered', 'ended'] as const;
type Stage = (typeof stages)[number];
const call = (id: string, stage: Stage, conferenceId: string | null = null): FloorCall => ({
  id,
  stage,
  conferenceId,
});

/** Floors before the event: nobody's, the call's own, another answered call's, the conference that the call is in. */
const floors = ['nobody', 'own', 'other', 'conference'] as const;

/** Whose the floor is afterwards, for a call `a` in each stage beside an answered call `b`. */
const table: Record<(typeof floors)[number], Record<'taken' | 'left', Record<Stage, string | null>>> = {
  nobody: {
    taken: { alerting: 'a', calling: 'a', answered: 'a', ended: null },
    left: { alerting: null, calling: null, answered: null, ended: null },
  },
  own: {
    taken: { alerting: 'a', calling: 'a', answered: 'a', ended: 'a' },
    left: { alerting: null, calling: null, answered: null, ended: null },
  },
  other: {
    taken: { alerting: 'a', calling: 'a', answered: 'a', ended: 'b' },
    left: { alerting: 'b', calling: 'b', answered: 'b', ended: 'b' },
  },
  // `a` and `b` are in it: it stands as long as one of them does.
  conference: {
    taken: { alerting: 'c', calling: 'c', answered: 'c', ended: 'c' },
    left: { alerting: 'c', calling: 'c', answered: 'c', ended: 'c' },
  },
};

describe('the floor', () => {
  const rows = floors.flatMap((floor) =>
    (['taken', 'left'] as const).flatMap((type) => stages.map((stage) => [floor, type, stage] as const)),
  );
  it.each(rows)('%s + %s by a call that is %s', (where, type, stage) => {
    const conferenceId = where === 'conference' ? 'c' : null;
    const calls = [call('a', stage, conferenceId), call('b', 'answered', conferenceId)];
    const before: Floor = { nobody: null, own: 'a', other: 'b', conference: 'c' }[where];
    expect(stepFloor(before, { type, id: 'a' }, calls)).toBe(table[where][type][stage]);
  });

  it('is taken by a call that we are making when the talking one ends, and by no held one', () => {
    const calls = [call('held', 'answered'), call('made', 'calling'), call('talking', 'ended')];
    expect(stepFloor('talking', { type: 'left', id: 'talking' }, calls)).toBe('made');
    expect(stepFloor('talking', { type: 'left', id: 'talking' }, calls.slice(0, 1))).toBe(null);
  });

  it('is lost by a conference only with its last call', () => {
    const one = [call('a', 'ended', 'c'), call('b', 'answered', 'c')];
    expect(stepFloor('c', { type: 'left', id: 'a' }, one)).toBe('c');
    expect(stepFloor('c', { type: 'left', id: 'b' }, [call('b', 'ended', 'c')])).toBe(null);
  });

  it('leaves what rings alone, and puts everything else aside but the one group that talks', () => {
    const stage = fc.constantFrom(...stages);
    const conference = fc.constantFrom(null, 'x', 'y');
    const calls = fc
      .array(fc.tuple(stage, conference), { minLength: 1, maxLength: 6 })
      .map((list) => list.map(([each, id], nth) => call(String(nth), each, id)));
    fc.assert(
      fc.property(calls, fc.nat(5), (all, nth) => {
        const floor = stepFloor(null, { type: 'taken', id: String(nth) }, all);
        for (const each of all) {
          const place = placeOf(each, floor);
          if (each.stage === 'alerting' || each.stage === 'ended') expect(place).toBe('as it is');
          else expect(place).toBe((each.conferenceId ?? each.id) === floor ? 'talks' : 'aside');
        }
      }),
    );
  });
});
