import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeError } from '../../../../contract/errors.ts';
import { initialRegistration, stepRegistration } from '../../../../engine/sip/registration-machine.ts';
import type { RegistrationEvent, RegistrationState } from '../../../../engine/sip/registration-machine.ts';

const context = { now: 1_000_000, fraction: 0.5 };
const error = makeError('registration.timeout', { server: 'pbx' });
const phases = ['off', 'registering', 'registered', 'failed', 'unregistering'] as const;
const inPhase = (phase: RegistrationState['phase']): RegistrationState => ({
  ...initialRegistration(300),
  phase,
});

const events = {
  register: { type: 'register' },
  unregister: { type: 'unregister' },
  accepted: { type: 'accepted', status: 200, grantedSeconds: 300, outdated: false },
  refused: {
    type: 'refused',
    status: 500,
    error,
    retryAfterSeconds: undefined,
    minExpiresSeconds: undefined,
  },
  silent: { type: 'silent', error },
  unreachable: { type: 'unreachable', error },
  'transport-lost': { type: 'transport-lost', error },
  'transport-ready': { type: 'transport-ready' },
  timer: { type: 'timer' },
} satisfies Record<RegistrationEvent['type'], RegistrationEvent>;

/** State × event → next state and effect; `-` changes nothing. */
const table: Record<keyof typeof events, Record<(typeof phases)[number], string>> = {
  register: {
    off: 'registering send',
    registering: 'registering send',
    registered: 'registered send',
    failed: 'registering send',
    unregistering: 'registering send',
  },
  unregister: {
    off: '-',
    registering: 'unregistering send',
    registered: 'unregistering send',
    failed: 'unregistering send',
    unregistering: '-',
  },
  accepted: {
    off: '-',
    registering: 'registered start-timer',
    registered: 'registered start-timer',
    failed: '-',
    unregistering: 'off stop',
  },
  refused: {
    off: '-',
    registering: 'failed start-timer',
    registered: 'failed start-timer',
    failed: '-',
    unregistering: 'off stop',
  },
  silent: {
    off: '-',
    registering: 'registering start-timer',
    registered: 'registered start-timer',
    failed: '-',
    unregistering: 'off stop',
  },
  unreachable: {
    off: '-',
    registering: 'failed start-timer',
    registered: 'failed start-timer',
    failed: '-',
    unregistering: 'off stop',
  },
  'transport-lost': {
    off: '-',
    registering: 'failed stop',
    registered: 'failed stop',
    failed: 'failed stop',
    unregistering: 'off stop',
  },
  'transport-ready': {
    off: '-',
    registering: '-',
    registered: '-',
    failed: 'registering send',
    unregistering: '-',
  },
  timer: {
    off: '-',
    registering: 'registering send',
    registered: 'registered send',
    failed: 'registering send',
    unregistering: '-',
  },
};

describe('the registration machine', () => {
  const rows = Object.entries(table).flatMap(([event, row]) =>
    phases.map((phase) => [phase, event as keyof typeof events, row[phase]] as const),
  );
  it.each(rows)('%s + %s → %s', (phase, name, expected) => {
    const before = inPhase(phase);
    const [after, effects] = stepRegistration(before, events[name], context);
    if (expected === '-') {
      expect(after).toBe(before);
      expect(effects).toEqual([]);
      return;
    }
    expect([after.phase, ...effects.map(({ type }) => type)].join(' ')).toBe(expected);
  });

  it('refreshes between 85 and 90% of the granted lifetime', () => {
    for (const [fraction, expected] of [
      [0, 255_000],
      [1, 270_000],
    ] as const) {
      const [, effects] = stepRegistration(inPhase('registering'), events.accepted, { now: 0, fraction });
      expect(effects).toEqual([{ type: 'start-timer', delayMs: expected }]);
    }
  });

  it('asks again at once after one silence and fails after the second', () => {
    const [first, effects] = stepRegistration(inPhase('registering'), events.silent, context);
    expect(effects).toEqual([{ type: 'start-timer', delayMs: 750 }]);
    const [sent] = stepRegistration(first, events.timer, context);
    const [second] = stepRegistration(sent, events.silent, context);
    expect(second).toMatchObject({ phase: 'failed', error });
  });

  it('waits at least 30 s after a wrong password, longer after each further one, half an hour at most', () => {
    const refused: RegistrationEvent = { ...events.refused, status: 401 };
    let state = inPhase('registering');
    const delays: number[] = [];
    for (let round = 0; round < 12; round += 1) {
      const [failed, effects] = stepRegistration(state, refused, { now: 0, fraction: 0 });
      delays.push(effects[0]?.type === 'start-timer' ? effects[0].delayMs : -1);
      [state] = stepRegistration(failed, events.timer, context);
    }
    expect(delays[0]).toBe(30_000);
    expect(delays[1]).toBe(60_000);
    expect(Math.max(...delays)).toBe(900_000);
  });

  it('keeps to Retry-After when that is longer', () => {
    const refused: RegistrationEvent = { ...events.refused, status: 503, retryAfterSeconds: 600 };
    const [state, effects] = stepRegistration(inPhase('registered'), refused, context);
    expect(effects).toEqual([{ type: 'start-timer', delayMs: 600_000 }]);
    expect(state.retryAt).toBe(1_600_000);
  });

  it('raises its lifetime on 423 and refuses to be asked for days', () => {
    const brief: RegistrationEvent = { ...events.refused, status: 423, minExpiresSeconds: 3_600 };
    expect(stepRegistration(inPhase('registering'), brief, context)[1]).toEqual([
      { type: 'send', expiresSeconds: 3_600 },
    ]);
    const absurd: RegistrationEvent = { ...brief, minExpiresSeconds: 10_000_000 };
    expect(stepRegistration(inPhase('registering'), absurd, context)[0].phase).toBe('failed');
  });

  it('registers again at once when our contact changed under way', () => {
    const accepted: RegistrationEvent = { ...events.accepted, outdated: true };
    expect(stepRegistration(inPhase('registering'), accepted, context)[1]).toEqual([
      { type: 'send', expiresSeconds: 300 },
    ]);
  });

  it('never asks for two things at once, and never retries sooner than 250 ms', () => {
    const anyEvent = fc.constantFrom(...Object.values(events));
    fc.assert(
      fc.property(
        fc.array(anyEvent, { maxLength: 40 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (list, fraction) => {
          let state = initialRegistration(300);
          for (const event of list) {
            const [next, effects] = stepRegistration(state, event, { now: 0, fraction });
            expect(effects.length).toBeLessThanOrEqual(1);
            for (const effect of effects)
              if (effect.type === 'start-timer') expect(effect.delayMs).toBeGreaterThanOrEqual(250);
            state = next;
          }
        },
      ),
    );
  });
});
