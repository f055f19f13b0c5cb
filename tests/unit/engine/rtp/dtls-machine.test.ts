import { describe, expect, it } from 'vitest';
import { refusal } from '../../../../engine/rtp/dtls-alert.ts';
import {
  dtlsPhases,
  isExpected,
  readyHandshake,
  stepDtls,
  type DtlsEffect,
  type DtlsEvent,
  type DtlsPhase,
  type DtlsRole,
  type DtlsState,
} from '../../../../engine/rtp/dtls-machine.ts';
import { messageTypes, type MessageName } from '../../../../engine/rtp/dtls-messages.ts';

const messageNames = Object.keys(messageTypes) as MessageName[];
const otherEvents = {
  begin: { type: 'begin' },
  refused: { type: 'refused', refusal: refusal('no', 'badCertificate') },
  repeated: { type: 'repeated' },
  alert: { type: 'alert', description: 40 },
  'flight timer': { type: 'timer', timer: 'flight' },
  'patience timer': { type: 'timer', timer: 'patience' },
  close: { type: 'close' },
} as const satisfies Record<string, DtlsEvent>;
type OtherEvent = keyof typeof otherEvents;
type EventName = MessageName | OtherEvent;
const eventNames = [...messageNames, ...(Object.keys(otherEvents) as OtherEvent[])];
const eventOf = (name: EventName): DtlsEvent =>
  name in otherEvents ? otherEvents[name as OtherEvent] : { type: 'message', name: name as MessageName };

type Row = Partial<Record<EventName, string>>;
const ended = 'over: stop-timers';
const refused = 'over: stop-timers, send-alert, fail';
const sends = (flight: string) => `send ${flight}, start-timer flight`;

/** A phase in which our flight waits for an answer, but for the messages that it waits for. */
const waiting = (phase: DtlsPhase, row: Row): Row => ({
  ...Object.fromEntries(messageNames.map((name) => [name, refused])),
  refused,
  alert: 'over: stop-timers, fail',
  'patience timer': refused,
  'flight timer': `${phase}: repeat, start-timer flight`,
  ...row,
});

/** Phase after the event and its effects; what is left out changes nothing. */
const table: Record<DtlsRole, Partial<Record<DtlsPhase, Row>>> = {
  active: {
    ready: { begin: `greeting: start-timer patience, ${sends('hello')}` },
    greeting: waiting('greeting', {
      helloVerifyRequest: `vouched: ${sends('hello')}`,
      serverHello: 'server-certificate',
    }),
    vouched: waiting('vouched', { serverHello: 'server-certificate' }),
    'server-certificate': waiting('server-certificate', { certificate: 'server-key' }),
    'server-key': waiting('server-key', { serverKeyExchange: 'server-request' }),
    'server-request': waiting('server-request', {
      certificateRequest: 'server-done',
      serverHelloDone: `server-finished: ${sends('client-proof')}`,
    }),
    'server-done': waiting('server-done', {
      serverHelloDone: `server-finished: ${sends('client-proof')}`,
    }),
    'server-finished': waiting('server-finished', { finished: 'agreed: stop-timers, agree' }),
    agreed: {},
    over: { close: 'over' },
  },
  passive: {
    ready: { begin: 'client-hello: start-timer patience' },
    'client-hello': waiting('client-hello', {
      clientHello: `client-certificate: ${sends('server-hello')}`,
      'flight timer': 'client-hello',
    }),
    'client-certificate': waiting('client-certificate', { certificate: 'client-key' }),
    'client-key': waiting('client-key', { clientKeyExchange: 'client-proof' }),
    'client-proof': waiting('client-proof', { certificateVerify: 'client-finished' }),
    'client-finished': waiting('client-finished', {
      finished: 'agreed: stop-timers, send server-finish, agree',
    }),
    agreed: { repeated: 'agreed: repeat' },
    over: { close: 'over' },
  },
};
const roles = ['active', 'passive'] as const;

const written = (effect: DtlsEffect) =>
  effect.type === 'send'
    ? `send ${effect.flight}`
    : effect.type === 'start-timer'
      ? `start-timer ${effect.timer}`
      : effect.type;
const result = ([{ phase }, effects]: [DtlsState, DtlsEffect[]]) =>
  effects.length === 0 ? phase : `${phase}: ${effects.map(written).join(', ')}`;

/** What leads from the beginning to each phase of a side. */
const ways: Record<DtlsRole, EventName[]> = {
  active: [
    ...(['begin', 'helloVerifyRequest', 'serverHello', 'certificate', 'serverKeyExchange'] as const),
    ...(['certificateRequest', 'serverHelloDone', 'finished'] as const),
  ],
  passive: ['begin', 'clientHello', 'certificate', 'clientKeyExchange', 'certificateVerify', 'finished'],
};

/** Every state on the way, and the end of a handshake that was closed. */
function statesOf(role: DtlsRole): DtlsState[] {
  const states = [readyHandshake(role)];
  for (const name of ways[role]) {
    const [next] = stepDtls(states.at(-1) as DtlsState, eventOf(name));
    states.push(next);
  }
  return [...states, stepDtls(readyHandshake(role), otherEvents.close)[0]];
}

describe.each(roles)('every state and event of the %s side of a DTLS handshake', (role) => {
  const states = statesOf(role);

  it('is in the table', () => {
    expect(states.map(({ phase }) => phase)).toEqual(Object.keys(table[role]));
  });

  it.each(states.flatMap((state) => eventNames.map((name) => ({ state, name, phase: state.phase }))))(
    '$phase, $name',
    ({ state, name, phase }) => {
      const cell = table[role][phase]?.[name] ?? (name === 'close' ? ended : phase);
      expect(result(stepDtls(state, eventOf(name)))).toBe(cell);
    },
  );

  it('reads only what it waits for', () => {
    for (const state of states)
      for (const name of messageNames) {
        const [{ phase }] = stepDtls(state, { type: 'message', name });
        expect(isExpected(state, name)).toBe(phase !== state.phase && phase !== 'over');
      }
  });
});

describe('a DTLS handshake', () => {
  it('has no phase beside those of its two sides', () => {
    const all = roles.flatMap((role) => Object.keys(table[role]));
    expect(new Set(all)).toEqual(new Set(dtlsPhases));
  });

  it('says what was not answered again, after ever longer waits', () => {
    let [state] = stepDtls(readyHandshake('active'), otherEvents.begin);
    const waits = Array.from({ length: 5 }, () => {
      const [next, effects] = stepDtls(state, otherEvents['flight timer']);
      state = next;
      return effects.flatMap((effect) => (effect.type === 'start-timer' ? effect.delayMs : []));
    });
    expect(waits.flat()).toEqual([800, 1600, 3200, 3200, 3200]);
  });

  it('waits anew for the answer to each flight', () => {
    const [begun] = stepDtls(readyHandshake('active'), otherEvents.begin);
    const [waited] = stepDtls(begun, otherEvents['flight timer']);
    const [, effects] = stepDtls(waited, { type: 'message', name: 'helloVerifyRequest' });
    expect(effects).toContainEqual({ type: 'start-timer', timer: 'flight', delayMs: 400 });
  });

  it('goes on without a certificate of ours where none is asked for', () => {
    const steps: EventName[] = [
      'begin',
      'serverHello',
      'certificate',
      'serverKeyExchange',
      'serverHelloDone',
    ];
    const state = steps.reduce(
      (before, name) => stepDtls(before, eventOf(name))[0],
      readyHandshake('active'),
    );
    expect(state.phase).toBe('server-finished');
  });

  it('tells the far side why, and this one in words', () => {
    const [begun] = stepDtls(readyHandshake('passive'), otherEvents.begin);
    expect(stepDtls(begun, otherEvents.refused)[1]).toEqual([
      { type: 'stop-timers' },
      { type: 'send-alert', description: 42 },
      { type: 'fail', reason: 'no' },
    ]);
    expect(stepDtls(begun, { type: 'message', name: 'finished' })[1]).toContainEqual({
      type: 'fail',
      reason: 'the far side sent finished out of place',
    });
  });
});
