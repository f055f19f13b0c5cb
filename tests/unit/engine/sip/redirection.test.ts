import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partyOfUri } from '../../../../engine/sip/party.ts';
import {
  firstAttempt,
  isRedirection,
  redirectTargets,
  stepRedirection,
} from '../../../../engine/sip/redirection.ts';
import type { RedirectionEvent, RedirectionState } from '../../../../engine/sip/redirection.ts';

const [a, b, c] = ['a', 'b', 'c'].map((user) => partyOfUri(`sip:${user}@x`)) as [never, never, never];
const events = {
  'automatic b c': { type: 'redirected', policy: 'automatic', to: [b, c] },
  'automatic, only a again': { type: 'redirected', policy: 'automatic', to: [a] },
  'ask b c': { type: 'redirected', policy: 'ask', to: [b, c] },
  'ask, nobody': { type: 'redirected', policy: 'ask', to: [] },
  refused: { type: 'refused', everywhere: false },
  'refused everywhere': { type: 'refused', everywhere: true },
  'chosen c': { type: 'chosen', to: c },
  withdrawn: { type: 'withdrawn' },
} satisfies Record<string, RedirectionEvent>;
const trying = firstAttempt('sip:a@x');
const states: Record<string, RedirectionState> = {
  trying,
  'trying, c left': { ...trying, left: [c] },
  'trying for the last time': { ...trying, left: [c], tried: ['sip:a@x', '1', '2', '3', '4'] },
  asking: { ...trying, phase: 'asking', left: [b, c] },
  over: { ...trying, phase: 'over' },
};

const nothing = '';
/** Per state, in the order of the events: the phase and what is done, or nothing. */
const table: Record<string, string[]> = {
  trying: [
    'trying: invite b',
    'over: refuse',
    'asking: ask bc',
    'over: refuse',
    'over: refuse',
    'over: refuse',
    nothing,
    nothing,
  ],
  'trying, c left': [
    'trying: invite b',
    'trying: invite c',
    'asking: ask bc',
    'over: refuse',
    'trying: invite c',
    'over: refuse',
    nothing,
    nothing,
  ],
  'trying for the last time': [...Array<string>(6).fill('over: refuse'), nothing, nothing],
  asking: [...Array<string>(6).fill(nothing), 'trying: invite c', 'over: '],
  over: Array<string>(8).fill(nothing),
};

describe('where a 3xx sends a call', () => {
  const names = Object.keys(events) as (keyof typeof events)[];
  const cells = Object.keys(states).flatMap((state) => names.map((name, at) => [state, name, at] as const));
  it.each(cells)('%s + %s', (state, name, at) => {
    const before = states[state] ?? trying;
    const [after, effects] = stepRedirection(before, events[name]);
    const words = effects.map((effect) => {
      if (effect.type === 'invite') return `invite ${effect.to.number}`;
      return effect.type === 'ask' ? `ask ${effect.among.map(({ number }) => number).join('')}` : effect.type;
    });
    expect(after === before ? nothing : `${after.phase}: ${words.join()}`).toBe(table[state]?.[at]);
  });

  it('tries no address twice and at most five in all, whatever the servers say', () => {
    const party = fc
      .constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g')
      .map((user) => partyOfUri(`sip:${user}@x`));
    const to = fc.array(party, { maxLength: 7 });
    const event: fc.Arbitrary<RedirectionEvent> = fc.oneof(
      fc.record({ type: fc.constant('redirected'), policy: fc.constantFrom('ask', 'automatic'), to }),
      fc.record({ type: fc.constant('refused'), everywhere: fc.constant(false) }),
      fc.record({ type: fc.constant('chosen'), to: party }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (list) => {
        let state = trying;
        const invited: string[] = [];
        for (const each of list) {
          const [next, effects] = stepRedirection(state, each);
          for (const effect of effects) if (effect.type === 'invite') invited.push(effect.to.uri);
          state = next;
        }
        expect(invited.length).toBeLessThanOrEqual(4);
      }),
    );
  });
});

describe('the addresses of a 3xx', () => {
  it('are ordered by q, and are only what can be called', () => {
    const contacts = [
      '<mailto:anna@example.com>, "Desk" <sip:2@x;user=phone>;q=0.4',
      '<sip:1@x?Subject=hello>;expires=60;q=0.9',
      'sip:3@x',
      '<tel:+4930555>;q=0.1',
      '<sips:9@x>',
      'nonsense',
    ];
    const found = redirectTargets(contacts, { domain: 'pbx.example', secure: false });
    expect(found.map(({ uri }) => uri)).toEqual([
      'sip:3@x',
      'sip:1@x',
      'sip:2@x;user=phone',
      'sip:+4930555@pbx.example',
    ]);
    expect(found[2]?.name).toBe('Desk');
  });

  it('are sips: too on an account that speaks TLS', () => {
    const contacts = ['<sips:9@x;transport=tcp>', '<sip:1@x>;q=0.5'];
    const found = redirectTargets(contacts, { domain: 'pbx.example', secure: true });
    expect(found.map(({ uri }) => uri)).toEqual(['sip:9@x;transport=tcp', 'sip:1@x']);
  });

  it.each([
    [300, true],
    [301, true],
    [302, true],
    [305, false],
    [380, false],
    [399, true],
    [404, false],
  ])('count in %d: %s', (status, counts) => {
    expect(isRedirection(status)).toBe(counts);
  });
});
