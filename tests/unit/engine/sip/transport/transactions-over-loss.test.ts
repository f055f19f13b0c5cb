import { afterEach, describe, expect, it } from 'vitest';
import type { Session } from 'sip.js/lib/core/session/session.js';
import { silentLogger } from '../../../../../engine/log.ts';
import { createTransport } from '../../../../../engine/sip/transport/create-transport.ts';
import { standardTimers, type TimerValues } from '../../../../../engine/sip/transport/retransmission.ts';
import type { SipTransport } from '../../../../../engine/sip/transport/transport.ts';
import { createCorePhone, offer, type CorePhone } from './core-phone.ts';
import { openLossyRelay, type LossyRelay } from './lossy-relay.ts';

/** The RFC's timers, a tenth as long where waiting is all that would be tested. */
const quick: TimerValues = { t1Ms: 25, t2Ms: 200, t4Ms: 250 };
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Pair {
  relay: LossyRelay;
  caller: CorePhone;
  callee: CorePhone;
  /** Sessions that the callee has open. */
  calleeSessions: Set<Session>;
}

type Answer = 'accept' | 'busy' | 'silent';

async function openPair(seed: number, loss: number, answer: Answer, timers = quick): Promise<Pair> {
  const relay = await openLossyRelay(seed, loss);
  const open = async (side: 'left' | 'right'): Promise<SipTransport> => {
    const transport = createTransport(
      {
        protocol: 'UDP',
        nextHop: { kind: 'server', host: relay[side].address, port: relay[side].port },
        keepaliveSeconds: 0,
        log: silentLogger,
      },
      { timers },
    );
    await transport.connect();
    relay.peers[side] = transport.local;
    closers.push(() => transport.close());
    return transport;
  };
  const left = await open('left');
  const right = await open('right');
  const calleeSessions = new Set<Session>();
  const callee: CorePhone = createCorePhone(right, 'callee', {
    onRegister: (request) => void request.accept(),
    onInvite: (request) => {
      if (answer === 'silent') return;
      if (answer === 'busy') return void request.reject({ statusCode: 486 });
      request.progress();
      const { session } = request.accept({ statusCode: 200, body: offer });
      calleeSessions.add(session);
      session.delegate = {
        onBye: (bye) => {
          calleeSessions.delete(session);
          bye.accept();
        },
      };
    },
  });
  const caller = createCorePhone(left, 'caller', {});
  closers.push(
    () => relay.close(),
    () => caller.core.dispose(),
    () => callee.core.dispose(),
  );
  return { relay, caller, callee, calleeSessions };
}

function register(from: CorePhone, to: CorePhone): Promise<number> {
  return new Promise((resolve) => {
    const user = to.core.configuration.aor.user ?? '';
    const target = to.uri(user);
    const request = from.core.makeOutgoingRequestMessage('REGISTER', target, target, target, {});
    from.core.register(request, {
      onAccept: ({ message }) => resolve(message.statusCode ?? 0),
      onReject: ({ message }) => resolve(message.statusCode ?? 0),
    });
  });
}

/** Calls, acknowledges, hangs up; the final status of INVITE and BYE. */
function call(from: CorePhone, to: CorePhone): Promise<{ invite: number; bye: number }> {
  return new Promise((resolve) => {
    const target = to.uri('callee');
    const self = from.uri('caller');
    const request = from.core.makeOutgoingRequestMessage(
      'INVITE',
      target,
      self,
      target,
      {},
      [`Contact: ${from.core.configuration.contact.toString()}`],
      offer,
    );
    from.core.invite(request, {
      onReject: ({ message }) => resolve({ invite: message.statusCode ?? 0, bye: 0 }),
      onAccept: ({ session, ack }) => {
        ack();
        session.bye({
          onAccept: ({ message }) => resolve({ invite: 200, bye: message.statusCode ?? 0 }),
          onReject: ({ message }) => resolve({ invite: 200, bye: message.statusCode ?? 0 }),
        });
      },
    });
  });
}

const count = (relay: LossyRelay, start: string) =>
  relay.seen.filter(({ text }) => text.startsWith(start)).length;

describe('transactions of the sip.js core over UDP', () => {
  it('registers, calls, acknowledges and hangs up where nothing is lost, without repeating anything', async () => {
    const { relay, caller, callee, calleeSessions } = await openPair(1, 0, 'accept', standardTimers);
    expect(await register(caller, callee)).toBe(200);
    expect(await call(caller, callee)).toEqual({ invite: 200, bye: 200 });
    expect(calleeSessions.size).toBe(0);
    for (const start of ['REGISTER', 'INVITE', 'ACK', 'BYE']) expect(count(relay, start)).toBe(1);
  });

  it('gets the ACK again for a repeated 486', async () => {
    const { relay, caller, callee } = await openPair(2, 0, 'busy');
    let lost = 0;
    relay.drop = (text) => text.startsWith('ACK') && (lost += 1) <= 2;
    expect(await call(caller, callee)).toEqual({ invite: 486, bye: 0 });
    await new Promise((done) => setTimeout(done, 400));
    expect(count(relay, 'ACK')).toBe(3);
    expect(count(relay, 'SIP/2.0 486')).toBe(3);
    expect(caller.heard.filter((line) => line.includes('486'))).toHaveLength(1);
    expect(callee.heard.filter((line) => line.startsWith('ACK'))).toHaveLength(1);
  });

  it('answers a repeated BYE from memory, with the 200 of the first', async () => {
    const { relay, caller, callee } = await openPair(3, 0, 'accept');
    let lost = 0;
    relay.drop = (text) => /^SIP\/2\.0 200[^]*CSeq: \d+ BYE/i.test(text) && (lost += 1) <= 3;
    expect(await call(caller, callee)).toEqual({ invite: 200, bye: 200 });
    expect(count(relay, 'BYE')).toBeGreaterThanOrEqual(4);
    expect(callee.heard.filter((line) => line.startsWith('BYE'))).toHaveLength(1);
    expect(count(relay, 'SIP/2.0 481')).toBe(0);
  });
});
