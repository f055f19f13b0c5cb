import { describe, expect, it } from 'vitest';
import {
  beginTransaction,
  standardTimers,
  stepTransaction,
  type Phase,
  type Role,
  type TransactionEvent,
} from '../../../../../engine/sip/transport/retransmission.ts';

const udp = { ...standardTimers, reliable: false };
const stream = { ...standardTimers, reliable: true };

const events: Record<string, TransactionEvent> = {
  '1xx': { kind: 'response', of: 'provisional' },
  '2xx': { kind: 'response', of: 'success' },
  '486': { kind: 'response', of: 'failure' },
  again: { kind: 'request-again' },
  ack: { kind: 'ack' },
  'answer 1xx': { kind: 'answer', of: 'provisional' },
  'answer 2xx': { kind: 'answer', of: 'success' },
  'answer 486': { kind: 'answer', of: 'failure' },
  'ack sent': { kind: 'ack-sent' },
  'cancel sent': { kind: 'cancel-sent' },
  resend: { kind: 'timer', timer: 'resend' },
  limit: { kind: 'timer', timer: 'limit' },
  linger: { kind: 'timer', timer: 'linger' },
  trying: { kind: 'timer', timer: 'trying' },
};

/** One cell of the table: the phase after the event and the effects, timers as `+name` and `-name`. */
function cell(role: Role, phase: Phase, event: TransactionEvent, terms = udp): string {
  const [after, effects] = stepTransaction({ role, phase, resendMs: 500 }, event, terms);
  const words = effects.map((effect) => {
    if (effect.kind === 'start') return `+${effect.timer}:${String(effect.afterMs)}`;
    return effect.kind === 'stop' ? `-${effect.timer}` : effect.kind;
  });
  return [after.phase, ...words].join(' ');
}

/** Only the cells where something happens; every other event must leave the state alone and cause nothing. */
const table: Record<Role, Partial<Record<Phase, Record<string, string>>>> = {
  'invite-client': {
    calling: {
      '1xx': 'proceeding -resend -limit deliver',
      '2xx': 'accepted -resend -limit +linger:32000 deliver',
      '486': 'completed -resend -limit +linger:32000 deliver',
      resend: 'calling repeat-request +resend:1000',
      limit: 'ended end',
      linger: 'ended end',
    },
    proceeding: {
      '1xx': 'proceeding deliver',
      '2xx': 'accepted -resend -limit +linger:32000 deliver',
      '486': 'completed -resend -limit +linger:32000 deliver',
      'cancel sent': 'proceeding +limit:32000',
      limit: 'abandoned -resend -limit +linger:5000 deliver-own',
      linger: 'ended end',
    },
    accepted: { '2xx': 'accepted deliver', linger: 'ended end' },
    completed: { '486': 'completed repeat-ack', 'ack sent': 'completed transmit', linger: 'ended end' },
    abandoned: { linger: 'ended end' },
  },
  client: {
    trying: {
      '1xx': 'proceeding deliver',
      '2xx': 'completed -resend -limit +linger:5000 deliver',
      '486': 'completed -resend -limit +linger:5000 deliver',
      resend: 'trying repeat-request +resend:1000',
      limit: 'ended end',
      linger: 'ended end',
    },
    proceeding: {
      '1xx': 'proceeding deliver',
      '2xx': 'completed -resend -limit +linger:5000 deliver',
      '486': 'completed -resend -limit +linger:5000 deliver',
      resend: 'proceeding repeat-request +resend:4000',
      limit: 'ended end',
      linger: 'ended end',
    },
    completed: { linger: 'ended end' },
  },
  'invite-server': {
    proceeding: {
      again: 'proceeding repeat-response',
      'answer 1xx': 'proceeding -trying transmit',
      'answer 2xx': 'accepted -resend -limit +linger:32000 -trying transmit',
      'answer 486': 'completed -trying +limit:32000 +resend:500 transmit',
      trying: 'proceeding send-trying',
      linger: 'ended end',
    },
    accepted: { 'answer 2xx': 'accepted transmit', linger: 'ended end' },
    completed: {
      again: 'completed repeat-response',
      ack: 'confirmed -resend -limit +linger:5000 deliver',
      resend: 'completed repeat-response +resend:1000',
      limit: 'ended end',
      linger: 'ended end',
    },
    confirmed: { linger: 'ended end' },
  },
  server: {
    trying: {
      'answer 1xx': 'proceeding transmit',
      'answer 2xx': 'completed -resend -limit +linger:32000 transmit',
      'answer 486': 'completed -resend -limit +linger:32000 transmit',
      limit: 'ended end',
      linger: 'ended end',
    },
    proceeding: {
      again: 'proceeding repeat-response',
      'answer 1xx': 'proceeding transmit',
      'answer 2xx': 'completed -resend -limit +linger:32000 transmit',
      'answer 486': 'completed -resend -limit +linger:32000 transmit',
      limit: 'ended end',
      linger: 'ended end',
    },
    completed: { again: 'completed repeat-response', linger: 'ended end' },
  },
};

describe('retransmission', () => {
  for (const [role, phases] of Object.entries(table) as [Role, (typeof table)[Role]][])
    for (const [phase, cells] of Object.entries(phases) as [Phase, Record<string, string>][])
      for (const [name, event] of Object.entries(events))
        it(`${role}, ${phase}, ${name}: ${cells[name] ?? 'nothing'}`, () => {
          expect(cell(role, phase, event)).toBe(cells[name] ?? phase);
        });

  it('starts no repeats on a stream, and keeps the limits', () => {
    expect(beginTransaction('invite-client', stream)[1]).toEqual([
      { kind: 'start', timer: 'limit', afterMs: 32_000 },
    ]);
    expect(beginTransaction('client', udp)[1]).toContainEqual({
      kind: 'start',
      timer: 'resend',
      afterMs: 500,
    });
    expect(beginTransaction('invite-server', stream)[1]).toEqual([
      { kind: 'start', timer: 'trying', afterMs: 200 },
    ]);
  });

  it('lingers nowhere on a stream but for the ACK of a failed INVITE', () => {
    const ok = { kind: 'response', of: 'success' } as const;
    expect(cell('client', 'trying', ok, stream)).toBe('ended -resend -limit deliver end');
    expect(cell('server', 'trying', { kind: 'answer', of: 'success' }, stream)).toBe(
      'ended -resend -limit transmit end',
    );
    expect(cell('invite-server', 'completed', { kind: 'ack' }, stream)).toBe(
      'ended -resend -limit deliver end',
    );
  });
});
