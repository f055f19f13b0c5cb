import { describe, expect, it } from 'vitest';
import type { ToldCandidates, TrickleEvent, TrickleState } from '../../../../engine/sip/trickle-machine.ts';
import { quietTrickle, stepTrickle } from '../../../../engine/sip/trickle-machine.ts';

const some = (candidates: string[], complete = false): ToldCandidates => ({ candidates, complete });
const [host, reflexive, relay] = ['host', 'srflx', 'relay'];
const described = some([host]);

const events = {
  settled: { type: 'settled', exchange: 'first', described, confirms: false },
  'settled, to be confirmed': { type: 'settled', exchange: 'first', described, confirms: true },
  'settled anew': { type: 'settled', exchange: 'second', described, confirms: false },
  'settled without': { type: 'settled-without' },
  'more gathered': { type: 'gathered', exchange: 'first', candidates: some([reflexive, host]) },
  'all gathered': { type: 'gathered', exchange: 'first', candidates: some([host], true) },
  'nothing gathered': { type: 'gathered', exchange: 'first', candidates: described },
  'gathered for another': { type: 'gathered', exchange: 'second', candidates: some([relay]) },
  taken: { type: 'answered', exchange: 'first', taken: true },
  refused: { type: 'answered', exchange: 'first', taken: false },
  'answer of another': { type: 'answered', exchange: 'second', taken: false },
  ended: { type: 'ended' },
} satisfies Record<string, TrickleEvent>;
type EventName = keyof typeof events;

const states = {
  nothing: quietTrickle,
  quiet: { phase: 'quiet', exchange: 'first', told: described, known: described },
  open: { phase: 'open', exchange: 'first', told: described, known: described },
  sending: { phase: 'sending', exchange: 'first', told: described, known: described },
  'sending, with more': {
    phase: 'sending',
    exchange: 'first',
    told: described,
    known: some([host, relay]),
  },
  over: { phase: 'over', exchange: 'first', told: described, known: described },
} satisfies Record<string, TrickleState>;
type StateName = keyof typeof states;

/** The next phase, if it changes, and what is told; what is absent changes neither. */
const table: Record<StateName, Partial<Record<EventName, string>>> = {
  nothing: {
    settled: 'open: ',
    'settled, to be confirmed': 'sending: first host',
    'settled anew': 'open: ',
    ended: 'over: ',
  },
  quiet: {
    settled: 'open: ',
    'settled, to be confirmed': 'sending: first host',
    'settled anew': 'open: ',
    ended: 'over: ',
  },
  open: {
    'settled, to be confirmed': 'sending: first host',
    'settled without': 'quiet: ',
    'more gathered': 'sending: first host srflx',
    'all gathered': 'sending: first host end',
    ended: 'over: ',
  },
  sending: {
    'settled anew': 'open: ',
    'settled without': 'quiet: ',
    taken: 'open: ',
    refused: 'quiet: ',
    ended: 'over: ',
  },
  'sending, with more': {
    'settled anew': 'open: ',
    'settled without': 'quiet: ',
    taken: 'first host relay',
    refused: 'quiet: ',
    ended: 'over: ',
  },
  over: {},
};

describe('telling candidates', () => {
  const names = Object.keys(events) as EventName[];
  it.each(
    (Object.keys(table) as StateName[]).flatMap((state) => names.map((name) => [state, name] as const)),
  )('%s + %s', (state, name) => {
    const before = states[state];
    const [after, effects] = stepTrickle(before, events[name]);
    const told = effects.map(({ exchange, candidates: { candidates, complete } }) =>
      [exchange, ...candidates, ...(complete ? ['end'] : [])].join(' '),
    );
    const change = after.phase === before.phase ? '' : `${after.phase}: `;
    expect(change + told.join(', ')).toBe(table[state][name] ?? '');
  });

  it('repeats what was told in its order, with what came while an INFO was on its way behind it', () => {
    const told: string[][] = [];
    let state: TrickleState = quietTrickle;
    const step = (event: TrickleEvent) => {
      const [next, effects] = stepTrickle(state, event);
      state = next;
      told.push(...effects.map(({ candidates }) => [...candidates.candidates]));
    };
    step(events.settled);
    step({ type: 'gathered', exchange: 'first', candidates: some([relay, host]) });
    step({ type: 'gathered', exchange: 'first', candidates: some([relay, reflexive, host]) });
    step({ type: 'gathered', exchange: 'first', candidates: some([reflexive, relay, host], true) });
    step(events.taken);
    step(events.taken);
    expect(told).toEqual([
      [host, relay],
      [host, relay, reflexive],
    ]);
    expect(state).toMatchObject({ phase: 'open', told: { complete: true } });
  });

  it('tells nothing again that a later description of the same exchange has named', () => {
    const [open] = stepTrickle(quietTrickle, events.settled);
    const [waiting] = stepTrickle({ ...open, phase: 'quiet' }, events['more gathered']);
    const [, effects] = stepTrickle(waiting, {
      type: 'settled',
      exchange: 'first',
      described: some([reflexive, host]),
      confirms: false,
    });
    expect(effects).toEqual([]);
  });

  it('adds nothing once it has said that this is all', () => {
    const [open] = stepTrickle(quietTrickle, { ...events.settled, described: some([host], true) });
    expect(stepTrickle(open, events['more gathered'])[1]).toEqual([]);
  });
});
