import { describe, expect, it } from 'vitest';
import {
  idleTurn,
  refusalWords,
  stepTurn,
  type TurnEvent,
  type TurnState,
} from '../../../../engine/nat/turn-machine.ts';

const phases = ['idle', 'allocating', 'allocated', 'refreshing', 'closing', 'failed', 'closed'] as const;
const other = { address: '192.0.2.9', port: 3478 };
const refused = (code: number, alternate?: typeof other) =>
  ({ type: 'refused', code, reason: 'Why', alternate }) as const;
const events = {
  start: { type: 'start' },
  granted: { type: 'granted', lifetimeSeconds: 600 },
  refused: refused(486),
  alternate: refused(300, other),
  mismatch: refused(437),
  silent: { type: 'silent' },
  'refresh-due': { type: 'refresh-due' },
  lost: { type: 'lost', reason: 'gone' },
  close: { type: 'close' },
} satisfies Record<string, TurnEvent>;

/** phase × event: where it leads and what it does; a dash means that nothing happens. */
const table: Record<(typeof phases)[number], Record<keyof typeof events, string>> = {
  idle: {
    start: 'allocating: allocate',
    granted: '-',
    refused: '-',
    alternate: '-',
    mismatch: '-',
    silent: '-',
    'refresh-due': '-',
    lost: 'failed: fail, shut',
    close: 'closed: shut',
  },
  allocating: {
    start: 'allocating: allocate',
    granted: 'allocated: ready, schedule-refresh',
    refused: 'failed: fail, shut',
    alternate: 'allocating: reconnect',
    mismatch: 'allocating: reconnect',
    silent: 'failed: fail, shut',
    'refresh-due': '-',
    lost: 'failed: fail, shut',
    close: 'closed: shut',
  },
  allocated: {
    start: '-',
    granted: 'allocated: schedule-refresh',
    refused: 'failed: cancel-refresh, fail, shut',
    alternate: 'failed: cancel-refresh, fail, shut',
    mismatch: 'failed: cancel-refresh, fail, shut',
    silent: 'failed: cancel-refresh, fail, shut',
    'refresh-due': 'refreshing: refresh',
    lost: 'failed: cancel-refresh, fail, shut',
    close: 'closing: cancel-refresh, refresh',
  },
  refreshing: {
    start: '-',
    granted: 'allocated: schedule-refresh',
    refused: 'failed: cancel-refresh, fail, shut',
    alternate: 'failed: cancel-refresh, fail, shut',
    mismatch: 'failed: cancel-refresh, fail, shut',
    silent: 'failed: cancel-refresh, fail, shut',
    'refresh-due': '-',
    lost: 'failed: cancel-refresh, fail, shut',
    close: 'closing: cancel-refresh, refresh',
  },
  closing: {
    start: '-',
    granted: 'closed: shut',
    refused: 'closed: shut',
    alternate: 'closed: shut',
    mismatch: 'closed: shut',
    silent: 'closed: shut',
    'refresh-due': '-',
    lost: 'closed: shut',
    close: '-',
  },
  failed: {
    start: '-',
    granted: '-',
    refused: '-',
    alternate: '-',
    mismatch: '-',
    silent: '-',
    'refresh-due': '-',
    lost: '-',
    close: 'closed: ',
  },
  closed: {
    start: '-',
    granted: '-',
    refused: '-',
    alternate: '-',
    mismatch: '-',
    silent: '-',
    'refresh-due': '-',
    lost: '-',
    close: '-',
  },
};

describe('an allocation', () => {
  for (const phase of phases) {
    for (const [name, event] of Object.entries(events)) {
      const expected = table[phase][name as keyof typeof events];
      it(`${phase} × ${name} → ${expected}`, () => {
        const before: TurnState = { phase, moves: 0 };
        const [after, effects] = stepTurn(before, event);
        if (expected === '-') expect([after, effects]).toEqual([before, []]);
        else expect(`${after.phase}: ${effects.map(({ type }) => type).join(', ')}`).toBe(expected);
      });
    }
  }

  it('is refreshed a minute before its lifetime ends, and at half of a short one', () => {
    const allocating: TurnState = { ...idleTurn, phase: 'allocating' };
    for (const [lifetimeSeconds, afterMs] of [
      [600, 540_000],
      [60, 30_000],
      [0, 1_000],
    ] as const) {
      const [, effects] = stepTurn(allocating, { type: 'granted', lifetimeSeconds });
      expect(effects).toContainEqual({ type: 'schedule-refresh', afterMs });
    }
  });

  it('follows a server that sends it on three times, and then gives up', () => {
    let state: TurnState = { ...idleTurn, phase: 'allocating' };
    for (let round = 0; round < 3; round += 1) {
      const [next, effects] = stepTurn(state, events.alternate);
      expect(effects).toEqual([{ type: 'reconnect', to: other }]);
      state = next;
    }
    const [after, effects] = stepTurn(state, events.alternate);
    expect(after.phase).toBe('failed');
    expect(effects[0]).toEqual({ type: 'fail', reason: 'it sends from one server to the next' });
  });

  it('gives itself back with a lifetime of nothing', () => {
    const [, effects] = stepTurn({ ...idleTurn, phase: 'allocated' }, { type: 'close' });
    expect(effects).toContainEqual({ type: 'refresh', release: true });
  });

  it('says why a server refuses', () => {
    const words = [300, 401, 403, 437, 440, 441, 442, 486, 508, 599].map((code) =>
      refusalWords({ code, reason: 'Because' }),
    );
    expect(new Set(words).size).toBe(words.length);
    expect(words.at(-1)).toBe('it answers 599 Because');
  });
});
