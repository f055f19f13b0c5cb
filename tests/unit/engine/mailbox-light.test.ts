import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MailboxLight } from '../../../engine/mailbox-light.ts';
import { peerRequest, sipPeer } from '../../support/sip-peer.ts';
import type { PeerMessage, SipPeer } from '../../support/sip-peer.ts';
import { eventServer } from './sip/support/event-server.ts';
import { registrationIs, testAgent } from './sip/support/test-agent.ts';
import type { TestAgent } from './sip/support/test-agent.ts';

let peer: SipPeer;
let phone: TestAgent;
let changes: number;

beforeEach(async () => {
  peer = await sipPeer();
  phone = testAgent(peer.port);
  changes = 0;
});
afterEach(async () => {
  await phone.agent.close();
  await peer.close();
});

async function lightOf(): Promise<MailboxLight> {
  const light = new MailboxLight(phone.agent, () => (changes += 1));
  await phone.agent.start();
  await registrationIs(phone.agent, 'registered');
  return light;
}

const type = 'application/simple-message-summary';

describe('the message light', () => {
  it("asks for the account's own mailbox and tells what the PBX answers", async () => {
    const server = eventServer(peer);
    const light = await lightOf();
    const request = await peer.waitFor(({ startLine }) => startLine.startsWith('SUBSCRIBE'));
    expect(request.startLine).toBe(`SUBSCRIBE sip:1000@127.0.0.1:${peer.port} SIP/2.0`);
    expect(light.mailbox).toBeNull();
    await server.notify(request, { type, body: 'Messages-Waiting: yes\r\nVoice-Message: 1/2 (0/0)\r\n' });
    expect(light.mailbox).toEqual({ waiting: true, new: 1, old: 2 });
    expect(changes).toBe(1);
  });

  it('believes what the PBX says unasked, also when it has refused to be asked', async () => {
    eventServer(peer, (request) => peer.reply(request, '489 Bad Event'));
    const light = await lightOf();
    const { source, ...request } = (await peer.waitFor(({ startLine }) =>
      startLine.startsWith('SUBSCRIBE'),
    )) as PeerMessage;
    const uri = /<([^>]+)>/.exec(request.header('Contact'))?.[1] ?? '';
    const headers = ['Event: message-summary', 'Subscription-State: active', `Content-Type: ${type}`];
    const common = { method: 'NOTIFY', uri, peerPort: peer.port, cseq: 1 };
    peer.send(
      peerRequest({ ...common, callId: 'unasked', branch: 'unasked', headers }),
      'Messages-Waiting: yes\r\n',
      source,
    );
    await expect.poll(() => light.mailbox).toEqual({ waiting: true, new: 0, old: 0 });
    peer.send(
      peerRequest({ ...common, callId: 'other', branch: 'other', headers: ['Event: check-sync'] }),
      'Messages-Waiting: no\r\n',
      source,
    );
    const answer = await peer.waitFor(({ status, text }) => status === 200 && text.includes('z9hG4bKother'));
    expect(answer.method).toBe('NOTIFY');
    expect(light.mailbox?.waiting).toBe(true);
  });
});
