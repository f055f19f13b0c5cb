/** Somebody picks up what rings elsewhere: an INVITE whose Replaces names a dialog that nobody has answered yet (RFC 3891 §3). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Call } from '../../../../engine/sip/call.ts';
import type { PeerMessage, SipPeer } from '../../../support/sip-peer.ts';
import { peerDescription, peerRequest, peerTag, sipPeer } from '../../../support/sip-peer.ts';
import type { TestAgent } from './support/test-agent.ts';
import { registeredAgent } from './support/test-agent.ts';

let peer: SipPeer;
let phone: TestAgent;
let contact: string;
let onInvite: (invite: PeerMessage) => void;
/** What becomes of our INVITE once it is cancelled. */
let onCancel: (invite: PeerMessage) => void;

const ownContact = () => `Contact: <sip:1001@127.0.0.1:${peer.port}>`;
const invites = () => peer.received.filter(({ startLine }) => startLine.startsWith('INVITE'));
const tagIn = (value = '') => /;tag=([^;>\s]+)/.exec(value)?.[1] ?? '';

beforeEach(async () => {
  peer = await sipPeer();
  ({ phone, contact } = await registeredAgent(peer));
  onInvite = (invite) => peer.reply(invite, '180 Ringing', [ownContact()]);
  onCancel = (invite) => peer.reply(invite, '487 Request Terminated');
  peer.onRequest = (request) => {
    if (request.method === 'ACK') return;
    const [first] = invites();
    if (request.method === 'INVITE') return onInvite(request);
    peer.reply(request, '200 OK', [ownContact()]);
    if (request.method === 'CANCEL' && first !== undefined) onCancel(first);
  };
});
afterEach(async () => {
  await phone.agent.close();
  await peer.close();
});

function send(method: string, callId: string, headers: string[], body = '', toTag?: string): void {
  const request = {
    method,
    uri: contact,
    peerPort: peer.port,
    callId,
    cseq: 1,
    branch: `${method}${callId}`,
  };
  const port = Number(/:(\d+)/.exec(contact.split('@')[1] ?? '')?.[1]);
  const lines = peerRequest({ ...request, headers, ...(toTag === undefined ? {} : { toTag }) });
  peer.send(lines, body, { address: '127.0.0.1', port });
}

/** Carla's INVITE, acknowledged once it is answered. */
async function pickUp(dialog: string): Promise<PeerMessage> {
  const from = `From: "Carla" <sip:1003@127.0.0.1:${peer.port}>;tag=carla`;
  send('INVITE', 'carla', [from, `Replaces: ${dialog}`], peerDescription(5_008));
  const answer = await peer.waitFor(({ status, header }) => status >= 200 && header('Call-ID') === 'carla');
  send('ACK', 'carla', [from], '', tagIn(answer.header('To')));
  return answer;
}

describe('a call of ours that rings', () => {
  let call: Call;
  let dialog: string;
  beforeEach(async () => {
    call = phone.agent.call('1001', { id: 'call', source: { kind: 'silence' }, sink: { kind: 'none' } });
    await expect.poll(() => call.snapshot.state).toBe('ringing');
    const [invite] = invites();
    dialog = `${invite?.header('Call-ID')};to-tag=${tagIn(invite?.header('From'))};from-tag=${peerTag}`;
  });

  it.each(['', ';early-only'])(
    'is picked up by somebody else, and what rang is cancelled%s',
    async (flag) => {
      expect((await pickUp(dialog + flag)).status).toBe(200);
      await peer.waitFor(({ method }) => method === 'CANCEL');
      expect(call.snapshot).toMatchObject({
        state: 'connected',
        direction: 'outgoing',
        remote: { number: '1003', name: 'Carla' },
      });
      expect(phone.media.sessions).toHaveLength(1);
      expect(phone.media.sessions[0]).toMatchObject({ answeredCount: 1 });
      expect(phone.media.sessions[0]?.started.at(-1)?.remotePort).toBe(5_008);
    },
  );

  it('can be held and ended like any other afterwards', async () => {
    await pickUp(dialog);
    onInvite = (invite) => peer.reply(invite, '200 OK', [ownContact()], peerDescription(5_008));
    await call.hold();
    expect(invites().at(-1)?.header('Call-ID')).toBe('carla');
    call.hangup();
    const bye = await peer.waitFor(({ method }) => method === 'BYE');
    expect(bye.header('Call-ID')).toBe('carla');
    await call.released;
  });

  it('stays with whoever picked it up when the one that rang answers at the same moment', async () => {
    onCancel = (invite) => peer.reply(invite, '200 OK', [ownContact()], peerDescription(5_004));
    await pickUp(dialog);
    const bye = await peer.waitFor(({ method, status }) => method === 'BYE' && status === 0);
    expect(bye.header('Call-ID')).toBe(invites()[0]?.header('Call-ID'));
    expect(call.snapshot).toMatchObject({ state: 'connected', remote: { name: 'Carla' } });
    expect(phone.media.sessions[0]?.started.at(-1)?.remotePort).toBe(5_008);
  });

  it('rings on where the one who picks up has no codec in common', async () => {
    const from = `From: "Carla" <sip:1003@127.0.0.1:${peer.port}>;tag=carla`;
    send('INVITE', 'carla', [from, `Replaces: ${dialog}`], peerDescription(5_008, '3'));
    expect((await peer.waitFor(({ status }) => status >= 300)).status).toBe(488);
    expect(call.snapshot.state).toBe('ringing');
  });
});

describe('a call to us that rings', () => {
  it('is not ours to give away: 481', async () => {
    const rings = new Promise<Call>((resolve) => phone.agent.on('incoming', resolve));
    send('INVITE', 'anna', [], peerDescription(5_004));
    const call = await rings;
    const ringing = await peer.waitFor(({ status, method }) => status === 180 && method === 'INVITE');
    const dialog = `anna;to-tag=${tagIn(ringing.header('To'))};from-tag=${peerTag}`;
    expect((await pickUp(dialog)).status).toBe(481);
    expect(call.snapshot.state).toBe('ringing');
    call.reject('busy');
  });
});
