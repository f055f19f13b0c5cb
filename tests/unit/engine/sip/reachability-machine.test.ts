import { describe, expect, it } from 'vitest';
import {
  failedAskMs,
  firstAskMs,
  proofLifeMs,
  reachabilitySnapshot,
  secondAskMs,
  stepReachability,
  unknownReachability,
} from '../../../../engine/sip/reachability-machine.ts';
import type {
  ReachabilityEffect,
  ReachabilityEvent,
  ReachabilityState,
} from '../../../../engine/sip/reachability-machine.ts';

const states: Record<ReachabilityState['phase'], ReachabilityState> = {
  off: unknownReachability,
  waiting: { ...unknownReachability, phase: 'waiting' },
  asking: { ...unknownReachability, phase: 'asking' },
};
type Name = ReachabilityEvent['type'];
const word = (effect: ReachabilityEffect) =>
  Object.values(effect)
    .filter((value) => value !== 'start-timer')
    .join(' ');

/** Phase and verdict after the event, then its effects; a number is a timer. */
const table: Record<ReachabilityState['phase'], Record<Name, string>> = {
  off: {
    registered: `waiting unknown, ${firstAskMs}`,
    unregistered: 'off unknown',
    heard: 'off unknown',
    timer: 'off unknown',
    prove: 'off unknown',
    lost: 'off unknown',
    inconclusive: 'off unknown',
  },
  waiting: {
    registered: `waiting unknown, ${firstAskMs}`,
    unregistered: 'off unknown, stop-timer',
    heard: `waiting proven, ${proofLifeMs}`,
    timer: 'asking unknown, stop-timer, ask',
    prove: 'asking unknown, stop-timer, ask',
    lost: 'waiting unknown',
    inconclusive: 'waiting unknown',
  },
  asking: {
    registered: 'asking unknown',
    unregistered: 'off unknown, stop-timer',
    heard: `waiting proven, ${proofLifeMs}`,
    timer: 'asking unknown',
    prove: 'asking unknown',
    lost: `waiting unknown, ${secondAskMs}`,
    inconclusive: `waiting unprovable, ${proofLifeMs}`,
  },
};

function run(start: ReachabilityState, ...types: Name[]) {
  let state = start;
  const effects: string[] = [];
  for (const type of types) {
    const [next, more] = stepReachability(state, { type }, 5_000);
    state = next;
    effects.push(...more.map(word));
  }
  return { state, effects };
}

describe('every state and event of reachability', () => {
  for (const [phase, row] of Object.entries(table) as [ReachabilityState['phase'], Record<Name, string>][]) {
    for (const [type, expected] of Object.entries(row) as [Name, string][]) {
      it(`${phase}, ${type} → ${expected}`, () => {
        const [after, effects] = stepReachability(states[phase], { type }, 5_000);
        expect([`${after.phase} ${after.verdict}`, ...effects.map(word)].join(', ')).toBe(expected);
      });
    }
  }
});

describe('"you can be called"', () => {
  it('is proven by whatever the PBX sends, and says when', () => {
    expect(reachabilitySnapshot(run(unknownReachability, 'registered', 'heard').state)).toEqual({
      state: 'proven',
      provenAt: 5_000,
      sentence: 'You can be called.',
    });
  });

  it('is failed when two round trips in a row do not come back; the way is then kept open more often', () => {
    const { state, effects } = run(states.waiting, 'timer', 'lost', 'timer', 'lost', 'timer', 'lost');
    expect(effects.filter((each) => each.startsWith('keep-open'))).toEqual(['keep-open true']);
    expect(effects.at(-1)).toBe(String(failedAskMs));
    expect(reachabilitySnapshot(state)).toMatchObject({ state: 'failed', provenAt: null });
    const back = run(state, 'heard');
    expect(back.effects).toEqual(['keep-open false', String(proofLifeMs)]);
    expect(back.state).toMatchObject({ verdict: 'proven', losses: 0 });
  });

  it('forgives one loss', () => {
    expect(run(states.waiting, 'timer', 'lost', 'heard', 'timer', 'lost').state.verdict).toBe('proven');
  });

  it('says so where the PBX offers no way, and keeps an older proof', () => {
    const unprovable = run(states.waiting, 'timer', 'inconclusive').state;
    expect(reachabilitySnapshot(unprovable)).toMatchObject({
      state: 'unknown',
      sentence: 'This PBX offers no way to prove it before somebody calls.',
    });
    expect(run(states.waiting, 'heard', 'timer', 'inconclusive').state.verdict).toBe('proven');
  });

  it('says nothing while the account is not registered, but when it was last proven', () => {
    expect(reachabilitySnapshot(run(states.waiting, 'heard', 'unregistered').state)).toEqual({
      state: 'unknown',
      provenAt: 5_000,
      sentence: '',
    });
  });
});
