/** What a hostile or broken network sends to the SIP port must change nothing: each message is followed by an OPTIONS. */
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  answerUnreadable,
  completeContact,
  readableBindings,
  reduceChallenges,
  takesSdp,
} from '../../../../engine/sip/message-guard.ts';
import { outsideVectors, skipWhen } from '../../../support/skip.ts';
import type { SipPeer } from '../../../support/sip-peer.ts';
import { peerRequest, sipPeer } from '../../../support/sip-peer.ts';
import type { TestAgent } from './support/test-agent.ts';
import { registeredAgent } from './support/test-agent.ts';

const torture = outsideVectors('rfc4475');
const files = torture.missing === undefined ? readdirSync(torture.folder).sort() : ['every message'];

let peer: SipPeer;
let phone: TestAgent;
let contact = '';
let port = 0;
let count = 0;
const raw = createSocket('udp4');

beforeAll(async () => {
  peer = await sipPeer();
  ({ phone, contact } = await registeredAgent(peer));
  port = Number(contact.split(':').at(-1));
});
afterAll(async () => {
  await phone.agent.close();
  await peer.close();
  raw.close();
});

async function isAlive(): Promise<void> {
  count += 1;
  const callId = `alive-${count}`;
  const lines = peerRequest({
    method: 'OPTIONS',
    uri: contact,
    peerPort: peer.port,
    callId,
    cseq: 1,
    branch: callId,
  });
  peer.send(lines, '', { address: '127.0.0.1', port });
  const answer = await peer.waitFor(({ status, header }) => status > 0 && header('Call-ID') === callId);
  expect(answer.status).toBe(200);
}

describe('the torture messages of RFC 4475', () => {
  beforeEach(skipWhen(torture.missing));

  it.each(files)('%s leaves the phone alive', async (file) => {
    raw.send(readFileSync(join(torture.folder, file)), port, '127.0.0.1');
    await isAlive();
    expect(phone.agent.registration.state).toBe('registered');
  });
});

describe('other input', () => {
  it('of random bytes changes nothing', async () => {
    for (let index = 0; index < 100; index += 1) {
      raw.send(randomBytes(1_500), port, '127.0.0.1');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await isAlive();
    expect(phone.agent.registration.state).toBe('registered');
  });

  it('of an INVITE cut short anywhere changes nothing', async () => {
    const lines = peerRequest({
      method: 'INVITE',
      uri: contact,
      peerPort: peer.port,
      callId: 'cut',
      cseq: 1,
      branch: 'cut',
    });
    const text = [...lines, 'Content-Length: 0', '', ''].join('\r\n');
    for (let length = 1; length < text.length; length += 7)
      raw.send(text.slice(0, length), port, '127.0.0.1');
    await isAlive();
  });

  it('of a 401 to nothing, and of one without a challenge, changes nothing', async () => {
    raw.send('SIP/2.0 401 Unauthorized\r\nVia: SIP/2.0/UDP x;branch=z9hG4bKx\r\n\r\n', port, '127.0.0.1');
    await isAlive();
  });
});

describe('the guard before the parser', () => {
  it('leaves one readable challenge of many', () => {
    const text = [
      'SIP/2.0 401 Unauthorized',
      'WWW-Authenticate: Digest realm="a", nonce="1", algorithm=MD5',
      'WWW-Authenticate: Digest realm="b",',
      ' nonce="2", algorithm=SHA-256, stale=true',
      'Content-Length: 0',
      '',
      'body',
    ].join('\r\n');
    const reduced = reduceChallenges(text);
    expect(reduced.challenge).toMatchObject({ realm: 'b', nonce: '2', algorithm: 'SHA-256' });
    expect(reduced.text.match(/WWW-Authenticate/g)).toHaveLength(1);
    expect(reduced.text).toContain('stale=TRUE');
    expect(reduced.text.endsWith('\r\n\r\nbody')).toBe(true);
    expect(reduceChallenges('SIP/2.0 200 OK\r\n\r\n').challenge).toBeUndefined();
  });

  it('gives an answer to INVITE that names no contact the address of its To', () => {
    const answer = (status: string, cseq: string, contact = '') =>
      `SIP/2.0 ${status}\r\nTo: "A" <sip:a@b>;tag=1\r\nCSeq: 1 ${cseq}\r\n${contact}\r\n`;
    const completed = `Contact: <sip:a@b>\r\n\r\n`;
    expect(completeContact(answer('180 Ringing', 'INVITE')).endsWith(completed)).toBe(true);
    expect(completeContact(answer('200 OK', 'INVITE')).endsWith(completed)).toBe(true);
    for (const whole of [
      answer('100 Trying', 'INVITE'),
      answer('200 OK', 'BYE'),
      answer('486 Busy Here', 'INVITE'),
      answer('180 Ringing', 'INVITE', 'm: <sip:c@d>\r\n'),
    ])
      expect(completeContact(whole)).toBe(whole);
  });

  it('reads an answer to REGISTER that lists this phone with an empty host', () => {
    const listing = (cseq: string, ...contacts: string[]) =>
      ['SIP/2.0 200 OK', `CSeq: 2 ${cseq}`, ...contacts, 'Expires: 300', '', ''].join('\r\n');
    const bad = 'Contact: <sip:101@;transport=WS>;expires=299';
    const good = 'Contact: <sip:101@[::1]:5060;transport=WS>;expires=299';
    expect(readableBindings(listing('REGISTER', bad, good))).toBe(listing('REGISTER', good));
    expect(readableBindings(listing('REGISTER', bad))).toBe(listing('REGISTER'));
    for (const whole of [listing('REGISTER', good), listing('OPTIONS', bad)])
      expect(readableBindings(whole)).toBe(whole);
  });

  it('answers by hand what cannot be parsed, but never an ACK or a response', () => {
    const head = [
      'Via: SIP/2.0/UDP a;branch=b',
      'From: <sip:a@b>;tag=1',
      'To: ???',
      'Call-ID: c',
      'CSeq: 1 X',
    ];
    const unreadable = (first: string) => answerUnreadable([first, ...head, '', ''].join('\r\n'));
    expect(unreadable('INVITE nonsense SIP/2.0')).toMatch(/^SIP\/2\.0 400 [^]*To: \?\?\?;tag=\w+/);
    expect(unreadable('INVITE sip:x SIP/7.0')).toMatch(/^SIP\/2\.0 505 /);
    expect(unreadable('ACK sip:x SIP/2.0')).toBeUndefined();
    expect(unreadable('SIP/2.0 200 OK')).toBeUndefined();
    expect(answerUnreadable('INVITE sip:x SIP/2.0\r\nVia: v\r\n\r\n')).toBeUndefined();
  });
});

describe('takesSdp', () => {
  it.each([
    [[], true],
    [['application/sdp'], true],
    [['text/plain;q=0.1, Application/SDP;level=1'], true],
    [['application/*'], true],
    [['*/*'], true],
    [['text/nobodyKnowsThis'], false],
    [['application/sdpx', 'text/*'], false],
  ])('of Accept %j is %s', (accept, takes) => {
    expect(takesSdp(accept)).toBe(takes);
  });
});
