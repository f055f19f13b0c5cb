/**
 * What is left of a call 40 s after its end, however it ended: no timer. Its transactions take 32 s to be over (64·T1, RFC 3261 §17), and
 * nothing of a call may outlive them by much. The hands of the clock are the test's.
 */
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PhoneFailure } from '../../../contract/errors.ts';
import type { AccountLines } from '../../../engine/account-lines.ts';
import { collectGarbage } from '../../../engine/old-garbage.ts';
import { PhoneCalls } from '../../../engine/phone-calls.ts';
import { Recordings } from '../../../engine/recordings.ts';
import type { Call } from '../../../engine/sip/call.ts';
import { partyOfUri } from '../../../engine/sip/party.ts';
import type { PeerMessage, SipPeer } from '../../support/sip-peer.ts';
import { peerDescription, peerRequest, peerTag, sipPeer } from '../../support/sip-peer.ts';
import type { TestAgent } from './sip/support/test-agent.ts';
import { registeredAgent } from './sip/support/test-agent.ts';

const goneAfterMs = 40_000;
const transactionMs = 32_000;
const stepMs = 1_000;
const accountId = 'account';

let peer: SipPeer;
let phone: TestAgent;
let calls: PhoneCalls;
let contact: string;
/** How the peer answers an INVITE; everything else but ACK gets 200 unless it is named in `unanswered`. */
let onInvite: (invite: PeerMessage) => void;
let unanswered: string[];
let logged: number;

const ownContact = () => `Contact: <sip:1001@127.0.0.1:${peer.port}>`;
const rings = (invite: PeerMessage) => peer.reply(invite, '180 Ringing', [ownContact()]);
const invites = () => peer.received.filter(({ startLine }) => startLine.startsWith('INVITE'));

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  logged = 0;
  unanswered = [];
  peer = await sipPeer();
  ({ phone, contact } = await registeredAgent(peer));
  phone.agent.on('incoming', (call) => calls.takeIncoming(call, accountId));
  onInvite = (invite) => peer.reply(invite, '200 OK', [ownContact()], peerDescription(5_004));
  peer.onRequest = (request) => {
    if (request.method === 'ACK' || unanswered.includes(request.method)) return;
    if (request.method === 'INVITE') return onInvite(request);
    peer.reply(request, '200 OK', [ownContact()]);
    const [first] = invites();
    if (request.method === 'CANCEL' && first !== undefined) peer.reply(first, '487 Request Terminated');
  };
  const line = { account: { id: accountId }, userAgent: phone.agent };
  const fail = (thrown: unknown) => {
    throw thrown;
  };
  calls = new PhoneCalls({
    lines: { usual: () => line, find: () => line } as unknown as AccountLines,
    settings: () => phone.settings,
    recordings: new Recordings({
      ...{ settings: () => phone.settings.recording, folder: tmpdir(), now: () => 0, onProblem: fail },
    }),
    callLog: { load: () => [], append: async () => void (logged += 1), clear: async () => undefined },
    now: () => 0,
    onChanged: () => undefined,
    onEvent: () => undefined,
    onProblem: fail,
  });
});
afterEach(async () => {
  vi.useRealTimers();
  await phone.agent.close();
  calls.close();
  await peer.close();
});

/** Lets time pass, and what is on the wire arrive in between. */
async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) {
    await vi.advanceTimersByTimeAsync(stepMs);
    for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }
}

function callOut(target = '1001'): Call {
  return calls.find(calls.start({ target }).callId);
}
const is = (call: Call, state: string) => expect.poll(() => call.snapshot.state).toBe(state);

async function talk(target?: string): Promise<Call> {
  const call = callOut(target);
  await is(call, 'connected');
  return call;
}

/** A request of the peer to the phone. */
function send(
  method: string,
  request: { callId: string; branch: string; toTag?: string; cseq?: number },
  more: string[] = [],
) {
  const headers = [`From: "Anna" <sip:1001@127.0.0.1:${peer.port}>;tag=${peerTag}`, ...more];
  const lines = peerRequest({ method, uri: contact, peerPort: peer.port, cseq: 1, ...request, headers });
  const port = Number(/:(\d+)/.exec(contact.split('@')[1] ?? '')?.[1]);
  const body = method === 'INVITE' ? peerDescription(5_004) : '';
  peer.send(lines, body, { address: '127.0.0.1', port });
}

const tagIn = (value = '') => /;tag=([^;>\s]+)/.exec(value)?.[1] ?? '';

/** BYE in the call that our first INVITE began. */
function theyHangUp(): void {
  const [invite] = invites();
  const toTag = tagIn(invite?.header('From'));
  send('BYE', { callId: invite?.header('Call-ID') ?? '', branch: 'bye', toTag });
}

/** Two re-INVITEs, the second as soon as it may be. It is not acknowledged, and so the phone ends the call. */
async function theyHasten(): Promise<void> {
  const [invite] = invites();
  const dialog = { callId: invite?.header('Call-ID') ?? '', toTag: tagIn(invite?.header('From')) };
  const accepts = (cseq: number, { status, header }: PeerMessage) =>
    status === 200 && header('CSeq') === `${cseq} INVITE`;
  const accepted = (cseq: number) => peer.waitFor((message) => accepts(cseq, message));
  send('INVITE', { ...dialog, branch: 'first', cseq: 2 });
  await accepted(2);
  send('ACK', { ...dialog, branch: 'first-ack', cseq: 2 });
  send('INVITE', { ...dialog, branch: 'second', cseq: 3 });
  await accepted(3);
  await pass(transactionMs + stepMs);
  expect(peer.received.filter((message) => accepts(2, message))).toHaveLength(1);
}

const theirs = { callId: 'theirs', branch: 'theirs' };

async function callIn(headers: string[] = []): Promise<Call> {
  send('INVITE', theirs, headers);
  await peer.waitFor(({ status }) => status === 180);
  const [snapshot] = calls.snapshots;
  return calls.find(snapshot?.id ?? '');
}

/** ACK to our final answer. */
async function theyAcknowledge(): Promise<void> {
  const { header, status } = await peer.waitFor(
    ({ header: told, status: final }) => final >= 200 && told('Call-ID') === theirs.callId,
  );
  send('ACK', { ...theirs, ...(status < 300 ? { branch: 'ack' } : {}), toTag: tagIn(header('To')) });
}

const silence = { source: { kind: 'silence' }, sink: { kind: 'none' } } as const;

const endings: [name: string, play: () => Promise<unknown>][] = [
  ['a call of ours that we end', async () => (await talk()).hangup()],
  ['a call of ours that they end', async () => (await talk(), theyHangUp())],
  ['a call with two hasty re-INVITEs', async () => (await talk(), theyHasten())],
  [
    'a call whose BYE nobody answers',
    async () => {
      unanswered = ['BYE'];
      (await talk()).hangup();
    },
  ],
  [
    'a call that is ended while keys are sent by INFO',
    async () => {
      phone.settings.dtmf.mode = 'INFO';
      const call = await talk();
      call.sendDigits('123456789');
      await peer.waitFor(({ method }) => method === 'INFO');
      call.hangup();
    },
  ],
  [
    'a call to somebody busy',
    async () => {
      onInvite = (invite) => peer.reply(invite, '486 Busy Here');
      callOut();
    },
  ],
  [
    'a call that we give up while it rings',
    async () => {
      onInvite = rings;
      const call = callOut();
      await is(call, 'ringing');
      call.hangup();
    },
  ],
  [
    'a call that we give up while it rings, where nobody answers the CANCEL',
    async () => {
      onInvite = rings;
      unanswered = ['CANCEL'];
      const call = callOut();
      await is(call, 'ringing');
      call.hangup();
    },
  ],
  [
    'a call that we give up before anything was heard',
    async () => {
      onInvite = () => undefined;
      const call = callOut();
      await expect.poll(() => invites().length).toBe(1);
      call.hangup();
    },
  ],
  [
    'a call that nobody says anything to',
    async () => {
      onInvite = () => undefined;
      callOut();
      await expect.poll(() => invites().length).toBe(1);
      await pass(transactionMs + stepMs);
    },
  ],
  [
    'a call that somebody else has picked up',
    async () => {
      onInvite = rings;
      const call = callOut();
      await is(call, 'ringing');
      const [invite] = invites();
      const dialog = `to-tag=${tagIn(invite?.header('From'))};from-tag=${peerTag}`;
      send('INVITE', theirs, [`Replaces: ${invite?.header('Call-ID')};${dialog}`]);
      await theyAcknowledge();
      await is(call, 'connected');
      call.hangup();
    },
  ],
  [
    'a call that is sent elsewhere, and nobody is called instead',
    async () => {
      onInvite = (invite) => peer.reply(invite, '302 Moved Temporarily', ['Contact: <sip:7@pbx>']);
      const call = callOut();
      await expect.poll(() => call.snapshot.redirect?.length).toBe(1);
      call.redirect(undefined);
    },
  ],
  [
    'a call that they end while they consider our hold',
    async () => {
      const call = await talk();
      onInvite = (invite) => peer.reply(invite, '100 Trying');
      const held = call.hold().catch(() => undefined);
      await expect.poll(() => invites().length).toBe(2);
      await pass(stepMs);
      theyHangUp();
      await held;
    },
  ],
  [
    'a call that is transferred by a far side that never tells how it goes',
    async () => {
      const call = await talk();
      await call.transfer.blind('sip:1002@127.0.0.1', partyOfUri('sip:1002@127.0.0.1'));
      call.hangup();
    },
  ],
  [
    'a call that ends before the far side has agreed to transfer it',
    async () => {
      unanswered = ['REFER'];
      const call = await talk();
      call.transfer.blind('sip:1002@127.0.0.1', partyOfUri('sip:1002@127.0.0.1')).catch(() => undefined);
      const refer = await peer.waitFor(({ method }) => method === 'REFER');
      call.hangup();
      await call.ended;
      peer.reply(refer, '202 Accepted', [ownContact()]);
    },
  ],
  [
    'two calls of which one is transferred to the other',
    async () => {
      const [call, other] = [await talk(), await talk('1002')];
      await call.transfer.attended(other.transfer);
      theyHangUp();
    },
  ],
  [
    'a call to us that we turn away',
    async () => {
      (await callIn()).reject('busy');
      await theyAcknowledge();
    },
  ],
  ['a call to us that we turn away without ever hearing an ACK', async () => (await callIn()).reject('busy')],
  ['a call to us whose caller gives up', async () => (await callIn(), send('CANCEL', theirs))],
  [
    'a call to us that rang reliably and whose caller gives up',
    async () => (await callIn(['Require: 100rel']), send('CANCEL', theirs)),
  ],
  [
    'a call to us that the phone was to answer by itself',
    async () => {
      phone.settings.calls.auto_answer = true;
      await callIn(['Call-Info: <sip:pbx>;answer-after=60']);
      send('CANCEL', theirs);
    },
  ],
  [
    'a call to us that we end',
    async () => {
      const call = await callIn();
      await call.answer(silence);
      await theyAcknowledge();
      await is(call, 'connected');
      call.hangup();
    },
  ],
  [
    'a call to us whose answer is never acknowledged',
    async () => {
      await (await callIn()).answer(silence);
      await pass(transactionMs + stepMs);
    },
  ],
];

describe('nothing is left 40 s after the end of', () => {
  it.each(endings)('%s', async (_name, play) => {
    await pass(goneAfterMs);
    const usual = vi.getTimerCount();
    await play();
    await expect.poll(() => logged).toBeGreaterThan(0);
    await expect.poll(() => calls.busy).toBe(false);
    await pass(goneAfterMs);
    expect(calls.snapshots).toEqual([]);
    expect(vi.getTimerCount()).toBe(usual);
  });
});

describe('nothing but its transactions is left of', () => {
  // The call itself is in no variable that lasts, and in no expectation.
  const connected = () => expect.poll(() => calls.snapshots[0]?.state).toBe('connected');
  const ended: [name: string, play: () => Promise<WeakRef<Call>>][] = [
    [
      'a call of ours',
      async () => {
        const call = callOut();
        await connected();
        call.hangup();
        return new WeakRef(call);
      },
    ],
    [
      'a call to us',
      async () => {
        const call = await callIn();
        await call.answer(silence);
        await theyAcknowledge();
        await connected();
        call.hangup();
        return new WeakRef(call);
      },
    ],
    [
      'a call to us that we turn away',
      async () => {
        const call = await callIn();
        call.reject('busy');
        return new WeakRef(call);
      },
    ],
  ];
  it.each(ended)('%s some seconds after its end', async (_name, play) => {
    await pass(goneAfterMs);
    const usual = vi.getTimerCount();
    const call = await play();
    await expect.poll(() => calls.busy).toBe(false);
    await pass(10_000);
    // The stand-in for the media engine remembers.
    phone.media.sessions.length = 0;
    collectGarbage();
    expect(call.deref()).toBeUndefined();
    expect(vi.getTimerCount()).toBeGreaterThan(usual);
  });
});

describe('the quality of a call', () => {
  it('can be asked for until twenty later calls have ended', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 21; count += 1) {
      const call = await talk();
      ids.push(call.id);
      call.hangup();
      await expect.poll(() => logged).toBe(ids.length);
    }
    const [first = '', ...later] = ids;
    expect(() => calls.quality(first)).toThrow(PhoneFailure);
    for (const id of later) expect(calls.quality(id)).toEqual([]);
  });
});
