import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Timers } from 'sip.js/lib/core/timers.js';
import type { Session } from 'sip.js/lib/core/session/session.js';
import { silentLogger } from '../../../../../engine/log.ts';
import { createTransport } from '../../../../../engine/sip/transport/create-transport.ts';
import { standardTimers, type TimerValues } from '../../../../../engine/sip/transport/retransmission.ts';
import type { SipTransport } from '../../../../../engine/sip/transport/transport.ts';
import { createCorePhone, offer, type CorePhone } from './core-phone.ts';
import { openLossyRelay, type LossyRelay } from './lossy-relay.ts';

/** The RFC's timers at a tenth of their length, for ourselves and for sip.js. */
const quick: TimerValues = { t1Ms: 50, t2Ms: 400, t4Ms: 500 };
const sipjsTimers = { ...Timers };
const limitMs = 64 * quick.t1Ms;

beforeEach(() => {
  const limits = { TIMER_B: limitMs, TIMER_F: limitMs, TIMER_H: limitMs, TIMER_L: limitMs, TIMER_M: limitMs };
  Object.assign(Timers, { T1: quick.t1Ms, T2: quick.t2Ms, T4: quick.t4Ms, ...limits });
});
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  Object.assign(Timers, sipjsTimers);
});

interface Pair {
  relay: LossyRelay;
  caller: CorePhone;
  callee: CorePhone;
  /** Sessions that the callee has open. */
  calleeSessions: Set<Session>;
}

/** `ring` rings and obeys CANCEL, `deaf` rings and never ends. */
type Answer = 'accept' | 'busy' | 'ring' | 'deaf';

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
      if (answer === 'ring') request.delegate = { onCancel: () => void request.reject({ statusCode: 487 }) };
      if (answer === 'ring' || answer === 'deaf') return void request.progress();
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

/** Calls, and cancels at the first sign of ringing; the final status of the INVITE. */
function cancelWhenRinging(from: CorePhone, to: CorePhone): Promise<number> {
  return new Promise((resolve) => {
    const target = to.uri('callee');
    const contact = [`Contact: ${from.core.configuration.contact.toString()}`];
    const request = from.core.makeOutgoingRequestMessage(
      'INVITE',
      target,
      from.uri('caller'),
      target,
      {},
      contact,
      offer,
    );
    let cancelled = false;
    const invite = from.core.invite(request, {
      onProgress: () => {
        if (!cancelled) invite.cancel();
        cancelled = true;
      },
      onReject: ({ message }) => resolve(message.statusCode ?? 0),
    });
  });
}

const count = (relay: LossyRelay, start: string) =>
  relay.seen.filter(({ text }) => text.startsWith(start)).length;

describe('transactions of the sip.js core over UDP', () => {
  it('registers, calls, acknowledges and hangs up where nothing is lost, without repeating anything', async () => {
    Object.assign(Timers, sipjsTimers);
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
    await new Promise((done) => setTimeout(done, 800));
    expect(count(relay, 'ACK')).toBeGreaterThanOrEqual(3);
    expect(count(relay, 'ACK')).toBe(count(relay, 'SIP/2.0 486'));
    expect(caller.heard.filter((line) => line.includes('486'))).toHaveLength(1);
    expect(callee.heard.filter((line) => line.startsWith('ACK'))).toHaveLength(1);
  });

  it('cancels a ringing call although CANCEL, its answer and the 487 are lost once each', async () => {
    const { relay, caller, callee } = await openPair(4, 0, 'ring');
    const lost = new Set<string>();
    relay.drop = (text) => {
      const kind = /^CANCEL|^SIP\/2\.0 487|^SIP\/2\.0 200[^]*CANCEL\r/.exec(text)?.[0].slice(0, 11);
      if (kind === undefined || lost.has(kind)) return false;
      lost.add(kind);
      return true;
    };
    expect(await cancelWhenRinging(caller, callee)).toBe(487);
    expect(lost.size).toBe(3);
    await new Promise((done) => setTimeout(done, 800));
    expect(callee.heard.map((line) => line.split(' ')[0])).toEqual(['INVITE', 'CANCEL', 'ACK']);
  });

  it('gives up a cancelled call whose far side never ends it, after 64 times T1', async () => {
    const { relay, caller, callee } = await openPair(5, 0, 'deaf');
    expect(await cancelWhenRinging(caller, callee)).toBe(487);
    expect(count(relay, 'SIP/2.0 487')).toBe(0);
    expect(count(relay, 'ACK')).toBe(0);
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

describe('set-ups and tear-downs where packets are lost in both directions', () => {
  /** Registers 50 times and calls 50 times, all at once; a failed registration tries once more. */
  async function succeed(seed: number, loss: number) {
    console.log(`loss ${String(loss * 100)}%, seed ${String(seed)}`);
    const { relay, caller, callee, calleeSessions } = await openPair(seed, loss, 'accept');
    const fifty = Array.from({ length: 50 });
    const registrations = await Promise.all(
      fifty.map(async () => {
        const status = await register(caller, callee);
        return status === 200 ? status : register(caller, callee);
      }),
    );
    const calls = await Promise.all(fifty.map(() => call(caller, callee)));
    relay.loss = 0;
    await new Promise((done) => setTimeout(done, limitMs + 1000));
    return {
      registered: registrations.filter((status) => status === 200).length,
      called: calls.filter(({ invite, bye }) => invite === 200 && bye === 200).length,
      leftOpen: calleeSessions.size + caller.core.dialogs.size + callee.core.dialogs.size,
      clients: caller.core.userAgentClients.size,
      servers: callee.core.userAgentServers.size,
    };
  }

  it('at 10%: 50 of 50 registrations, 50 of 50 calls, and none left open', async () => {
    const done = { registered: 50, called: 50, leftOpen: 0, clients: 0, servers: 0 };
    expect(await succeed(10, 0.1)).toEqual(done);
  });

  it('at 30%: 50 of 50 registrations, at least 47 of 50 calls, and none left open', async () => {
    const { called, ...rest } = await succeed(30, 0.3);
    expect(rest).toEqual({ registered: 50, leftOpen: 0, clients: 0, servers: 0 });
    expect(called).toBeGreaterThanOrEqual(47);
  }, 40_000);
});
