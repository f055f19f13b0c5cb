import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  initialSubscription,
  notifyLimitMs,
  stepSubscription,
} from '../../../../engine/sip/subscription-machine.ts';
import type { SubscriptionEvent, SubscriptionState } from '../../../../engine/sip/subscription-machine.ts';

const context = { fraction: 0.5 };
const phases = ['off', 'subscribing', 'pending', 'active', 'waiting', 'refused', 'unsubscribing'] as const;
type Phase = (typeof phases)[number];
const inPhase = (phase: Phase, more: Partial<SubscriptionState> = {}): SubscriptionState => ({
  ...initialSubscription(3600),
  phase,
  awaitsNotify: phase === 'subscribing',
  ...more,
});

const answer = { reason: 'Why', retryAfterSeconds: undefined, minExpiresSeconds: undefined };
const events = {
  start: { type: 'start' },
  stop: { type: 'stop' },
  lost: { type: 'lost' },
  accepted: { type: 'accepted', grantedSeconds: 600 },
  refused: { type: 'refused', status: 404, ...answer },
  silent: { type: 'silent' },
  notified: { type: 'notified', state: 'active', expiresSeconds: 600 },
  terminated: { type: 'terminated', reason: 'rejected', retryAfterSeconds: undefined },
  refresh: { type: 'refresh' },
  timer: { type: 'timer' },
} satisfies Record<SubscriptionEvent['type'], SubscriptionEvent>;

const anew = 'subscribing send start-timer';
const again = 'send start-timer';
const later = 'waiting drop start-timer';
const gone = 'off drop stop-timer';

/** State × event → next state and effects; `-` changes nothing. */
const table: Record<keyof typeof events, Record<Phase, string>> = {
  start: {
    off: anew,
    subscribing: '-',
    pending: `pending ${again}`,
    active: `active ${again}`,
    waiting: anew,
    refused: anew,
    unsubscribing: anew,
  },
  stop: {
    off: '-',
    subscribing: gone,
    pending: `unsubscribing ${again}`,
    active: `unsubscribing ${again}`,
    waiting: gone,
    refused: gone,
    unsubscribing: '-',
  },
  lost: {
    off: '-',
    subscribing: gone,
    pending: gone,
    active: gone,
    waiting: gone,
    refused: gone,
    unsubscribing: gone,
  },
  accepted: {
    off: '-',
    subscribing: 'subscribing',
    pending: 'pending start-timer',
    active: 'active start-timer',
    waiting: '-',
    refused: '-',
    unsubscribing: 'unsubscribing start-timer',
  },
  refused: {
    off: '-',
    subscribing: later,
    pending: later,
    active: later,
    waiting: '-',
    refused: '-',
    unsubscribing: gone,
  },
  silent: {
    off: '-',
    subscribing: later,
    pending: 'pending start-timer',
    active: 'active start-timer',
    waiting: '-',
    refused: '-',
    unsubscribing: gone,
  },
  notified: {
    off: '-',
    subscribing: 'active start-timer',
    pending: 'active start-timer',
    active: 'active start-timer',
    waiting: '-',
    refused: '-',
    unsubscribing: '-',
  },
  terminated: {
    off: '-',
    subscribing: 'refused drop stop-timer',
    pending: 'refused drop stop-timer',
    active: 'refused drop stop-timer',
    waiting: '-',
    refused: '-',
    unsubscribing: gone,
  },
  refresh: {
    off: '-',
    subscribing: '-',
    pending: `pending ${again}`,
    active: `active ${again}`,
    waiting: '-',
    refused: '-',
    unsubscribing: '-',
  },
  timer: {
    off: '-',
    subscribing: later,
    pending: `pending ${again}`,
    active: `active ${again}`,
    waiting: anew,
    refused: '-',
    unsubscribing: gone,
  },
};

describe('the subscription machine', () => {
  const rows = Object.entries(table).flatMap(([event, row]) =>
    phases.map((phase) => [phase, event as keyof typeof events, row[phase]] as const),
  );
  it.each(rows)('%s + %s → %s', (phase, name, expected) => {
    const before = inPhase(phase);
    const [after, effects] = stepSubscription(before, events[name], context);
    if (expected === '-') {
      expect(after).toBe(before);
      expect(effects).toEqual([]);
    } else expect([after.phase, ...effects.map(({ type }) => type)].join(' ')).toBe(expected);
  });

  it('waits for the NOTIFY for 64·T1: the 200 alone makes no subscription', () => {
    const [sent, effects] = stepSubscription(inPhase('off'), events.start, context);
    expect(effects).toContainEqual({ type: 'start-timer', delayMs: notifyLimitMs });
    const [answered] = stepSubscription(sent, events.accepted, context);
    expect(answered.phase).toBe('subscribing');
    const [silent] = stepSubscription(answered, events.timer, context);
    expect(silent).toMatchObject({ phase: 'waiting', refusal: { status: 408, reason: 'No NOTIFY' } });
  });

  it('takes the 200 that comes after its NOTIFY for the lifetime', () => {
    const [active] = stepSubscription(
      inPhase('subscribing'),
      { ...events.notified, expiresSeconds: undefined },
      context,
    );
    const [, effects] = stepSubscription(active, { type: 'accepted', grantedSeconds: 100 }, { fraction: 0 });
    expect(effects).toEqual([{ type: 'start-timer', delayMs: 85_000 }]);
  });

  it('refreshes inside its dialog between 85 and 90% of the lifetime', () => {
    for (const [fraction, delayMs] of [
      [0, 510_000],
      [1, 540_000],
    ] as const) {
      const [active, effects] = stepSubscription(inPhase('subscribing'), events.notified, { fraction });
      expect(effects).toEqual([{ type: 'start-timer', delayMs }]);
      expect(stepSubscription(active, events.timer, context)[1][0]).toEqual({
        type: 'send',
        expiresSeconds: 3600,
        anew: false,
      });
    }
  });

  it('begins anew when the notifier does not know the dialog any more (481) or no NOTIFY follows a refresh', () => {
    const fresh = { type: 'send', expiresSeconds: 3600, anew: true };
    const unknown: SubscriptionEvent = { ...events.refused, status: 481 };
    expect(stepSubscription(inPhase('active'), unknown, context)[1][0]).toEqual(fresh);
    const unanswered = inPhase('active', { awaitsNotify: true });
    expect(stepSubscription(unanswered, events.timer, context)[1][0]).toEqual(fresh);
  });

  it('keeps the subscription through two failed refreshes and gives it up after the third', () => {
    const failed: SubscriptionEvent = { ...events.refused, status: 500 };
    let state = inPhase('active', { awaitsNotify: true });
    const seen: Phase[] = [];
    for (let round = 0; round < 3; round += 1) {
      [state] = stepSubscription(state, failed, context);
      seen.push(state.phase);
    }
    expect(seen).toEqual(['active', 'active', 'waiting']);
    expect(state.refusal).toEqual({ status: 500, reason: 'Why' });
  });

  it('asks for the longer lifetime that the notifier wants, but not for days', () => {
    const brief: SubscriptionEvent = { ...events.refused, status: 423, minExpiresSeconds: 7200 };
    expect(stepSubscription(inPhase('subscribing'), brief, context)[1][0]).toEqual({
      type: 'send',
      expiresSeconds: 7200,
      anew: true,
    });
    const absurd: SubscriptionEvent = { ...brief, minExpiresSeconds: 10_000_000 };
    expect(stepSubscription(inPhase('subscribing'), absurd, context)[0].phase).toBe('waiting');
  });

  it('keeps to Retry-After, and asks seldom for what only a person can cure', () => {
    const busy: SubscriptionEvent = { ...events.refused, status: 503, retryAfterSeconds: 600 };
    expect(stepSubscription(inPhase('subscribing'), busy, context)[1]).toContainEqual({
      type: 'start-timer',
      delayMs: 600_000,
    });
    const [, effects] = stepSubscription(inPhase('subscribing'), events.refused, { fraction: 0 });
    expect(effects).toContainEqual({ type: 'start-timer', delayMs: 60_000 });
  });

  it.each([
    ['deactivated', 750],
    ['timeout', 750],
    ['probation', 90_000],
    ['giveup', 90_000],
    ['', 90_000],
  ])('subscribes again after a termination for %s', (reason, delayMs) => {
    const ended: SubscriptionEvent = {
      type: 'terminated',
      reason,
      retryAfterSeconds: delayMs > 1000 ? 90 : undefined,
    };
    const [state, effects] = stepSubscription(inPhase('active'), ended, context);
    expect(state.phase).toBe('waiting');
    expect(effects).toContainEqual({ type: 'start-timer', delayMs });
  });

  it('does not chase a notifier that ends every subscription at once', () => {
    let state = inPhase('off');
    [state] = stepSubscription(state, events.start, context);
    const delays: number[] = [];
    for (let round = 0; round < 6; round += 1) {
      [state] = stepSubscription(state, events.notified, context);
      const ended: SubscriptionEvent = { ...events.terminated, reason: 'deactivated' };
      const [waiting, effects] = stepSubscription(state, ended, { fraction: 0 });
      delays.push(effects[1]?.type === 'start-timer' ? effects[1].delayMs : -1);
      [state] = stepSubscription(waiting, events.timer, context);
    }
    expect(delays).toEqual([500, 4_000, 8_000, 16_000, 32_000, 64_000]);
  });

  it('never sends twice at once, and always has a timer while it waits for something', () => {
    const anyEvent = fc.constantFrom<SubscriptionEvent>(...Object.values(events));
    fc.assert(
      fc.property(
        fc.array(anyEvent, { maxLength: 40 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (list, fraction) => {
          let state = initialSubscription(3600);
          let timer = false;
          for (const event of list) {
            if (event.type === 'timer' && !timer) continue;
            if (event.type === 'timer') timer = false;
            const [next, effects] = stepSubscription(state, event, { fraction });
            expect(effects.filter(({ type }) => type === 'send').length).toBeLessThanOrEqual(1);
            for (const effect of effects) {
              if (effect.type === 'start-timer') timer = effect.delayMs >= 250;
              if (effect.type === 'stop-timer') timer = false;
            }
            state = next;
            expect(timer).toBe(state.phase !== 'off' && state.phase !== 'refused');
          }
        },
      ),
    );
  });
});
