import { describe, expect, it } from 'vitest';
import { steadyCall, stepRecovery } from '../../../../engine/sip/recovery-machine.ts';
import type { RecoveryEvent, RecoveryPhase, RecoveryState } from '../../../../engine/sip/recovery-machine.ts';

const states: Record<RecoveryPhase, RecoveryState> = {
  steady: steadyCall,
  'cut-off': { ...steadyCall, phase: 'cut-off' },
  moving: { ...steadyCall, phase: 'moving', target: 'A' },
  asking: { ...steadyCall, phase: 'asking' },
  waiting: { ...steadyCall, phase: 'waiting', failures: 1 },
  over: { ...steadyCall, phase: 'over' },
};
const events = {
  lost: { type: 'lost' },
  path: { type: 'path', address: 'B' },
  doubt: { type: 'doubt' },
  heard: { type: 'heard' },
  moved: { type: 'moved' },
  'not-moved': { type: 'not-moved' },
  agreed: { type: 'agreed' },
  refused: { type: 'refused' },
  silent: { type: 'silent' },
  timer: { type: 'timer' },
  ended: { type: 'ended' },
} satisfies Record<RecoveryEvent['type'], RecoveryEvent>;

type Cell = `${RecoveryPhase}${'' | ` ${string}`}`;
const nothing = (phase: RecoveryPhase): Record<RecoveryEvent['type'], Cell> => ({
  lost: phase,
  path: phase,
  doubt: phase,
  heard: phase,
  moved: phase,
  'not-moved': phase,
  agreed: phase,
  refused: phase,
  silent: phase,
  timer: phase,
  ended: 'over',
});
/** Phase after the event, then its effects. */
const table: Record<RecoveryPhase, Record<RecoveryEvent['type'], Cell>> = {
  steady: { ...nothing('steady'), lost: 'cut-off', path: 'moving move', doubt: 'asking ask' },
  'cut-off': { ...nothing('cut-off'), path: 'moving move' },
  moving: { ...nothing('moving'), moved: 'asking ask', 'not-moved': 'waiting start-timer' },
  asking: {
    ...nothing('asking'),
    agreed: 'steady',
    refused: 'waiting start-timer',
    silent: 'waiting start-timer',
  },
  waiting: {
    ...nothing('waiting'),
    path: 'moving stop-timer move',
    timer: 'asking ask',
    ended: 'over stop-timer',
  },
  over: nothing('over'),
};

function run(start: RecoveryState, ...types: (RecoveryEvent | keyof typeof events)[]) {
  let state = start;
  const effects: string[] = [];
  for (const each of types) {
    const [next, more] = stepRecovery(state, typeof each === 'string' ? events[each] : each);
    state = next;
    effects.push(...more.map((effect) => Object.values(effect).join(' ')));
  }
  return { state, effects };
}

describe('every state and event of a recovery', () => {
  for (const [phase, row] of Object.entries(table) as [RecoveryPhase, (typeof table)[RecoveryPhase]][]) {
    for (const [name, cell] of Object.entries(row)) {
      it(`${phase}, ${name} → ${cell}`, () => {
        const [after, effects] = stepRecovery(states[phase], events[name as keyof typeof events]);
        expect([after.phase, ...effects.map(({ type }) => type)].join(' ')).toBe(cell);
      });
    }
  }
});

describe('a call whose network changes', () => {
  it('moves its sound, tells the far side, and is steady', () => {
    const { state, effects } = run(steadyCall, 'lost', 'path', 'moved', 'agreed');
    expect(effects).toEqual(['move B', 'ask']);
    expect(state).toEqual(steadyCall);
  });

  it('asks again after half a second, then ever later, while it lives', () => {
    const { effects } = run(
      states.asking,
      'silent',
      'timer',
      'silent',
      'timer',
      'refused',
      'timer',
      'silent',
    );
    expect(effects.filter((each) => each !== 'ask')).toEqual([
      'start-timer 500',
      'start-timer 1000',
      'start-timer 2000',
      'start-timer 4000',
    ]);
    expect(run({ ...states.asking, failures: 30 }, 'silent').effects).toEqual(['start-timer 16000']);
  });

  it('tries to move again where the sound could not move, before it asks', () => {
    expect(run(states.moving, 'not-moved', 'timer').effects).toEqual(['start-timer 500', 'move A']);
  });

  it('takes the newest path once what is under way is over', () => {
    const third: RecoveryEvent = { type: 'path', address: 'C' };
    expect(run(states.asking, 'path', third, 'silent').effects).toEqual(['move C']);
    expect(run(states.moving, third, 'moved', 'moved', 'agreed').effects).toEqual(['move C', 'ask']);
  });
});

describe('a far side whose sound stays away', () => {
  it('is gone when it does not answer either', () => {
    expect(run(steadyCall, 'doubt', 'silent')).toMatchObject({
      state: { phase: 'over' },
      effects: ['ask', 'give-up'],
    });
    expect(run(states.asking, 'silent', 'doubt', 'timer', 'silent').effects.at(-1)).toBe('give-up');
  });

  it('is there when it answers, whatever it says', () => {
    expect(run(steadyCall, 'doubt', 'agreed').state).toEqual(steadyCall);
    expect(run(steadyCall, 'doubt', 'refused').state).toEqual(steadyCall);
  });

  it('is no longer in doubt once it is heard', () => {
    expect(run(states.asking, 'doubt', 'heard', 'silent').effects).toEqual(['start-timer 500']);
  });
});
