import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { peerDescription, peerRequest, peerTag, sipPeer } from '../../support/sip-peer.ts';
import type { PeerMessage, SipPeer } from '../../support/sip-peer.ts';
import { ask, askOk, isReady, startPhone, until } from './support/phone-bench.ts';
import type { Bench } from './support/phone-bench.ts';

let peer: SipPeer;
let bench: Bench;
let accountId: string;
let contact: string;
let source: PeerMessage['source'];
/** What a MESSAGE is answered with. */
let answer: string;

beforeEach(async () => {
  peer = await sipPeer();
  answer = '202 Accepted';
  peer.onRequest = (request) => {
    if (request.method !== 'ACK') peer.reply(request, request.method === 'MESSAGE' ? answer : '200 OK');
  };
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

/** Sends a MESSAGE; resolves to the answer's status. */
async function receive(
  body: string,
  {
    type = 'text/plain',
    cseq = 1,
    branch = 'first',
    ...dialog
  }: {
    type?: string;
    cseq?: number;
    branch?: string;
    callId?: string;
    toTag?: string;
    from?: string;
  } = {},
): Promise<number> {
  const { callId = 'text', toTag, from } = dialog;
  const lines = peerRequest({
    method: 'MESSAGE',
    uri: contact,
    peerPort: peer.port,
    callId,
    cseq,
    branch,
    ...(toTag === undefined ? {} : { toTag }),
    headers: [`Content-Type: ${type}`, ...(from === undefined ? [] : [`From: ${from}`])],
  });
  peer.send(lines, body, source);
  const answered = await peer.waitFor(
    ({ status, text }) => status >= 200 && text.includes(`branch=z9hG4bK${branch}`),
  );
  return answered.status;
}

const texts = () => bench.phone.snapshot.texts;

describe('texts', () => {
  it('are sent as plain UTF-8 and shown as sent once they are taken', async () => {
    const { id } = await askOk(bench.phone, 'text.send', { target: '102', text: 'Grüße, 10 Uhr ☕' });
    expect(texts()).toMatchObject([{ id, accountId, direction: 'outgoing', state: 'sending' }]);
    const message = await peer.waitFor(({ startLine }) => startLine.startsWith('MESSAGE'));
    expect(message.startLine).toBe('MESSAGE sip:102@127.0.0.1 SIP/2.0');
    expect(message.header('Content-Type')).toBe('text/plain;charset=utf-8');
    expect(message.header('Contact')).toBe('');
    expect(message.body).toBe('Grüße, 10 Uhr ☕');
    await expect.poll(() => texts()[0]?.state).toBe('sent');
    expect(texts()[0]).toMatchObject({ text: 'Grüße, 10 Uhr ☕', remote: { number: '102' }, error: null });
  });

  it('that are refused say so', async () => {
    answer = '404 Not Found';
    await askOk(bench.phone, 'text.send', { target: '999', text: 'hello' });
    await expect.poll(() => texts()[0]?.state).toBe('failed');
    expect(texts()[0]?.error?.message).toBe('The text to 999 was not delivered (404 Not Found).');
    expect(await ask(bench.phone, 'text.send', { target: '<>', text: 'x' })).toMatchObject({ ok: false });
  });

  it('that come in are shown newest first, with who sent them', async () => {
    expect(await receive('hello', { type: 'text/plain; charset=UTF-8' })).toBe(200);
    expect(await receive('ça va?', { cseq: 2, branch: 'second' })).toBe(200);
    expect(texts().map(({ text, direction, state }) => [text, direction, state])).toEqual([
      ['ça va?', 'incoming', 'received'],
      ['hello', 'incoming', 'received'],
    ]);
    expect(texts()[0]?.remote).toMatchObject({ number: '1001', name: 'Anna' });
  });

  it('that come twice by two ways are shown once', async () => {
    expect(await receive('hello', { branch: 'one' })).toBe(200);
    // Sooner it would be a merged request (482), which is dropped as well.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await receive('hello', { branch: 'two' })).toBe(200);
    expect(texts()).toHaveLength(1);
  });

  it.each([
    ['while it rings', '180 Ringing'],
    ['while it goes on', '200 OK'],
  ])('that come within a call %s are shown like any other', async (_when, status) => {
    const far = `Contact: <sip:102@127.0.0.1:${peer.port}>`;
    peer.onRequest = (request) => {
      if (request.method === 'INVITE')
        peer.reply(request, status, [far], status === '200 OK' ? peerDescription(5_004) : '');
      else if (request.method !== 'ACK') peer.reply(request, '200 OK');
    };
    const { callId } = await askOk(bench.phone, 'call.start', { target: '102' });
    const state = status === '200 OK' ? 'connected' : 'ringing';
    await until(bench.phone, ({ calls }) => calls[0]?.state === state);
    const invite = await peer.waitFor(({ startLine }) => startLine.startsWith('INVITE'));
    const dialog = {
      callId: invite.header('Call-ID'),
      toTag: /;tag=([^;>\s]+)/.exec(invite.header('From'))?.[1] ?? '',
      from: `<sip:102@127.0.0.1>;tag=${peerTag}`,
    };
    expect(await receive('in the call', dialog)).toBe(200);
    expect(texts()).toMatchObject([
      { text: 'in the call', direction: 'incoming', remote: { number: '102' }, accountId },
    ]);
    expect(await receive('<b>no</b>', { ...dialog, type: 'text/html', cseq: 2, branch: 'html' })).toBe(415);
    peer.onRequest = (request) => {
      if (request.method === 'CANCEL') peer.reply(invite, '487 Request Terminated');
      if (request.method !== 'ACK') peer.reply(request, '200 OK');
    };
    await askOk(bench.phone, 'call.hangup', { callId });
  });

  it('that are no plain text, or too long, are refused', async () => {
    expect(await receive('<b>hello</b>', { type: 'text/html', branch: 'html', cseq: 1 })).toBe(415);
    expect(await receive('hello', { type: 'text/plain;charset=utf-16', branch: 'utf16', cseq: 2 })).toBe(415);
    expect(await receive('x'.repeat(4001), { branch: 'long', cseq: 3 })).toBe(413);
    expect(texts()).toEqual([]);
  });

  it('are still there after a restart', async () => {
    await receive('hello');
    await askOk(bench.phone, 'text.send', { target: '102', text: 'bye' });
    await expect.poll(() => texts()[0]?.state).toBe('sent');
    await bench.phone.close();
    const { phone } = await startPhone();
    expect(phone.snapshot.texts.map(({ text }) => text)).toEqual(['bye', 'hello']);
  });
});
