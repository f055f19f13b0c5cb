import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeChallenge, parseAuthorization, verifyAuthorization } from '../../../../engine/sip/digest.ts';
import { parseSubscriptionState } from '../../../../engine/sip/subscription.ts';
import type { Notification, Subscription } from '../../../../engine/sip/subscription.ts';
import { sipPeer } from '../../../support/sip-peer.ts';
import type { PeerMessage, SipPeer } from '../../../support/sip-peer.ts';
import { eventServer } from './support/event-server.ts';
import { registrationIs, testAgent, testPassword } from './support/test-agent.ts';
import type { TestAgent } from './support/test-agent.ts';

let peer: SipPeer;
let phone: TestAgent;
let heard: Notification[];

beforeEach(async () => {
  peer = await sipPeer();
  phone = testAgent(peer.port);
  heard = [];
});
afterEach(async () => {
  await phone.agent.close();
  await peer.close();
});

const watch = (): Subscription =>
  phone.agent.beside.subscribe({
    event: 'dialog',
    user: '102',
    accept: ['application/dialog-info+xml'],
    onNotify: (notification) => heard.push(notification),
  });

async function begin() {
  await phone.agent.start();
  await registrationIs(phone.agent, 'registered');
}

const subscribed = (nth: number) =>
  expect
    .poll(() => peer.received.filter(({ startLine }) => startLine.startsWith('SUBSCRIBE')).length)
    .toBe(nth);

describe('a subscription', () => {
  it('begins with the registration, takes the NOTIFY that comes before the 200, and tells what it says', async () => {
    const server = eventServer(peer, (request) => {
      void server
        .notify(request, { body: 'hello', type: 'Application/Dialog-Info+XML; charset=utf-8' })
        .then(() => peer.reply(request, '200 OK', ['Expires: 3600']));
    });
    const subscription = watch();
    expect(subscription.snapshot.phase).toBe('off');
    await begin();
    await expect.poll(() => subscription.snapshot.phase).toBe('active');
    expect(heard).toEqual([{ type: 'application/dialog-info+xml', body: 'hello' }]);
    const [request] = server.subscribes('dialog');
    expect(request?.startLine).toBe(`SUBSCRIBE sip:102@127.0.0.1:${peer.port} SIP/2.0`);
    expect(request?.header('Accept')).toBe('application/dialog-info+xml');
    expect(request?.header('Expires')).toBe('3600');
  });

  it('refreshes and ends inside the dialog that the NOTIFY made, through its route', async () => {
    const server = eventServer(peer);
    const subscription = watch();
    await begin();
    await subscribed(1);
    const [first] = server.subscribes('dialog');
    await server.notify(first as PeerMessage);
    subscription.refresh();
    await subscribed(2);
    const second = server.subscribes('dialog')[1] as PeerMessage;
    expect(second.startLine).toBe(`SUBSCRIBE sip:notifier@127.0.0.1:${peer.port} SIP/2.0`);
    expect(second.header('To')).toContain(';tag=peer-tag');
    expect(second.header('Call-ID')).toBe(first?.header('Call-ID'));
    expect(Number.parseInt(second.header('CSeq'))).toBe(Number.parseInt(first?.header('CSeq') ?? '') + 1);
    await server.notify(second);
    await expect.poll(() => subscription.snapshot.phase).toBe('active');
    const ended = subscription.end();
    await subscribed(3);
    const last = server.subscribes('dialog')[2] as PeerMessage;
    expect(last.header('Expires')).toBe('0');
    await server.notify(last, { state: 'terminated;reason=timeout' });
    await ended;
    expect(subscription.snapshot).toEqual({ phase: 'off', refusal: null });
  });

  it('answers challenges, and counts on from the number that the answer took', async () => {
    let nonce = 0;
    const server = eventServer(peer, (request) => {
      const authorization = parseAuthorization(request.header('Authorization'));
      if (
        authorization?.nonce === `n${nonce}` &&
        verifyAuthorization(authorization, { method: 'SUBSCRIBE' }, testPassword)
      )
        return peer.reply(request, '200 OK', ['Expires: 3600']);
      nonce += 1;
      const stale = authorization !== undefined;
      peer.reply(request, '401 Unauthorized', [
        `WWW-Authenticate: ${makeChallenge({ realm: 'pbx', nonce: `n${nonce}`, stale })}`,
      ]);
    });
    const subscription = watch();
    await begin();
    await subscribed(2);
    await server.notify(server.subscribes('dialog')[1] as PeerMessage);
    nonce += 10;
    subscription.refresh();
    await subscribed(4);
    const numbers = server.subscribes('dialog').map((message) => Number.parseInt(message.header('CSeq')));
    expect(numbers).toEqual([1, 2, 3, 4]);
    await server.notify(server.subscribes('dialog')[3] as PeerMessage);
    expect(subscription.snapshot.phase).toBe('active');
  });

  it('answers 481 to a second notifier, 500 to what was overtaken, 400 to a NOTIFY without a state', async () => {
    const server = eventServer(peer);
    watch();
    await begin();
    await subscribed(1);
    const [request] = server.subscribes('dialog') as [PeerMessage];
    expect((await server.notify(request, { cseq: 5, body: 'one' })).status).toBe(200);
    expect((await server.notify(request, { tag: 'other', body: 'two' })).status).toBe(481);
    expect((await server.notify(request, { cseq: 4, body: 'three' })).status).toBe(500);
    expect((await server.notify(request, { cseq: 7, state: '', body: 'four' })).status).toBe(400);
    expect(heard.map(({ body }) => body)).toEqual(['one']);
  });

  it('begins anew with another Call-ID when the PBX has forgotten it (481)', async () => {
    let forgotten = false;
    const server = eventServer(peer, (request) => {
      if (forgotten && request.header('To').includes(';tag='))
        return peer.reply(request, '481 Call/Transaction Does Not Exist');
      peer.reply(request, '200 OK', ['Expires: 3600']);
    });
    const subscription = watch();
    await begin();
    await subscribed(1);
    await server.notify(server.subscribes('dialog')[0] as PeerMessage);
    forgotten = true;
    subscription.refresh();
    await subscribed(3);
    const [first, , third] = server.subscribes('dialog');
    expect(third?.header('To')).not.toContain('tag=');
    expect(third?.header('Call-ID')).not.toBe(first?.header('Call-ID'));
    expect((await server.notify(third as PeerMessage)).status).toBe(200);
    expect((await server.notify(first as PeerMessage)).status).toBe(481);
  });

  it('tells why it is refused', async () => {
    eventServer(peer, (request) => peer.reply(request, '489 Bad Event'));
    const subscription = watch();
    await begin();
    await expect.poll(() => subscription.snapshot.refusal).toEqual({ status: 489, reason: 'Bad Event' });
    expect(subscription.snapshot.phase).toBe('waiting');
  });

  it('is forgotten when the account signs off, and begins anew when it signs on', async () => {
    const server = eventServer(peer);
    const subscription = watch();
    await begin();
    await subscribed(1);
    await server.notify(server.subscribes('dialog')[0] as PeerMessage);
    phone.agent.unregister();
    await subscribed(2);
    await server.notify(server.subscribes('dialog')[1] as PeerMessage, { state: 'terminated' });
    await expect.poll(() => subscription.snapshot.phase).toBe('off');
    phone.agent.register();
    await subscribed(3);
    expect(server.subscribes('dialog')[2]?.header('To')).not.toContain('tag=');
  });
});

describe('Subscription-State', () => {
  it('is read with its parameters', () => {
    expect(parseSubscriptionState('Terminated ; reason=giveup; retry-after = 30')).toEqual({
      state: 'terminated',
      reason: 'giveup',
      expiresSeconds: undefined,
      retryAfterSeconds: 30,
    });
    expect(parseSubscriptionState('active;expires=59')?.expiresSeconds).toBe(59);
  });

  it('never throws, whatever the text', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseSubscriptionState(text)));
    expect(parseSubscriptionState(undefined)).toBeUndefined();
    expect(parseSubscriptionState('active;expires=99999999999')?.expiresSeconds).toBeUndefined();
  });
});
