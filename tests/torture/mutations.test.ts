/**
 * A hundred thousand broken messages to a phone with a call: nothing crashes, OPTIONS is still answered, and what the phone keeps
 * does not grow. Time is simulated, 5 ms for each message, so that transactions live and end as they would in eight minutes.
 */
import { randomInt } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { silentLogger } from '../../engine/log.ts';
import type { Call } from '../../engine/sip/call.ts';
import { systemClock } from '../../engine/net/clock.ts';
import type { Link, LinkHandlers } from '../../engine/sip/transport/link.ts';
import { standardTimers } from '../../engine/sip/transport/retransmission.ts';
import { createSipTransport } from '../../engine/sip/transport/sip-transport.ts';
import { outsideVectors } from '../support/skip.ts';
import { testAgent } from '../unit/engine/sip/support/test-agent.ts';
import { createMutator } from './mutator.ts';

const messages = 100_000;
const stepMs = 5;
const checkEvery = 1_000;
const server = { address: '127.0.0.1', port: 5060 };
const phoneAddress = { address: '127.0.0.1', port: 5070 };
const seed = Number(process.env['SIDETONE_SEED'] ?? randomInt(2 ** 31));

/** A link that ends in the test: what the phone sends is kept, what it gets is handed in. */
function testLink(): {
  link: (handlers: LinkHandlers) => Link;
  sent: string[];
  hand: (bytes: Buffer) => void;
} {
  const sent: string[] = [];
  let handlers: LinkHandlers | undefined;
  const link: Link = {
    protocol: 'UDP',
    reliable: false,
    connected: true,
    local: phoneAddress,
    remote: server,
    sentBy: { host: phoneAddress.address, port: phoneAddress.port },
    open: async () => undefined,
    write: async (text) => void sent.push(text),
    ping: () => undefined,
    suspect: () => undefined,
    drop: () => undefined,
    close: async () => undefined,
  };
  return {
    link: (given) => {
      handlers = given;
      return link;
    },
    sent,
    hand: (bytes) => handlers?.bytes(bytes, server),
  };
}

const sdp = [
  ...['v=0', 'o=far 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'],
  ...['m=audio 20000 RTP/AVP 0 8 101', 'a=rtpmap:101 telephone-event/8000', 'a=sendrecv', ''],
].join('\r\n');
const bodies: Record<string, [type: string, body: string]> = {
  INVITE: ['application/sdp', sdp],
  UPDATE: ['application/sdp', sdp],
  INFO: ['application/dtmf-relay', 'Signal=5\r\nDuration=160\r\n'],
  MESSAGE: ['text/plain', 'Lunch?'],
  NOTIFY: ['application/simple-message-summary', 'Messages-Waiting: yes\r\nVoice-Message: 2/8 (0/2)\r\n'],
};
const methods = [
  ...['INVITE', 'ACK', 'BYE', 'CANCEL', 'OPTIONS', 'INFO', 'UPDATE', 'PRACK'],
  ...['REFER', 'NOTIFY', 'MESSAGE', 'SUBSCRIBE', 'REGISTER', 'PUBLISH'],
];

/** A well-formed request from the server; with `toTag` inside the dialog of the call. */
function request(method: string, ids: { callId: string; cseq: number; toTag?: string }): Buffer {
  const { callId, cseq, toTag } = ids;
  const [type, body] = bodies[method] ?? ['', ''];
  const head = [
    `${method} sip:1000@${phoneAddress.address}:${phoneAddress.port} SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:5060;rport;branch=z9hG4bK${callId}-${cseq}-${method}`,
    'Max-Forwards: 70',
    `From: "Anna" <sip:anna@127.0.0.1>;tag=far-${callId}`,
    `To: <sip:1000@127.0.0.1>${toTag === undefined ? '' : `;tag=${toTag}`}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} ${method}`,
    'Contact: <sip:anna@127.0.0.1:5060>',
    ...(method === 'REFER' ? ['Refer-To: <sip:1003@127.0.0.1>'] : []),
    ...(method === 'NOTIFY' ? ['Event: message-summary', 'Subscription-State: active;expires=60'] : []),
    ...(method === 'PRACK' ? [`RAck: 1 ${cseq} INVITE`] : []),
    ...(method === 'INVITE' ? ['Supported: timer, replaces', 'Session-Expires: 1800;refresher=uac'] : []),
    ...(type === '' ? [] : [`Content-Type: ${type}`]),
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`, 'latin1');
}

/** An answer to a request of the phone. */
function answer(sent: string, status: string, body = ''): Buffer {
  const copied = sent.split('\r\n').filter((line) => /^(Via|From|To|Call-ID|CSeq):/i.test(line));
  const to = copied.map((line) => (/^To:/i.test(line) && !line.includes(';tag=') ? `${line};tag=far` : line));
  const rest = [
    'Contact: <sip:anna@127.0.0.1:5060>',
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${body.length}`,
  ];
  return Buffer.from([`SIP/2.0 ${status}`, ...to, ...rest, '', body].join('\r\n'), 'latin1');
}

const header = (message: string, name: string) =>
  new RegExp(`^${name}:[ \\t]*(.*)$`, 'im').exec(message)?.[1]?.trim() ?? '';

function wholeMessages(): Buffer[] {
  const { folder, missing } = outsideVectors('rfc4475');
  const folders = ['tests/vectors/sip', ...(missing === undefined ? [folder] : [])];
  return folders.flatMap((each) => readdirSync(each).map((name) => readFileSync(join(each, name))));
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
function heapBytes(): number {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

const faults: unknown[] = [];
const note = (thrown: unknown) => void faults.push(thrown);
beforeAll(() => {
  process.on('uncaughtException', note);
  process.on('unhandledRejection', note);
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
  });
});
afterAll(() => {
  process.off('uncaughtException', note);
  process.off('unhandledRejection', note);
  vi.useRealTimers();
});

describe(`${messages} broken messages (SIDETONE_SEED=${seed})`, () => {
  it('crash nothing, silence nothing and leave nothing behind', { timeout: 600_000 }, async () => {
    const { link, sent, hand } = testLink();
    const transport = createSipTransport({
      ...{ link, largeLink: undefined, fixedServer: true, keepaliveIntervalMs: 0 },
      ...{ timers: standardTimers, clock: systemClock, log: silentLogger },
    });
    const { agent, media } = testAgent(server.port, { transport, register: false, log: silentLogger });
    let ringing: Call[] = [];
    agent.on('incoming', (call) => void ringing.push(call));
    await agent.start();
    const mutator = createMutator(seed);
    const whole = wholeMessages();
    let calls = 0;
    let alive = 0;
    let live: { call: Call; callId: string; toTag: string; cseq: number } | undefined;
    const heap: number[] = [];

    /** A call that stands: mutated requests inside its dialog reach further than strangers'. */
    const openCall = async () => {
      calls += 1;
      const callId = `live-${calls}`;
      ringing = [];
      hand(request('INVITE', { callId, cseq: 1 }));
      const [call] = ringing;
      if (call === undefined) throw new Error('the phone takes no call any more');
      await call.answer({ source: { kind: 'silence' }, sink: { kind: 'none' } });
      await vi.advanceTimersByTimeAsync(stepMs);
      const accepted = sent.find((text) => text.startsWith('SIP/2.0 200') && text.includes(callId)) ?? '';
      const toTag = /;tag=([^;\s]+)/.exec(header(accepted, 'To'))?.[1] ?? '';
      hand(request('ACK', { callId, cseq: 1, toTag }));
      live = { call, callId, toTag, cseq: 1 };
    };

    for (let count = 0; count < messages; count += 1) {
      if (live === undefined || live.call.snapshot.state === 'ended') await openCall();
      if (live === undefined) break;
      live.cseq += 1;
      const { callId, toTag, cseq } = live;
      const outgoing = sent.filter((text) => !text.startsWith('SIP/2.0')).slice(-3);
      const base = [
        ...whole,
        ...methods.map((method) => request(method, { callId: `new-${count}`, cseq: 1 })),
        ...methods.map((method) => request(method, { callId, cseq, toTag })),
        ...outgoing.flatMap((text) => [answer(text, '180 Ringing'), answer(text, '200 OK', sdp)]),
        ...outgoing.flatMap((text) => [answer(text, '486 Busy Here'), answer(text, '401 Unauthorized')]),
      ];
      if (count % 200 === 0) {
        const target = agent.call('1001', {
          id: `out-${count}`,
          source: { kind: 'silence' },
          sink: { kind: 'none' },
        });
        setTimeout(() => target.hangup(), 60_000);
      }
      hand(mutator.next(base));
      await vi.advanceTimersByTimeAsync(stepMs);
      for (const call of ringing.splice(0)) if (call !== live.call) call.reject('busy');
      if (count % checkEvery === checkEvery - 1) {
        sent.length = 0;
        // What the stand-in for sound has noted down is the test's own memory.
        media.sessions.length = 0;
        hand(request('OPTIONS', { callId: `alive-${count}`, cseq: 1 }));
        const reply = sent.find((text) => text.includes(`alive-${count}`)) ?? '';
        expect(reply.split('\r\n', 1)[0]).toBe('SIP/2.0 200 OK');
        alive += 1;
      }
      if (count % (messages / 10) === messages / 10 - 1) heap.push(heapBytes());
    }

    expect(faults).toEqual([]);
    expect(alive).toBe(messages / checkEvery);
    // The first two tenths fill what is bounded: transactions of 32 s, calls that ring, code made ready.
    const early = Math.max(...heap.slice(2, 5));
    const late = Math.min(...heap.slice(7));
    process.stdout.write(
      `heap in MB after each tenth: ${heap.map((bytes) => (bytes / 2 ** 20).toFixed(1)).join(', ')}; ${calls} calls\n`,
    );
    expect(late).toBeLessThan(early * 1.1);

    const closing = agent.close();
    await vi.advanceTimersByTimeAsync(60_000);
    await closing;
    expect(vi.getTimerCount()).toBe(0);
  });
});
