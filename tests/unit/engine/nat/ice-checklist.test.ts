import { describe, expect, it } from 'vitest';
import type { CandidateType, IceCandidate } from '../../../../engine/nat/ice-candidate.ts';
import { candidatePriority } from '../../../../engine/nat/ice-candidate.ts';
import {
  idleChecklist,
  pairPriority,
  stepChecklist,
  wantsTicks,
  type ChecklistEffect,
  type ChecklistEvent,
  type ChecklistState,
  type IceRole,
  type LocalBase,
} from '../../../../engine/nat/ice-checklist.ts';

const candidate = (address: string, type: CandidateType = 'host', component: 1 | 2 = 1): IceCandidate => ({
  ...{ type, component, address, port: 5000 + component - 1, related: null },
  foundation: `${type} ${address}`,
  priority: candidatePriority(type, component, 65_535),
});
const base = (number: number, of: IceCandidate): LocalBase => ({ ...of, base: number });

const [ours, theirs, relay] = [
  candidate('192.0.2.1'),
  candidate('192.0.2.2'),
  candidate('198.51.100.9', 'relay'),
];
const host = base(1, ours);
const mapped = { address: '192.0.2.1', port: 5000 };
const named: ChecklistEvent = {
  ...{ type: 'remote', role: 'controlling', candidates: [theirs], complete: true, components: [1] },
};
const request = (change: Partial<ChecklistEvent & { type: 'request' }> = {}): ChecklistEvent => ({
  ...{ type: 'request', base: 1, from: { address: theirs.address, port: theirs.port }, priority: 1 },
  ...{ useCandidate: false, role: 'controlled', tieBreaker: 1n },
  ...change,
});

const events = {
  bases: { type: 'bases', bases: [host, base(2, candidate('192.0.2.7'))], complete: true },
  remote: named,
  'more remotes': { type: 'more-remotes', candidates: [relay], complete: true },
  tick: { type: 'tick' },
  succeeded: { type: 'succeeded', pair: 1, mapped },
  'role refused': { type: 'refused', pair: 1, code: 487, role: 'controlling' },
  refused: { type: 'refused', pair: 1, code: 400, role: 'controlling' },
  'timed out': { type: 'timed-out', pair: 1 },
  request: request(),
  'request of a stranger': request({ from: { address: '203.0.113.5', port: 7000 } }),
  'request to nobody': request({ base: 9 }),
  'request in our role': request({ role: 'controlling' }),
  close: { type: 'close' },
} satisfies Record<string, ChecklistEvent>;
type EventName = keyof typeof events;

/** Reducer, event after event, at the time that each is given. */
function run(state: ChecklistState, ...steps: (ChecklistEvent | [ChecklistEvent, number])[]): ChecklistState {
  return steps.reduce<ChecklistState>((before, step) => {
    const [event, nowMs] = Array.isArray(step) ? step : [step, 0];
    return stepChecklist(before, event, nowMs)[0];
  }, state);
}

const idle = run(idleChecklist({ role: 'controlling', tieBreaker: 100n }), {
  ...{ type: 'bases', bases: [host], complete: true },
});
const checking = run(idle, named, { type: 'tick' });
const found = run(checking, { type: 'succeeded', pair: 1, mapped });
const states = {
  idle,
  checking,
  'checking, a pair works': found,
  connected: run(found, { type: 'tick' }, { type: 'succeeded', pair: 1, mapped }),
  failed: run(checking, { type: 'timed-out', pair: 1 }, [{ type: 'tick' }, 40_000]),
  closed: run(checking, { type: 'close' }),
} satisfies Record<string, ChecklistState>;
type StateName = keyof typeof states;

const words = (effect: ChecklistEffect): string => {
  switch (effect.type) {
    case 'check':
      return `check ${effect.pair.id}${effect.nominate ? ' nominating' : ''}`;
    case 'answer':
      return effect.status;
    case 'selected':
      return `selected ${effect.pair.id}`;
    default:
      return effect.type;
  }
};

/** `phase: pairs with their states; what is to be triggered; effects`. */
function picture([{ phase, pairs, triggered }, effects]: ReturnType<typeof stepChecklist>): string {
  const list = pairs.map(({ id, state, nominated }) => `${id} ${state}${nominated ? '!' : ''}`).join(', ');
  return `${phase}: ${list}; ${triggered.join(' ')}; ${effects.map(words).join(', ')}`;
}
const same = '=';

/** What follows from each event in each state; `=` is nothing at all. */
const table: Record<StateName, Record<EventName, string>> = {
  idle: {
    bases: 'idle: ; ; ',
    remote: 'checking: 1 waiting; ; ',
    'more remotes': 'idle: 1 waiting; ; ',
    tick: same,
    succeeded: same,
    'role refused': 'idle: ; ; ',
    refused: same,
    'timed out': same,
    request: 'idle: 1 waiting; 1; success',
    'request of a stranger': 'idle: 1 waiting; 1; success',
    'request to nobody': same,
    'request in our role': 'idle: ; ; role-conflict',
    close: 'closed: ; ; ',
  },
  checking: {
    bases: 'checking: 2 waiting, 1 in-progress; ; ',
    remote: same,
    'more remotes': 'checking: 1 in-progress, 2 waiting; ; ',
    tick: same,
    succeeded: 'checking: 1 succeeded!; 1; ',
    'role refused': 'checking: 1 in-progress; 1; ',
    refused: 'checking: 1 failed; ; ',
    'timed out': 'checking: 1 failed; ; ',
    request: 'checking: 1 in-progress; 1; success',
    'request of a stranger': 'checking: 1 in-progress, 2 waiting; 2; success',
    'request to nobody': same,
    'request in our role': 'checking: 1 in-progress; ; role-conflict',
    close: 'closed: 1 in-progress; ; ',
  },
  'checking, a pair works': {
    bases: 'checking: 2 waiting, 1 succeeded!; 1; ',
    remote: same,
    'more remotes': 'checking: 1 succeeded!, 2 waiting; 1; ',
    tick: 'checking: 1 succeeded!; ; check 1 nominating',
    succeeded: 'connected: 1 succeeded!; 1; selected 1, connected',
    'role refused': 'checking: 1 succeeded!; 1; ',
    refused: 'checking: 1 failed; 1; ',
    'timed out': 'checking: 1 failed; 1; ',
    request: 'checking: 1 succeeded!; 1; success',
    'request of a stranger': 'checking: 1 succeeded!, 2 waiting; 1 2; success',
    'request to nobody': same,
    'request in our role': 'checking: 1 succeeded!; 1; role-conflict',
    close: 'closed: 1 succeeded!; ; ',
  },
  connected: {
    bases: 'connected: 1 succeeded!; ; ',
    remote: same,
    'more remotes': 'connected: 1 succeeded!; ; ',
    tick: same,
    succeeded: same,
    'role refused': 'connected: 1 succeeded!; 1; ',
    refused: 'connected: 1 failed; ; ',
    'timed out': 'connected: 1 failed; ; ',
    request: 'connected: 1 succeeded!; ; success',
    'request of a stranger': 'connected: 1 succeeded!, 2 waiting; 2; success',
    'request to nobody': same,
    'request in our role': 'connected: 1 succeeded!; ; role-conflict',
    close: 'closed: 1 succeeded!; ; ',
  },
  failed: {
    ...(Object.fromEntries(Object.keys(events).map((name) => [name, same])) as Record<EventName, string>),
    close: 'closed: 1 failed; ; ',
  },
  closed: Object.fromEntries(Object.keys(events).map((name) => [name, same])) as Record<EventName, string>,
};

describe('a check list', () => {
  const names = Object.keys(events) as EventName[];
  it.each(
    (Object.keys(table) as StateName[]).flatMap((state) => names.map((name) => [state, name] as const)),
  )('%s + %s', (state, name) => {
    const before = states[state];
    const after = stepChecklist(before, events[name], 50);
    const expected = table[state][name];
    expect(picture(after)).toBe(expected === same ? picture([before, []]) : expected);
  });

  it('wants ticks while it checks, and afterwards for what is still to be checked', () => {
    expect(Object.values(states).map(wantsTicks)).toEqual([false, true, true, false, false, false]);
    expect(wantsTicks(run(states.connected, events['request of a stranger']))).toBe(true);
  });
});

describe('whoever is controlled', () => {
  const controlled: ChecklistState = { ...checking, role: 'controlled' };
  it('selects what the other side nominates, once its own check has succeeded', () => {
    const asked = run(controlled, request({ role: 'controlling', useCandidate: true }));
    expect(asked.selected[1]).toBeUndefined();
    const [after, effects] = stepChecklist(asked, { type: 'succeeded', pair: 1, mapped }, 60);
    expect(after.phase).toBe('connected');
    expect(effects.map(words)).toEqual(['selected 1', 'connected']);
  });

  it('selects a pair that works already at once', () => {
    const works = run(controlled, { type: 'succeeded', pair: 1, mapped });
    const [, effects] = stepChecklist(works, request({ role: 'controlling', useCandidate: true }), 60);
    expect(effects.map(words)).toEqual(['success', 'selected 1', 'connected']);
  });

  it.each([
    ['controlling', 100n, 99n, 'controlling', 'role-conflict'],
    ['controlling', 100n, 101n, 'controlled', 'success'],
    ['controlled', 100n, 99n, 'controlling', 'success'],
    ['controlled', 100n, 101n, 'controlled', 'role-conflict'],
  ] as const)(
    '%s with %i against %i in the same role is %s then',
    (role, tieBreaker, other, after, answer) => {
      const [state, effects] = stepChecklist(
        { ...checking, role, tieBreaker },
        request({ role, tieBreaker: other }),
        60,
      );
      expect([state.role, words(effects[0] ?? { type: 'failed' })]).toEqual([after, answer]);
    },
  );

  it('does not change back when a refusal of before comes late', () => {
    const role: IceRole = 'controlling';
    expect(run(checking, { type: 'refused', pair: 1, code: 487, role }).role).toBe('controlled');
    expect(run(controlled, { type: 'refused', pair: 1, code: 487, role }).role).toBe('controlled');
  });
});

describe('candidates that are told later', () => {
  const open: ChecklistEvent = { ...named, complete: false };
  const lost = run(idle, open, { type: 'tick' }, { type: 'timed-out', pair: 1 });

  it('are checked although everything before them has failed', () => {
    const [after, effects] = stepChecklist(run(lost, events['more remotes']), { type: 'tick' }, 5_000);
    expect(after.phase).toBe('checking');
    expect(effects.map(words)).toEqual(['check 2']);
  });

  it.each([
    ['their end is not told', lost, 59_900, 'checking'],
    ['their end is not told', lost, 60_000, 'failed'],
    [
      'ours is not',
      run(lost, { type: 'bases', bases: [host], complete: false }, { ...open, complete: true }),
      59_900,
      'checking',
    ],
    ['all is told', run(lost, { type: 'more-remotes', candidates: [], complete: true }), 39_400, 'checking'],
    ['all is told', run(lost, { type: 'more-remotes', candidates: [], complete: true }), 39_500, 'failed'],
  ] as const)('are waited for: where %s, after %#', (_where, state, nowMs, phase) => {
    expect(stepChecklist(state, { type: 'tick' }, nowMs)[0].phase).toBe(phase);
  });

  it('make one way enough where the end names nothing of RTCP', () => {
    const both = run(idle, { ...open, components: [1, 2] }, { type: 'tick' });
    const works = run(
      both,
      { type: 'succeeded', pair: 1, mapped },
      { type: 'tick' },
      { type: 'succeeded', pair: 1, mapped },
    );
    expect(works.phase).toBe('checking');
    const [after, effects] = stepChecklist(
      works,
      { type: 'more-remotes', candidates: [], complete: true },
      60,
    );
    expect([after.phase, effects.map(words)]).toEqual(['connected', ['connected']]);
  });

  it('say what a candidate is that a check had shown before', () => {
    const shown = run(idle, request({ from: { address: relay.address, port: relay.port } }));
    expect(shown.remotes.map(({ type }) => type)).toEqual(['prflx']);
    const told = run(shown, named, events['more remotes']);
    expect(told.remotes.map(({ type }) => type)).toEqual(['relay', 'host']);
    expect(told.pairs.map(({ remote }) => remote.type)).toEqual(['host', 'relay']);
  });

  it('are taken up to a bound', () => {
    const flood = Array.from({ length: 500 }, (_, index) => candidate(`198.51.100.${index % 250}`, 'srflx'));
    const many = flood.map((each, index) => ({ ...each, port: 10_000 + index }));
    const flooded = run(checking, { type: 'more-remotes', candidates: many, complete: false });
    expect(flooded.remotes).toHaveLength(64);
    expect(flooded.pairs.length).toBeLessThanOrEqual(100);
  });
});

describe('pairs', () => {
  it('are made of one component, one family and one scope', () => {
    const others = [
      candidate('192.0.2.3', 'host', 2),
      candidate('2001:db8::2'),
      candidate('169.254.3.4'),
      candidate('192.0.2.4'),
    ];
    const state = run(idle, { ...named, candidates: others });
    expect(state.pairs.map(({ remote }) => remote.address)).toEqual(['192.0.2.4']);
  });

  it('have the same rank on both sides', () => {
    const pair = { local: host, remote: relay };
    const mirrored = { local: base(7, relay), remote: ours };
    expect(pairPriority(pair, 'controlling')).toBe(pairPriority(mirrored, 'controlled'));
  });

  it('of a foundation that nobody has tried wait for the first of it', () => {
    const rtcp = base(2, candidate('192.0.2.1', 'host', 2));
    const both = run(
      { ...idleChecklist({ role: 'controlling', tieBreaker: 1n }) },
      { type: 'bases', bases: [host, rtcp], complete: true },
      { ...named, candidates: [theirs, candidate('192.0.2.2', 'host', 2)], components: [1, 2] },
    );
    expect(both.pairs.map(({ local, state }) => `${local.component} ${state}`)).toEqual([
      '1 waiting',
      '2 frozen',
    ]);
    const proven = run(both, { type: 'tick' }, { type: 'succeeded', pair: 1, mapped });
    expect(proven.pairs.map(({ state }) => state)).toEqual(['succeeded', 'waiting']);
  });
});
