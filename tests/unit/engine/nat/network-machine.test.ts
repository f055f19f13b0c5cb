import { describe, expect, it } from 'vitest';
import { networkSnapshot, stepNetwork, unseenNetwork } from '../../../../engine/nat/network-machine.ts';
import type {
  NetworkEffect,
  NetworkEvent,
  NetworkLook,
  NetworkMachineState,
  NetworkPhase,
} from '../../../../engine/nat/network-machine.ts';

/** A look at a network with one server. */
const look = (address: string, interfaces = address): NetworkLook => ({
  ways: new Map([['192.0.2.1', address]]),
  interfaces,
  address,
});
const cable = look('10.0.0.5');
const wifi = look('10.0.9.9');
const none = look('');

const online: NetworkMachineState = { ...unseenNetwork, told: cable, seen: cable };
const states: Record<NetworkPhase, NetworkMachineState> = {
  online,
  settling: { ...online, phase: 'settling', seen: wifi, since: 1_000 },
  following: { ...online, phase: 'following', told: wifi, seen: wifi, owed: true, since: 1_000 },
  offline: { ...online, phase: 'offline', told: none, seen: none, renew: true, since: 1_000 },
};
const events = {
  'looked: cable': { type: 'looked', look: cable },
  'looked: wifi': { type: 'looked', look: wifi },
  'looked: none': { type: 'looked', look: none },
  slept: { type: 'slept' },
  restored: { type: 'restored' },
} satisfies Record<string, NetworkEvent>;

/** Phase after the event, and its effects. */
const table: Record<NetworkPhase, Record<keyof typeof events, [NetworkPhase, NetworkEffect['type'][]]>> = {
  online: {
    'looked: cable': ['online', []],
    'looked: wifi': ['settling', []],
    'looked: none': ['settling', []],
    slept: ['settling', []],
    restored: ['online', []],
  },
  settling: {
    'looked: cable': ['settling', []],
    'looked: wifi': ['following', ['follow']],
    'looked: none': ['settling', []],
    slept: ['settling', []],
    restored: ['settling', []],
  },
  following: {
    'looked: cable': ['settling', []],
    'looked: wifi': ['following', []],
    'looked: none': ['settling', []],
    slept: ['settling', []],
    restored: ['online', []],
  },
  offline: {
    'looked: cable': ['settling', []],
    'looked: wifi': ['settling', []],
    'looked: none': ['offline', []],
    slept: ['settling', []],
    restored: ['offline', []],
  },
};

/** Runs events one second apart. */
function run(start: NetworkMachineState, ...list: NetworkEvent[]) {
  let state = start;
  const effects: NetworkEffect[] = [];
  let now = 1_000;
  for (const event of list) {
    const [next, more] = stepNetwork(state, event, now);
    state = next;
    effects.push(...more);
    now += 1_000;
  }
  return { state, effects };
}
const looks = (...list: NetworkLook[]): NetworkEvent[] =>
  list.map((each) => ({ type: 'looked', look: each }));

describe('every state and event of the network', () => {
  for (const [phase, row] of Object.entries(table) as [NetworkPhase, (typeof table)[NetworkPhase]][]) {
    for (const [name, [after, effects]] of Object.entries(row)) {
      it(`${phase}, ${name} → ${after}`, () => {
        const [state, done] = stepNetwork(states[phase], events[name as keyof typeof events], 2_000);
        expect(state.phase).toBe(after);
        expect(done.map(({ type }) => type)).toEqual(effects);
      });
    }
  }
});

describe('a network', () => {
  it('that is seen for the first time changes nothing', () => {
    expect(run(unseenNetwork, ...looks(cable))).toMatchObject({ state: { phase: 'online' }, effects: [] });
    expect(networkSnapshot(run(unseenNetwork, ...looks(none)).state)).toMatchObject({
      state: 'offline',
      address: '',
    });
    expect(run(unseenNetwork, { type: 'slept' }, { type: 'restored' }).state).toEqual(unseenNetwork);
  });

  it('that changes tells the accounts whose way is another one, once it has settled', () => {
    const both: NetworkLook = {
      ...cable,
      ways: new Map([
        ['192.0.2.1', 'a'],
        ['198.51.100.1', 'a'],
      ]),
    };
    const tunnel: NetworkLook = {
      ...both,
      ways: new Map([
        ['192.0.2.1', 'b'],
        ['198.51.100.1', 'a'],
      ]),
    };
    const { state, effects } = run(unseenNetwork, ...looks(both, tunnel, tunnel));
    expect(effects).toEqual([{ type: 'follow', changed: ['192.0.2.1'] }]);
    expect(networkSnapshot(state).state).toBe('changing');
  });

  it('says how long it took once everything is back', () => {
    const { state } = run(online, ...looks(wifi, wifi), { type: 'restored' });
    expect(networkSnapshot(state)).toEqual({
      state: 'online',
      address: '10.0.9.9',
      lastChange: { at: 3_000, tookMs: 2_000, sentence: 'Back after 2.0 s.' },
    });
    const late = stepNetwork({ ...states.following, since: 0 }, { type: 'restored' }, 125_000);
    expect(late[0].lastChange?.sentence).toBe('Back after 2 min.');
  });

  it('that is gone and comes back the same has every connection made anew', () => {
    const { state, effects } = run(online, ...looks(none, none, cable, cable));
    expect(effects).toEqual([{ type: 'lost' }, { type: 'follow', changed: 'all' }]);
    expect(state.since).toBe(1_000);
  });

  it('that flickers is left alone', () => {
    const { state, effects } = run(online, ...looks(wifi, cable, cable));
    expect(effects).toEqual([]);
    expect(state).toMatchObject({ phase: 'online', since: null });
  });

  it('that flickers while the accounts follow goes on waiting for them', () => {
    const { state, effects } = run(states.following, ...looks(none, wifi, wifi));
    expect(effects).toEqual([]);
    expect(state).toMatchObject({ phase: 'following', since: 1_000 });
    const meanwhile = run(states.following, ...looks(none), { type: 'restored' }, ...looks(wifi, wifi));
    expect(meanwhile.state).toMatchObject({ phase: 'online', since: null });
  });

  it('after a sleep is followed although it looks the same', () => {
    const { effects } = run(online, { type: 'slept' }, ...looks(cable));
    expect(effects).toEqual([{ type: 'follow', changed: 'all' }]);
  });

  it('is not shown as changing for longer than the phone may need, and the end is still told', () => {
    const long = stepNetwork(states.following, { type: 'looked', look: wifi }, 17_000)[0];
    expect(networkSnapshot(long)).toMatchObject({ state: 'online', lastChange: null });
    expect(stepNetwork(long, { type: 'restored' }, 43_000)[0].lastChange?.sentence).toBe(
      'Back after 42.0 s.',
    );
  });

  it('with another interface that no account uses makes those without a connection try again', () => {
    expect(run(online, ...looks(look('10.0.0.5', 'and docker0'))).effects).toEqual([{ type: 'hint' }]);
  });

  it('takes in servers that come and go without calling that a change', () => {
    const more: NetworkLook = { ...cable, ways: new Map([...cable.ways, ['203.0.113.1', 'x']]) };
    expect(run(online, ...looks(more, cable)).effects).toEqual([]);
  });
});
