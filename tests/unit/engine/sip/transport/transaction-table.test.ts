import { describe, expect, it } from 'vitest';
import type { Link } from '../../../../../engine/sip/transport/link.ts';
import { standardTimers, type Role } from '../../../../../engine/sip/transport/retransmission.ts';
import { createTransactionTable } from '../../../../../engine/sip/transport/transaction-table.ts';
import { createHandClock } from '../../../../support/hand-clock.ts';

const link: Link = {
  protocol: 'UDP',
  reliable: false,
  connected: true,
  local: { address: '127.0.0.1', port: 1 },
  remote: undefined,
  sentBy: { host: '127.0.0.1', port: 1 },
  open: () => Promise.resolve(),
  write: () => Promise.resolve(),
  ping: () => undefined,
  suspect: () => undefined,
  drop: () => undefined,
  close: () => Promise.resolve(),
};

function setUp(transactionsMax = 10) {
  const clock = createHandClock();
  const log: string[] = [];
  const table = createTransactionTable(clock, standardTimers, transactionsMax, {
    repeat: (_route, text) => log.push(`${String(clock.nowMs())} ${text}`),
    unanswered: () => undefined,
    answerTrying: () => log.push(`${String(clock.nowMs())} 100`),
    deliverOwn: (_transaction, status) => log.push(`${String(clock.nowMs())} up ${String(status)}`),
  });
  const begin = (role: Role, key = 'key') =>
    table.begin(role, {
      key,
      route: { link, destination: link.local },
      request: 'request',
      via: 'via',
      identity: key,
    });
  return { clock, log, table, begin };
}

const times = (log: string[]) => log.map((line) => Number(line.split(' ')[0]) / 1000);

describe('the transaction table', () => {
  it('repeats an unanswered INVITE at 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s, and ends at 32 s', () => {
    const { clock, log, table, begin } = setUp();
    begin('invite-client');
    clock.advance(31_999);
    expect(table.size).toBe(1);
    clock.advance(100_000);
    expect(times(log)).toEqual([0.5, 1.5, 3.5, 7.5, 15.5, 31.5]);
    expect(table.size).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('repeats another unanswered request ten times in 32 s, never more than 4 s apart', () => {
    const { clock, log, begin } = setUp();
    begin('client');
    clock.advance(100_000);
    expect(times(log)).toEqual([0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]);
  });

  it('repeats a 486 until the ACK comes, ten times at most', () => {
    const { clock, log, table, begin } = setUp();
    const acknowledged = begin('invite-server', 'one');
    table.step(acknowledged, { kind: 'answer', of: 'failure' }, '486');
    clock.advance(1000);
    expect(table.step(acknowledged, { kind: 'ack' })).toEqual({ deliver: true, transmit: false });
    clock.advance(4999);
    expect(times(log)).toEqual([0.5]);
    expect(table.size).toBe(1);
    clock.advance(1);
    expect(table.size).toBe(0);
    const ignored = begin('invite-server', 'two');
    log.length = 0;
    table.step(ignored, { kind: 'answer', of: 'failure' }, '486');
    clock.advance(100_000);
    expect(log).toHaveLength(10);
    expect(table.size).toBe(0);
  });

  it('gives a cancelled INVITE up after 32 s without a final response, and tells the layer above', () => {
    const { clock, log, table, begin } = setUp();
    const invite = begin('invite-client');
    table.step(invite, { kind: 'response', of: 'provisional' });
    clock.advance(60_000);
    expect(log).toEqual([]);
    table.step(invite, { kind: 'cancel-sent' });
    clock.advance(32_000);
    expect(log).toEqual(['92000 up 487']);
    expect(table.step(invite, { kind: 'ack-sent' }, 'ACK').transmit).toBe(false);
    clock.advance(5000);
    expect(table.size).toBe(0);
  });

  it('answers repeats of a request from memory for 32 s', () => {
    const { clock, log, table, begin } = setUp();
    const bye = begin('server');
    table.step(bye, { kind: 'request-again' });
    table.step(bye, { kind: 'answer', of: 'success' }, '200');
    table.step(bye, { kind: 'request-again' });
    clock.advance(31_999);
    table.step(bye, { kind: 'request-again' });
    expect(log).toEqual(['0 200', '31999 200']);
    clock.advance(1);
    expect(table.find('key')).toBeUndefined();
  });

  it('forgets the oldest when it is full, with its timers', () => {
    const { clock, table, begin } = setUp(3);
    for (const key of ['a', 'b', 'c', 'd']) begin('client', key);
    expect([table.find('a'), table.size, clock.pending]).toEqual([undefined, 3, 6]);
    table.close();
    table.close();
    expect([table.size, clock.pending]).toEqual([0, 0]);
  });
});
