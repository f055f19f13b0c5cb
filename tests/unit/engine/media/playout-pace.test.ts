import { describe, expect, it } from 'vitest';
import { PlayoutPace, type Pace } from '../../../../engine/media/playout-pace.ts';

const at = { lagMs: 30, restMs: 0, packetMs: 20, neededMs: 10, targetMs: 10 };
const fresh = (position: typeof at, roomMs = 0): Pace => new PlayoutPace(roomMs).next(position);

describe('the pace of playout', () => {
  it('is steady while the slack is at the target and nothing can be gained', () => {
    expect(fresh({ ...at, lagMs: 10 }).kind).toBe('steady');
    expect(fresh({ ...at, lagMs: 29 }).kind).toBe('steady');
  });

  it('is faster where a whole packet waits for nothing', () => {
    expect(fresh(at)).toMatchObject({ kind: 'faster', mostMs: 20 });
    expect(fresh({ ...at, lagMs: 75 })).toMatchObject({ kind: 'faster', mostMs: 60 });
  });

  it('is faster by what is left of a packet, which costs no slack', () => {
    expect(fresh({ ...at, lagMs: 25, restMs: 15 })).toMatchObject({ kind: 'faster', mostMs: 15 });
    // Too little to be worth a seam.
    expect(fresh({ ...at, lagMs: 13, restMs: 3 }).kind).toBe('steady');
  });

  it('is slower when the slack has fallen below the target, by what brings the next step', () => {
    expect(fresh({ ...at, lagMs: 9 })).toMatchObject({ kind: 'slower', wantedMs: 20 });
    expect(fresh({ ...at, lagMs: 20, restMs: 15 })).toMatchObject({ kind: 'slower', wantedMs: 5 });
    expect(fresh({ ...at, lagMs: 20, neededMs: 75, targetMs: 75 })).toMatchObject({
      kind: 'slower',
      wantedMs: 60,
    });
  });

  it('does not slow down for a delay that is only assumed, and does not go below it', () => {
    expect(fresh({ ...at, lagMs: 39, targetMs: 40 }).kind).toBe('steady');
    expect(fresh({ ...at, lagMs: 41, targetMs: 40 }).kind).toBe('steady');
  });

  it('leaves the room alone that it was given', () => {
    expect(fresh({ ...at, lagMs: 100 }, 100).kind).toBe('steady');
    expect(fresh({ ...at, lagMs: 131 }, 100)).toMatchObject({ kind: 'faster', mostMs: 20 });
  });

  it.each([
    [10, 10],
    [20, 20],
    [30, 10],
    [40, 20],
    [60, 20],
  ])('knows how packets of %d ms shift against frames: by %d ms', (packetMs, stepMs) => {
    const lagMs = 10 + (20 - stepMs) + stepMs;
    expect(fresh({ ...at, packetMs, lagMs })).toMatchObject({ kind: 'faster', mostMs: stepMs });
    expect(fresh({ ...at, packetMs, lagMs: lagMs - 1 }).kind).toBe('steady');
  });

  it('is steady for three frames after each seam', () => {
    const pace = new PlayoutPace(0);
    pace.seamed();
    expect(Array.from({ length: 4 }, () => pace.next(at).kind)).toEqual([
      'steady',
      'steady',
      'steady',
      'faster',
    ]);
  });

  it('asks for less likeness the longer it waits and the farther the lag is off', () => {
    const pace = new PlayoutPace(0);
    const asked = Array.from({ length: 100 }, () => {
      const next = pace.next(at);
      return next.kind === 'faster' ? next.likeness : 1;
    });
    expect(asked).toEqual(asked.toSorted((a, b) => b - a));
    expect(asked.at(-1)).toBe(0.3);
    const far = fresh({ ...at, lagMs: 110 });
    expect(far.kind === 'faster' && far.likeness).toBeLessThan((asked[0] ?? 0) - 0.3);
  });
});
