import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Call } from '../../../../engine/sip/call.ts';
import type { PeerMessage, SipPeer } from '../../../support/sip-peer.ts';
import { peerDescription, peerRequest, peerTag, sipPeer } from '../../../support/sip-peer.ts';
import type { TestAgent } from './support/test-agent.ts';
import { registeredAgent } from './support/test-agent.ts';

let peer: SipPeer;
let phone: TestAgent;
let contact: string;
let invite: PeerMessage;

beforeEach(async () => {
  peer = await sipPeer();
  ({ phone, contact } = await registeredAgent(peer));
});
afterEach(async () => {
  peer.onRequest = (request) => {
    if (request.method === 'CANCEL') peer.reply(invite, '487 Request Terminated');
    if (request.method !== 'ACK') peer.reply(request, '200 OK');
  };
  await phone.agent.close();
  await peer.close();
});

const answerTo = (cseq: number) =>
  peer.waitFor(({ status, header }) => status >= 200 && header('CSeq') === `${cseq} UPDATE`);

function update(dialog: {
  callId: string;
  toTag: string;
  cseq: number;
  from?: string;
  body?: string;
  headers?: string[];
}) {
  const {
    callId,
    toTag,
    cseq,
    from = `<sip:1001@127.0.0.1>;tag=${peerTag}`,
    body = '',
    headers = [],
  } = dialog;
  const request = { method: 'UPDATE', uri: contact, peerPort: peer.port, callId, cseq, toTag };
  const lines = peerRequest({ ...request, branch: `update${cseq}`, headers: [`From: ${from}`, ...headers] });
  const port = Number(/:(\d+)/.exec(contact.split('@')[1] ?? '')?.[1]);
  peer.send(lines, body, { address: '127.0.0.1', port });
}

describe('an UPDATE while a call of ours rings', () => {
  let call: Call;
  beforeEach(async () => {
    peer.onRequest = (request) => {
      if (request.method !== 'INVITE') return peer.reply(request, '200 OK');
      invite = request;
      peer.reply(request, '180 Ringing', [`Contact: <sip:1001@127.0.0.1:${peer.port}>`]);
    };
    call = phone.agent.call('1001', { id: 'call', source: { kind: 'silence' }, sink: { kind: 'none' } });
    await expect.poll(() => call.snapshot.state).toBe('ringing');
  });
  const send = (cseq: number, more: { body?: string; headers?: string[] } = {}) => {
    const toTag = /;tag=([^;>\s]+)/.exec(invite.header('From'))?.[1] ?? '';
    update({ callId: invite.header('Call-ID'), toTag, cseq, ...more });
  };

  it('says who is being rung', async () => {
    send(1, { headers: ['P-Asserted-Identity: "Reception" <sip:100@127.0.0.1>'] });
    expect((await answerTo(1)).status).toBe(200);
    expect(call.snapshot.remote).toMatchObject({ name: 'Reception', number: '100' });
  });

  it('leaves a further reliable description alone once ours was answered: it is no offer that could be', async () => {
    const reliable = (sequence: number) => [
      'Require: 100rel',
      `RSeq: ${sequence}`,
      `Contact: <sip:1001@127.0.0.1:${peer.port}>`,
    ];
    peer.reply(invite, '183 Session Progress', reliable(7), peerDescription(5_004));
    await peer.waitFor(({ method, status }) => method === 'PRACK' && status === 0);
    peer.reply(invite, '183 Session Progress', reliable(8), peerDescription(5_044, '8 101'));
    await peer.waitFor(({ header }) => header('RAck').startsWith('8 '));
    expect(phone.media.sessions[0]?.started.map(({ remotePort }) => remotePort)).toEqual([5_004]);
  });

  it('with an offer is refused with 491 while ours has no answer, and taken once it has one', async () => {
    send(1, { body: peerDescription(5_004) });
    expect((await answerTo(1)).status).toBe(491);
    const reliable = ['Require: 100rel', 'RSeq: 7', `Contact: <sip:1001@127.0.0.1:${peer.port}>`];
    peer.reply(invite, '183 Session Progress', reliable, peerDescription(5_004));
    await peer.waitFor(({ method }) => method === 'PRACK');
    send(2, { body: peerDescription(5_044, '8 101') });
    const answer = await answerTo(2);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatch(/^m=audio \d+ RTP\/AVP 8 101/m);
    expect(phone.media.sessions[0]?.started.at(-1)?.remotePort).toBe(5_044);
  });

  it('stays in force when the call is answered: the first answer counts no more', async () => {
    const reliable = ['Require: 100rel', 'RSeq: 7', `Contact: <sip:1001@127.0.0.1:${peer.port}>`];
    peer.reply(invite, '183 Session Progress', reliable, peerDescription(5_004));
    await peer.waitFor(({ method }) => method === 'PRACK');
    send(1, { body: peerDescription(5_044, '8 101') });
    await answerTo(1);
    peer.reply(invite, '200 OK', [`Contact: <sip:1001@127.0.0.1:${peer.port}>`]);
    await expect.poll(() => call.snapshot.state).toBe('connected');
    const { started = [] } = phone.media.sessions[0] ?? {};
    expect(started.map(({ remotePort }) => remotePort)).toEqual([5_004, 5_044]);
  });
});

describe('a call of ours that rings and whose way of sound has ended', () => {
  const ownContact = () => `Contact: <sip:1001@127.0.0.1:${peer.port}>`;
  const updates = () =>
    peer.received.filter(({ method, startLine }) => method === 'UPDATE' && startLine.startsWith('UPDATE'));
  let call: Call;

  /** Rings with early media, reliably, and loses it. */
  async function loseSound(allow: string): Promise<void> {
    peer.onRequest = (request) => {
      if (request.method === 'UPDATE')
        peer.reply(request, '200 OK', [ownContact()], peerDescription(5_050, '0 101'));
      else if (request.method !== 'INVITE') peer.reply(request, '200 OK');
      else if (invite?.header('Call-ID') === request.header('Call-ID'))
        peer.reply(request, '200 OK', [ownContact()], peerDescription(5_060));
      else {
        invite = request;
        const headers = ['Require: 100rel', 'RSeq: 7', `Allow: ${allow}`, ownContact()];
        peer.reply(request, '183 Session Progress', headers, peerDescription(5_004));
      }
    };
    call = phone.agent.call('1001', { id: 'call', source: { kind: 'silence' }, sink: { kind: 'none' } });
    await expect.poll(() => call.snapshot.state).toBe('early');
    phone.media.sessions[0]?.emit({ type: 'path-lost' });
  }
  const answer = async () => {
    peer.reply(invite, '200 OK', [ownContact()]);
    await expect.poll(() => call.snapshot.state).toBe('connected');
  };
  const ports = () => phone.media.sessions[0]?.started.map(({ remotePort }) => remotePort);

  it('offers another way by UPDATE, and keeps to it when the call is answered', async () => {
    await loseSound('INVITE, ACK, CANCEL, BYE, UPDATE, PRACK');
    await expect.poll(ports).toEqual([5_004, 5_050]);
    expect(updates()[0]?.body).toContain('m=audio');
    expect(updates()[0]?.header('Contact')).not.toBe('');
    await answer();
    expect(ports()).toEqual([5_004, 5_050]);
    expect(call.snapshot.recovering).toBe(false);
  });

  it('waits for the answer where the far side takes no UPDATE', async () => {
    await loseSound('INVITE, ACK, CANCEL, BYE, PRACK');
    await peer.waitFor(({ method }) => method === 'PRACK');
    expect(call.snapshot.recovering).toBe(true);
    await answer();
    await expect.poll(() => ports()?.at(-1)).toBe(5_060);
    expect(updates()).toEqual([]);
  });
});

describe('an UPDATE while a call to us rings', () => {
  it('is taken as a sign of life; with an offer it has to wait for the answer to the first', async () => {
    const rings = new Promise<Call>((resolve) => phone.agent.on('incoming', resolve));
    const from = `"Anna" <sip:1001@127.0.0.1:${peer.port}>;tag=${peerTag}`;
    const lines = peerRequest({
      ...{
        method: 'INVITE',
        uri: contact,
        peerPort: peer.port,
        callId: 'incoming',
        cseq: 1,
        branch: 'invite',
      },
      headers: [`From: ${from}`],
    });
    const port = Number(/:(\d+)/.exec(contact.split('@')[1] ?? '')?.[1]);
    peer.send(lines, peerDescription(5_004), { address: '127.0.0.1', port });
    const call = await rings;
    const ringing = await peer.waitFor(({ status, method }) => status === 180 && method === 'INVITE');
    const toTag = /;tag=([^;\s]+)/.exec(ringing.header('To'))?.[1] ?? '';
    update({ callId: 'incoming', toTag, cseq: 2, from });
    expect((await answerTo(2)).status).toBe(200);
    update({ callId: 'incoming', toTag, cseq: 3, from, body: peerDescription(5_008) });
    const refused = await answerTo(3);
    expect([refused.status, refused.header('Retry-After')]).toEqual([500, '5']);
    expect(call.snapshot.state).toBe('ringing');
    call.reject('busy');
  });
});
