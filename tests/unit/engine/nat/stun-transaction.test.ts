import { describe, expect, it } from 'vitest';
import {
  beginTransaction,
  datagramTiming,
  stepTransaction,
  streamTiming,
  type StunTransactionState,
} from '../../../../engine/nat/stun-transaction.ts';
import { StunExchange } from '../../../../engine/nat/stun-exchange.ts';
import { parseStun, serialiseStun, stunMethods } from '../../../../engine/nat/stun-message.ts';
import { createHandClock } from '../../../support/hand-clock.ts';

const phases = ['sent', 'answered', 'timed-out'] as const;
const events = [{ type: 'timer' }, { type: 'answer' }] as const;

describe('a STUN transaction', () => {
  const table: Record<(typeof phases)[number], Record<'timer' | 'answer', string>> = {
    sent: { timer: 'sent: send, wait', answer: 'answered: answered' },
    answered: { timer: 'answered: ', answer: 'answered: ' },
    'timed-out': { timer: 'timed-out: ', answer: 'timed-out: ' },
  };
  for (const phase of phases)
    for (const event of events)
      it(`${phase} × ${event.type} → ${table[phase][event.type]}`, () => {
        const state: StunTransactionState = { phase, requests: 1 };
        const [after, effects] = stepTransaction(state, event, datagramTiming);
        expect(`${after.phase}: ${effects.map(({ type }) => type).join(', ')}`).toBe(
          table[phase][event.type],
        );
      });

  it('goes out at the seven times of RFC 8489 §6.2.1 and is given up after 39.5 seconds', () => {
    const times: number[] = [];
    let [state, effects] = beginTransaction(datagramTiming);
    let nowMs = 0;
    while (state.phase === 'sent') {
      for (const effect of effects) {
        if (effect.type === 'send') times.push(nowMs);
        if (effect.type === 'wait') nowMs += effect.afterMs;
      }
      [state, effects] = stepTransaction(state, { type: 'timer' }, datagramTiming);
    }
    expect(times).toEqual([0, 500, 1500, 3500, 7500, 15_500, 31_500]);
    expect(nowMs).toBe(39_500);
  });

  it('goes out once over a stream', () => {
    const [, effects] = beginTransaction(streamTiming);
    expect(effects).toEqual([{ type: 'send' }, { type: 'wait', afterMs: 39_500 }]);
  });
});

describe('requests over one socket', () => {
  const transactionId = Buffer.from('abcdefghijkl');
  const message = { class: 'request', method: stunMethods.binding, transactionId, attributes: [] } as const;
  const answerTo = (id: Buffer) => {
    const datagram = serialiseStun({ ...message, class: 'success', transactionId: id });
    const parsed = parseStun(datagram);
    if (!parsed.ok) throw new Error(parsed.problem);
    return { message: parsed.value, datagram };
  };

  it('are repeated until their answer comes, which settles them', async () => {
    const clock = createHandClock();
    const exchange = new StunExchange(clock);
    let sent = 0;
    const send = () => void (sent += 1);
    const outcome = exchange.request(transactionId, serialiseStun(message), { send, timing: datagramTiming });
    clock.advance(1_600);
    expect(exchange.receive(answerTo(Buffer.from('another-one!')))).toBe(false);
    expect(exchange.receive(answerTo(transactionId))).toBe(true);
    expect(exchange.receive(answerTo(transactionId))).toBe(false);
    expect(await outcome).toMatchObject({ message: { class: 'success' } });
    clock.advance(60_000);
    expect([sent, clock.pending]).toEqual([3, 0]);
  });

  it('end in silence, or when the exchange is closed, and leave no timer', async () => {
    const clock = createHandClock();
    const exchange = new StunExchange(clock);
    const way = { send: () => undefined, timing: datagramTiming };
    const silent = exchange.request(transactionId, serialiseStun(message), way);
    clock.advance(40_000);
    expect(await silent).toBe('silent');
    const cut = exchange.request(transactionId, serialiseStun(message), way);
    exchange.close();
    expect(await cut).toBe('closed');
    expect(clock.pending).toBe(0);
  });
});
