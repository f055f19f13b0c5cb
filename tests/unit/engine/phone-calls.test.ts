/** Calls of the whole phone before anybody has answered: what the settings, the PBX and the person make of them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CallSnapshot } from '../../../contract/snapshot.ts';
import { peerDescription, peerRequest, sipPeer } from '../../support/sip-peer.ts';
import type { PeerMessage, SipPeer } from '../../support/sip-peer.ts';
import { ask, askOk, isReady, startPhone, until } from './support/phone-bench.ts';
import type { Bench } from './support/phone-bench.ts';

let peer: SipPeer;
let bench: Bench;
let accountId: string;
let contact: string;
let source: PeerMessage['source'];
const ownContact = () => `Contact: <sip:1001@127.0.0.1:${peer.port}>`;

/** Who is called answers, but 302 is answered with two other addresses. */
function answerCalls(request: PeerMessage): void {
  if (request.method === 'ACK') return;
  const moved = request.startLine.startsWith('INVITE sip:302@');
  if (moved) peer.reply(request, '302 Moved Temporarily', ['Contact: <sip:7@pbx>, "Eight" <sip:8@pbx>']);
  else
    peer.reply(request, '200 OK', [ownContact()], request.method === 'INVITE' ? peerDescription(5_004) : '');
}

beforeEach(async () => {
  peer = await sipPeer();
  peer.onRequest = answerCalls;
  bench = await startPhone();
  const account = {
    label: 'Office',
    user: '1000',
    server: '127.0.0.1',
    port: peer.port,
    register_expires: 600,
  };
  ({ accountId } = await askOk(bench.phone, 'account.add', { account, password: 'secret' }));
  await until(bench.phone, ({ accounts }) => isReady(accounts.find(({ id }) => id === accountId)));
  const register = await peer.waitFor(({ method }) => method === 'REGISTER');
  contact = /<([^>]+)>/.exec(register.header('Contact'))?.[1] ?? '';
  ({ source } = register);
});
afterEach(async () => {
  await bench.phone.close();
  await peer.close();
});

/** A call from the peer; its final answer comes by the CSeq. */
function callIn(cseq: number, headers: string[] = []): void {
  const branch = `in${cseq}`;
  const lines = peerRequest({
    ...{ method: 'INVITE', uri: contact, peerPort: peer.port, callId: branch, cseq, branch, headers },
  });
  peer.send(lines, peerDescription(5_004), source);
}
const answerTo = (cseq: number) =>
  peer.waitFor(({ status, header }) => status >= 200 && header('CSeq') === `${cseq} INVITE`);
function acknowledge(cseq: number, answer: PeerMessage): void {
  const toTag = /;tag=([^;\s]+)/.exec(answer.header('To'))?.[1] ?? '';
  const ack = { method: 'ACK', uri: contact, peerPort: peer.port, callId: `in${cseq}`, cseq, toTag };
  peer.send(peerRequest({ ...ack, branch: `ack${cseq}` }), '', source);
}
const isAsking = (call?: CallSnapshot) => (call?.redirect ?? null) !== null;
const calls = () => bench.phone.snapshot.calls;
const change = (settings: { do_not_disturb?: boolean; call_waiting?: boolean; auto_answer?: boolean }) =>
  askOk(bench.phone, 'settings.change', { patch: { calls: settings } });

describe('a call that comes in', () => {
  it('is missed while nobody wants to be disturbed, and the call log says why', async () => {
    await change({ do_not_disturb: true });
    callIn(1);
    expect((await answerTo(1)).status).toBe(486);
    const { history } = await until(bench.phone, (snapshot) => snapshot.history.length === 1);
    expect(history[0]).toMatchObject({
      ...{ outcome: 'missed', direction: 'incoming', accountId, remote: { number: '1001', name: 'Anna' } },
      sentence: 'You missed a call from Anna: Do not disturb was on.',
    });
    expect(calls()).toEqual([]);
  });

  it('is missed when it is not encrypted and the account takes no other, and the call log says why', async () => {
    peer.received.length = 0;
    await askOk(bench.phone, 'account.change', { accountId, account: { media_encryption: 'sdes' } });
    const register = await peer.waitFor(
      ({ method, header }) => method === 'REGISTER' && !header('Contact').includes('expires=0'),
    );
    contact = /<([^>]+)>/.exec(register.header('Contact'))?.[1] ?? '';
    ({ source } = register);
    callIn(1);
    expect((await answerTo(1)).status).toBe(488);
    const { history } = await until(bench.phone, (snapshot) => snapshot.history.length === 1);
    expect(history[0]).toMatchObject({
      ...{ outcome: 'missed', direction: 'incoming', accountId, remote: { number: '1001', name: 'Anna' } },
      sentence:
        'You missed a call from Anna, which was not encrypted: this account takes only encrypted ones.',
    });
  });

  it('is missed during a call on any line when nobody may wait', async () => {
    await change({ call_waiting: false });
    const { callId } = await askOk(bench.phone, 'call.start', { target: '*43', accountId: 'practice' });
    await until(bench.phone, (snapshot) => snapshot.calls[0]?.state === 'connected');
    callIn(1);
    expect((await answerTo(1)).status).toBe(486);
    await askOk(bench.phone, 'call.hangup', { callId });
    await until(bench.phone, (snapshot) => snapshot.history.length === 2);
    callIn(2);
    await until(bench.phone, (snapshot) => snapshot.calls.some(({ state }) => state === 'ringing'));
  });

  it('is answered by the phone where the PBX asks for it and the settings allow it, and rings otherwise', async () => {
    const paging = ['Alert-Info: <http://pbx>;info=alert-autoanswer;delay=0'];
    callIn(1, paging);
    await until(bench.phone, (snapshot) => snapshot.calls[0]?.state === 'ringing');
    await askOk(bench.phone, 'call.reject', { callId: calls()[0]?.id ?? '', reason: 'busy' });
    expect((await answerTo(1)).status).toBe(486);
    await change({ auto_answer: true });
    callIn(2, paging);
    const answer = await answerTo(2);
    expect(answer.status).toBe(200);
    acknowledge(2, answer);
    expect(calls().at(-1)).toMatchObject({ autoAnswered: true });
    callIn(3, paging);
    await until(bench.phone, (snapshot) => snapshot.calls.at(-1)?.state === 'ringing');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(calls().at(-1)).toMatchObject({ state: 'ringing', autoAnswered: false });
  });

  it('is sent elsewhere', async () => {
    callIn(1);
    await until(bench.phone, (snapshot) => snapshot.calls[0]?.state === 'ringing');
    const callId = calls()[0]?.id ?? '';
    const refused = await ask(bench.phone, 'call.deflect', { callId, target: 'no such thing' });
    expect(refused).toMatchObject({ ok: false, error: { code: 'call.bad-target' } });
    await askOk(bench.phone, 'call.deflect', { callId, target: '200' });
    const moved = await answerTo(1);
    expect(moved.status).toBe(302);
    expect(moved.header('Contact')).toBe('<sip:200@127.0.0.1>');
    const { history } = await until(bench.phone, (snapshot) => snapshot.history.length === 1);
    expect(history[0]?.sentence).toBe('You sent the call from Anna elsewhere.');
  });
});

describe('a call that is sent elsewhere by a 302', () => {
  it('asks, and calls whom the person names, one of the list or somebody else', async () => {
    const { callId } = await askOk(bench.phone, 'call.start', { target: '302', accountId });
    const { calls: asking } = await until(bench.phone, (snapshot) => isAsking(snapshot.calls[0]));
    const eight = asking[0]?.redirect?.[1];
    expect(eight).toEqual({ number: '8', name: 'Eight', uri: 'sip:8@pbx' });
    await askOk(bench.phone, 'call.redirect', { callId, target: eight?.uri });
    await until(bench.phone, (snapshot) => snapshot.calls[0]?.state === 'connected');
    expect(calls()[0]).toMatchObject({
      id: callId,
      remote: { name: 'Eight' },
      referredBy: { number: '302', how: 'forwarded' },
    });
    await askOk(bench.phone, 'call.hangup', { callId });

    const second = await askOk(bench.phone, 'call.start', { target: '302', accountId });
    await until(bench.phone, (snapshot) => isAsking(snapshot.calls.at(-1)));
    await askOk(bench.phone, 'call.redirect', { callId: second.callId, target: '9' });
    await until(bench.phone, (snapshot) => snapshot.calls.at(-1)?.remote.number === '9');
  });

  it('ends when the person names nobody', async () => {
    const { callId } = await askOk(bench.phone, 'call.start', { target: '302', accountId });
    await until(bench.phone, (snapshot) => isAsking(snapshot.calls[0]));
    await askOk(bench.phone, 'call.redirect', { callId });
    const { history } = await until(bench.phone, (snapshot) => snapshot.history.length === 1);
    expect(history[0]).toMatchObject({ id: callId, outcome: 'cancelled' });
  });
});
