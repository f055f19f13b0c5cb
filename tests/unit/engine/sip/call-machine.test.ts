import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeError } from '../../../../contract/errors.ts';
import { incomingCall, outgoingCall, snapshotState, stepCall } from '../../../../engine/sip/call-machine.ts';
import type { CallEvent, CallPhase } from '../../../../engine/sip/call-machine.ts';

const error = makeError('call.no-answer', { target: 'Anna' });
const refusal = { by: 'there', status: 486, reason: 'Busy Here', error, answeredElsewhere: false } as const;
const events = {
  opened: { type: 'opened' },
  ringing: { type: 'ringing' },
  early: { type: 'early' },
  asked: { type: 'asked' },
  redirected: { type: 'redirected' },
  answered: { type: 'answered' },
  acknowledged: { type: 'acknowledged' },
  answer: { type: 'answer' },
  hangup: { type: 'hangup', status: 603 },
  deflect: { type: 'deflect', contact: 'sip:2@pbx' },
  refused: { type: 'refused', outcome: refusal },
  cancelled: { type: 'cancelled', answeredElsewhere: false },
  bye: { type: 'bye' },
  transferred: {
    type: 'transferred',
    by: 'here',
    to: { number: '102', name: '', uri: 'sip:102@pbx' },
  },
  failed: { type: 'failed', error, status: 500 },
  unanswered: { type: 'unanswered', error },
} satisfies Record<CallEvent['type'], CallEvent>;
const names = Object.keys(events) as (keyof typeof events)[];

/** Per phase: what each event leads to, as `phase effects`; events that are absent change nothing. */
const table: Record<CallPhase, Partial<Record<keyof typeof events, string>>> = {
  opening: { opened: 'calling invite', hangup: 'ended end', failed: 'ended end' },
  calling: {
    ringing: 'ringing',
    early: 'early',
    asked: 'asking',
    redirected: 'calling invite',
    answered: 'connected talk',
    hangup: 'ended cancel end',
    refused: 'ended end',
    failed: 'ended cancel end',
    unanswered: 'ended cancel end',
  },
  ringing: {
    early: 'early',
    asked: 'asking',
    redirected: 'calling invite',
    answered: 'connected talk',
    hangup: 'ended cancel end',
    refused: 'ended end',
    failed: 'ended cancel end',
    unanswered: 'ended cancel end',
  },
  early: {
    asked: 'asking',
    redirected: 'calling invite',
    answered: 'connected talk',
    hangup: 'ended cancel end',
    refused: 'ended end',
    failed: 'ended cancel end',
    unanswered: 'ended cancel end',
  },
  asking: {
    redirected: 'calling invite',
    hangup: 'ended cancel end',
    refused: 'ended end',
    failed: 'ended cancel end',
    unanswered: 'ended cancel end',
  },
  alerted: {
    answer: 'answering open-media',
    hangup: 'ended refuse end',
    deflect: 'ended deflect end',
    cancelled: 'ended refuse end',
    unanswered: 'ended refuse end',
    failed: 'ended refuse end',
  },
  answering: {
    opened: 'accepted accept talk',
    hangup: 'ended refuse end',
    cancelled: 'ended refuse end',
    failed: 'ended refuse end',
  },
  accepted: {
    acknowledged: 'connected',
    hangup: 'ended bye end',
    bye: 'ended end',
    transferred: 'ended bye end',
    failed: 'ended bye end',
  },
  connected: {
    hangup: 'ended bye end',
    bye: 'ended end',
    transferred: 'ended bye end',
    failed: 'ended bye end',
  },
  ended: {},
};
const phases = Object.keys(table) as CallPhase[];

describe('the call machine', () => {
  it.each(phases.flatMap((phase) => names.map((name) => [phase, name] as const)))(
    '%s + %s',
    (phase, name) => {
      const before = { ...outgoingCall, phase };
      const [after, effects] = stepCall(before, events[name]);
      const expected = table[phase][name];
      if (expected === undefined) {
        expect(after).toBe(before);
        expect(effects).toEqual([]);
      } else expect([after.phase, ...effects.map(({ type }) => type)].join(' ')).toBe(expected);
    },
  );

  it('ends once, releases the far side at most once, and shows a state of the contract at every step', () => {
    const anyEvent = fc.constantFrom(...Object.values(events));
    fc.assert(
      fc.property(fc.boolean(), fc.array(anyEvent, { maxLength: 30 }), (incoming, list) => {
        let state = incoming ? incomingCall : outgoingCall;
        const effects: string[] = [];
        for (const event of list) {
          const [next, done] = stepCall(state, event);
          effects.push(...done.map(({ type }) => type));
          state = next;
          expect(snapshotState(state.phase)).toBeTypeOf('string');
        }
        const ended = effects.filter((effect) => effect === 'end').length;
        expect(ended).toBe(state.phase === 'ended' ? 1 : 0);
        expect(
          effects.filter((effect) => ['cancel', 'bye', 'refuse', 'deflect'].includes(effect)).length,
        ).toBeLessThan(2);
        expect(state.outcome === null).toBe(state.phase !== 'ended');
      }),
    );
  });

  it('sends what the person chose when a ringing call is turned away', () => {
    const [state, effects] = stepCall(incomingCall, { type: 'hangup', status: 486 });
    expect(effects[0]).toEqual({ type: 'refuse', status: 486 });
    expect(state.outcome).toMatchObject({ by: 'here', status: 486, reason: 'Busy Here' });
  });
});
