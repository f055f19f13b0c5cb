/**
 * A call of ours from the INVITE to its end, towards a server by hand. Over 500 lines: the parts of setting a call up share one peer,
 * one phone and the words for what they say to each other, and a reader wants those beside them.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Call } from '../../../../engine/sip/call.ts';
import type { CallListenerEvent } from '../../../../engine/sip/call-environment.ts';
import { makeChallenge, parseAuthorization, verifyAuthorization } from '../../../../engine/sip/digest.ts';
import type { PeerMessage, SipPeer } from '../../../support/sip-peer.ts';
import { peerDescription, peerRequest, peerTag, sipPeer } from '../../../support/sip-peer.ts';
import type { TestAgent } from './support/test-agent.ts';
import { testAgent, testPassword } from './support/test-agent.ts';

let peer: SipPeer;
let phone: TestAgent;
const sound = { source: { kind: 'silence' }, sink: { kind: 'none' } } as const;

beforeEach(async () => {
  peer = await sipPeer();
  phone = testAgent(peer.port, { register: false });
  await phone.agent.start();
});
afterEach(async () => {
  peer.onRequest = (request) => {
    if (request.method !== 'ACK' && request.method !== 'INVITE') peer.reply(request, '200 OK');
    if (request.method === 'CANCEL')
      for (const invite of invites()) peer.reply(invite, '487 Request Terminated');
  };
  await phone.agent.close();
  await peer.close();
});

const contact = () => `Contact: <sip:1001@127.0.0.1:${peer.port}>`;
const invites = () => peer.received.filter(({ startLine }) => startLine.startsWith('INVITE'));
const start = (target = '1001') => {
  const call = phone.agent.call(target, { id: 'call', ...sound });
  const events: CallListenerEvent[] = [];
  call.on((event) => events.push(event));
  return { call, events };
};

/** Resolves once the call is in the state. */
function callIs(call: Call, state: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = () => {
      if (call.snapshot.state !== state) return;
      clearTimeout(timer);
      stop();
      resolve();
    };
    const timer = setTimeout(() => reject(new Error(`the call stays ${call.snapshot.state}`)), 5_000);
    const stop = call.on(done);
    done();
  });
}

/** Rings, then answers; BYE and the rest get 200. */
function answering(description = peerDescription(5_004)) {
  return (request: PeerMessage) => {
    if (request.method === 'INVITE') {
      peer.reply(request, '100 Trying');
      peer.reply(request, '180 Ringing', [contact()]);
      peer.reply(request, '200 OK', [contact()], description);
    } else if (request.method !== 'ACK') peer.reply(request, '200 OK');
  };
}

/** A request of the peer inside the call's dialog. */
function inDialog(method: string, cseq: number, body = '', headers: string[] = []): void {
  const [invite] = invites();
  if (invite === undefined) throw new Error('no INVITE yet');
  const callerTag = /;tag=([^;>\s]+)/.exec(invite.header('From'))?.[1] ?? '';
  const uri = /<([^>]+)>/.exec(invite.header('Contact'))?.[1] ?? '';
  const lines = peerRequest({
    method,
    uri,
    peerPort: peer.port,
    callId: invite.header('Call-ID'),
    cseq,
    branch: `${method}${cseq}`,
    toTag: callerTag,
    headers: [`From: <sip:1001@127.0.0.1:${peer.port}>;tag=${peerTag}`, ...headers],
  });
  peer.send(lines, body, invite.source);
}

describe('an outgoing call', () => {
  it('is offered, rings, is answered, acknowledged and ended by BYE', async () => {
    const states: string[] = [];
    peer.onRequest = (request) => {
      if (request.method !== 'INVITE') return answering()(request);
      peer.reply(request, '180 Ringing', [contact()]);
      setTimeout(() => peer.reply(request, '200 OK', [contact()], peerDescription(5_004)), 50);
    };
    const { call } = start();
    call.on(() => states.push(call.snapshot.state));
    await callIs(call, 'connected');
    await peer.waitFor(({ method }) => method === 'ACK');
    const [session] = phone.media.sessions;
    expect(session?.started.at(-1)).toMatchObject({
      remoteAddress: '127.0.0.1',
      remotePort: 5_004,
      codec: { name: 'PCMU', payloadType: 0 },
      telephoneEventPayloadType: 101,
      direction: 'sendrecv',
    });
    expect(session?.answeredCount).toBe(1);
    expect(call.snapshot).toMatchObject({ dtmfMethod: 'rfc4733', remote: { number: '1001' } });
    call.hangup();
    call.hangup();
    await call.ended;
    await call.released;
    expect(call.snapshot.end).toMatchObject({ by: 'here', status: 200, error: null });
    expect(call.snapshot.end?.sentence).toBe('You hung up after 0 s.');
    expect(peer.received.filter(({ method }) => method === 'BYE')).toHaveLength(1);
    expect(session?.closed).toBe(true);
    expect([...new Set(states)]).toEqual(['calling', 'ringing', 'connected', 'ended']);
  });

  it('talks to the address of the answer where the ringing named none', async () => {
    peer.onRequest = (request) => {
      if (request.method !== 'INVITE') return answering()(request);
      peer.reply(request, '180 Ringing');
      const own = `Contact: <sip:desk@127.0.0.1:${peer.port}>;expires=600;+sip.instance="<urn:uuid:1>"`;
      setTimeout(() => peer.reply(request, '200 OK', [own], peerDescription(5_004)), 50);
    };
    const { call } = start();
    await callIs(call, 'connected');
    const { startLine } = await peer.waitFor(({ method }) => method === 'ACK');
    expect(startLine).toBe(`ACK sip:desk@127.0.0.1:${peer.port} SIP/2.0`);
    call.hangup();
    await call.ended;
    await call.released;
  });

  it('ends when the far side says BYE', async () => {
    peer.onRequest = answering();
    const { call, events } = start();
    await callIs(call, 'connected');
    await peer.waitFor(({ method }) => method === 'ACK');
    inDialog('BYE', 2);
    await call.ended;
    expect(call.snapshot.end).toMatchObject({ by: 'there', sentence: '1001 hung up after 0 s.' });
    expect(events.at(-1)).toMatchObject({ type: 'stats', final: true });
    await peer.waitFor(({ status, method }) => status === 200 && method === 'BYE');
  });

  it('answers the challenge of an INVITE and keeps the nonce for the BYE', async () => {
    peer.onRequest = (request) => {
      if (request.method === 'ACK') return;
      const authorization = parseAuthorization(request.header('Proxy-Authorization'));
      const { method, body } = request;
      const right = authorization && verifyAuthorization(authorization, { method, body }, testPassword);
      if (right === true) return answering()(request);
      const challenge = makeChallenge({ realm: 'pbx', nonce: 'n1', qop: ['auth-int'] });
      peer.reply(request, '407 Proxy Authentication Required', [`Proxy-Authenticate: ${challenge}`]);
    };
    const { call } = start();
    await callIs(call, 'connected');
    call.hangup();
    const bye = await peer.waitFor(({ method }) => method === 'BYE');
    expect(parseAuthorization(bye.header('Proxy-Authorization'))?.nonceCount).toBe(2);
    expect(invites()).toHaveLength(2);
  });

  it.each([
    ['486 Busy Here', 'call.busy'],
    ['600 Busy Everywhere', 'call.busy'],
    ['404 Not Found', 'call.unknown-target'],
    ['403 Forbidden', 'call.forbidden'],
    ['480 Temporarily Unavailable', 'call.unavailable'],
    ['603 Decline', 'call.declined'],
    ['488 Not Acceptable Here', 'call.no-common-codec'],
    ['302 Moved Temporarily', 'call.failed'],
    ['500 Server Internal Error', 'call.failed'],
    ['305 Use Proxy', 'call.use-proxy'],
    ['380 Alternative Service', 'call.other-service'],
  ])('refused with %s ends as %s with a sentence', async (status, code) => {
    peer.onRequest = (request) => {
      if (request.method === 'INVITE') peer.reply(request, status);
    };
    const { call } = start();
    await call.ended;
    expect(call.snapshot.end?.error?.code).toBe(code);
    expect(call.snapshot.end?.status).toBe(Number.parseInt(status));
    expect(call.snapshot.end?.sentence).toMatch(/\.$/);
    expect(phone.media.sessions[0]?.closed).toBe(true);
    await peer.waitFor(({ method }) => method === 'ACK');
  });

  it('is not sent through a proxy that a 305 names, but names it', async () => {
    phone.settings.calls.redirects = 'automatic';
    peer.onRequest = (request) => {
      if (request.method === 'INVITE')
        peer.reply(request, '305 Use Proxy', ['Contact: <sip:1001@proxy.example.com:5070;lr>']);
    };
    const { call } = start();
    await call.ended;
    expect(invites()).toHaveLength(1);
    expect(call.snapshot.end?.sentence).toContain('another server, proxy.example.com:5070.');
  });

  describe('sent elsewhere by a 3xx', () => {
    /** Moves 1001 to the targets, refuses these users, and answers for anybody else. */
    const movedTo =
      (contacts: string[], refused: string[] = []) =>
      (request: PeerMessage) => {
        const user = /sip:([^@]+)@/.exec(request.startLine)?.[1] ?? '';
        if (request.method !== 'INVITE') return answering()(request);
        if (user === '1001') peer.reply(request, '302 Moved Temporarily', contacts);
        else if (refused.includes(user)) peer.reply(request, '486 Busy Here');
        else answering()(request);
      };
    const called = () => invites().map(({ startLine }) => /sip:([^@]+)@/.exec(startLine)?.[1]);
    const contacts = ['Contact: "Two" <sip:2@pbx>;q=0.5, <sip:3@pbx>;q=0.7', 'Contact: <sip:1001@pbx>;q=0.1'];

    it('follows by itself, best first, when the settings say so', async () => {
      phone.settings.calls.redirects = 'automatic';
      peer.onRequest = movedTo(contacts, ['3']);
      const { call } = start();
      await callIs(call, 'connected');
      expect(called()).toEqual(['1001', '3', '2']);
      expect(call.snapshot).toMatchObject({
        id: 'call',
        remote: { number: '2', name: 'Two' },
        redirect: null,
      });
      expect(call.snapshot.referredBy).toMatchObject({ number: '3', how: 'forwarded' });
      call.hangup();
      await call.released;
      expect(new Set(invites().map(({ header }) => header('Call-ID'))).size).toBe(3);
    });

    it('asks whom to call, and calls the one that is chosen', async () => {
      peer.onRequest = movedTo(contacts);
      const { call, events } = start();
      await expect.poll(() => call.snapshot.redirect).not.toBeNull();
      expect(call.snapshot.redirect?.map(({ number }) => number)).toEqual(['3', '2', '1001']);
      const question = events.find(({ type }) => type === 'notice');
      expect(question).toMatchObject({ error: { code: 'call.redirected' } });
      call.redirect(call.snapshot.redirect?.[1]);
      await callIs(call, 'connected');
      expect(called()).toEqual(['1001', '2']);
    });

    it('ends when nobody is chosen, and nothing of it stays on the wire', async () => {
      peer.onRequest = movedTo(contacts);
      const { call } = start();
      await expect.poll(() => call.snapshot.redirect).not.toBeNull();
      call.redirect(undefined);
      await call.ended;
      await call.released;
      expect(call.snapshot).toMatchObject({ redirect: null, end: { by: 'here', status: 487 } });
      expect(called()).toEqual(['1001']);
    });

    it('ends where the chosen one is busy', async () => {
      peer.onRequest = movedTo(contacts, ['2']);
      const { call } = start();
      await expect.poll(() => call.snapshot.redirect).not.toBeNull();
      call.redirect(call.snapshot.redirect?.[1]);
      await call.ended;
      await call.released;
      expect(call.snapshot.end?.error?.code).toBe('call.busy');
    });

    it('ends when it is sent in a circle', async () => {
      phone.settings.calls.redirects = 'automatic';
      peer.onRequest = (request) => {
        if (request.method !== 'INVITE') return;
        const to = request.startLine.includes('sip:2@') ? `1001@127.0.0.1:${peer.port}` : '2@pbx';
        peer.reply(request, '302 Moved Temporarily', [`Contact: <sip:${to}>`]);
      };
      const { call } = start();
      await call.ended;
      expect(called()).toEqual(['1001', '2']);
      expect(call.snapshot.end).toMatchObject({ status: 302, error: { code: 'call.failed' } });
    });
  });

  describe('that does not say who calls', () => {
    const anonymous = async () => {
      await phone.agent.close();
      phone = testAgent(peer.port, { register: false, anonymous: true });
      await phone.agent.start();
    };

    it('names the caller to the server alone', async () => {
      await anonymous();
      peer.onRequest = answering();
      const { call } = start();
      await callIs(call, 'connected');
      const [invite] = invites();
      expect(invite?.header('From')).toMatch(/^"Anonymous" <sip:anonymous@anonymous\.invalid>;tag=/);
      expect(invite?.header('Privacy')).toBe('id');
      expect(invite?.header('P-Preferred-Identity')).toContain('sip:1000@');
      call.hangup();
      const bye = await peer.waitFor(({ method }) => method === 'BYE');
      expect(bye.header('From')).toContain('sip:anonymous@anonymous.invalid');
    });

    it('names him in From too for a server that knows its lines by that, and still asks for privacy', async () => {
      await anonymous();
      peer.onRequest = (request) => {
        const known = request.header('From').includes('sip:1000@');
        if (request.method === 'INVITE' && !known) peer.reply(request, '403 Forbidden');
        else answering()(request);
      };
      const { call } = start();
      await callIs(call, 'connected');
      expect(invites().map(({ header }) => header('Privacy'))).toEqual(['id', 'id']);
    });
  });

  it('refused with 480 after it rang says that nobody answers', async () => {
    peer.onRequest = (request) => {
      if (request.method !== 'INVITE') return;
      peer.reply(request, '180 Ringing', [contact()]);
      peer.reply(request, '480 Temporarily Unavailable');
    };
    const { call } = start();
    await call.ended;
    expect(call.snapshot.end?.error?.code).toBe('call.no-answer');
  });

  it('plays early media and keeps it after a later 180', async () => {
    peer.onRequest = (request) => {
      if (request.method !== 'INVITE') return answering()(request);
      peer.reply(request, '183 Session Progress', [contact()], peerDescription(5_010));
      peer.reply(request, '180 Ringing', [contact()]);
    };
    const { call } = start();
    await callIs(call, 'early');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(call.snapshot.state).toBe('early');
    expect(phone.media.sessions[0]?.started[0]).toMatchObject({ remotePort: 5_010 });
    expect(phone.media.sessions[0]?.answeredCount).toBe(0);
  });

  describe('with reliable provisional answers', () => {
    const reliably = (sequence: number) => [contact(), 'Require: 100rel', `RSeq: ${sequence}`];
    const pracks = () => peer.received.filter(({ startLine }) => startLine.startsWith('PRACK'));

    it('acknowledges each once and in order, and takes the first description as the answer', async () => {
      let invite: PeerMessage | undefined;
      peer.onRequest = (request) => {
        if (request.method === 'INVITE') invite = request;
        else if (request.method !== 'ACK') peer.reply(request, '200 OK');
      };
      const { call } = start();
      await peer.waitFor(({ method }) => method === 'INVITE');
      if (invite === undefined) throw new Error('no INVITE');
      expect(invite.header('Supported')).toContain('100rel');
      expect(invite.header('Require')).toBe('');
      peer.reply(invite, '183 Session Progress', reliably(40), peerDescription(5_010));
      const first = await peer.waitFor(({ startLine }) => startLine.startsWith('PRACK'));
      expect(first.header('RAck')).toBe(`40 ${parseInt(invite.header('CSeq'), 10)} INVITE`);
      expect(call.snapshot.state).toBe('early');
      peer.reply(invite, '183 Session Progress', reliably(40), peerDescription(5_010));
      peer.reply(invite, '180 Ringing', reliably(42));
      peer.reply(invite, '180 Ringing', reliably(41));
      await expect.poll(() => pracks().length).toBe(2);
      expect(pracks()[1]?.header('RAck')).toMatch(/^41 /);
      peer.reply(invite, '200 OK', [contact()], peerDescription(5_099));
      await callIs(call, 'connected');
      expect(phone.media.sessions[0]?.started.map(({ remotePort }) => remotePort)).not.toContain(5_099);
      expect(pracks()).toHaveLength(2);
    });

    it('is connected by a 2xx that repeats no description', async () => {
      peer.onRequest = (request) => {
        if (request.method === 'PRACK') {
          peer.reply(request, '200 OK');
          const [invite] = invites();
          if (invite !== undefined) peer.reply(invite, '200 OK', [contact()]);
        } else if (request.method === 'INVITE')
          peer.reply(request, '183 Session Progress', reliably(1), peerDescription(5_010));
        else if (request.method !== 'ACK') peer.reply(request, '200 OK');
      };
      const { call } = start();
      await callIs(call, 'connected');
      expect(phone.media.sessions[0]?.started.at(-1)?.remotePort).toBe(5_010);
    });
  });

  it('hears the newest of several phones that play, and runs with the one that answers', async () => {
    /** An answer of another phone: the same INVITE with another To tag. */
    const fork = (request: PeerMessage, tag: string): PeerMessage => ({
      ...request,
      header: (name) => (name === 'To' ? `${request.header('To')};tag=${tag}` : request.header(name)),
    });
    peer.onRequest = (request) => {
      if (request.method !== 'INVITE') return answering()(request);
      const [one, two] = [fork(request, 'one'), fork(request, 'two')];
      peer.reply(one, '183 Session Progress', [contact()], peerDescription(5_010));
      peer.reply(two, '183 Session Progress', [contact()], peerDescription(5_020));
      peer.reply(one, '180 Ringing', [contact()]);
      setTimeout(() => peer.reply(one, '200 OK', [contact()]), 100);
    };
    const { call } = start();
    await callIs(call, 'early');
    await expect.poll(() => phone.media.sessions[0]?.started.at(-1)?.remotePort).toBe(5_020);
    await callIs(call, 'connected');
    expect(phone.media.sessions[0]?.started.map(({ remotePort }) => remotePort)).toEqual([
      5_010, 5_020, 5_010,
    ]);
    call.hangup();
    const bye = await peer.waitFor(({ method }) => method === 'BYE');
    expect(bye.header('To')).toContain('tag=one');
    await call.released;
  });

  it('shows who was really reached when the server says so', async () => {
    peer.onRequest = (request) => {
      if (request.method !== 'INVITE') return answering()(request);
      const identity = 'P-Asserted-Identity: "Anna at home" <sip:2001@pbx>';
      peer.reply(request, '200 OK', [contact(), identity], peerDescription(5_004));
    };
    const { call } = start();
    await callIs(call, 'connected');
    expect(call.snapshot.remote).toMatchObject({ number: '2001', name: 'Anna at home' });
  });

  it('cancels while it rings, and ends here at once', async () => {
    let invite: PeerMessage | undefined;
    peer.onRequest = (request) => {
      if (request.method === 'INVITE') {
        invite = request;
        peer.reply(request, '180 Ringing', [contact()]);
      } else if (request.method === 'CANCEL') {
        peer.reply(request, '200 OK');
        if (invite !== undefined) peer.reply(invite, '487 Request Terminated');
      }
    };
    const { call } = start();
    await callIs(call, 'ringing');
    call.hangup();
    expect(call.snapshot.state).toBe('ended');
    expect(call.snapshot.end).toMatchObject({ by: 'here', status: 487, error: null });
    await call.released;
    const cancel = await peer.waitFor(({ method }) => method === 'CANCEL');
    expect(cancel.header('Via')).toBe(invite?.header('Via'));
    await peer.waitFor(({ method }) => method === 'ACK');
  });

  it('sends no CANCEL before a provisional answer, and then does', async () => {
    const { call } = start();
    const invite = await peer.waitFor(({ method }) => method === 'INVITE');
    call.hangup();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(peer.received.some(({ method }) => method === 'CANCEL')).toBe(false);
    peer.onRequest = (request) => {
      if (request.method !== 'CANCEL') return;
      peer.reply(request, '200 OK');
      peer.reply(invite, '487 Request Terminated');
    };
    peer.reply(invite, '100 Trying');
    await peer.waitFor(({ method }) => method === 'CANCEL');
    await call.released;
  });

  it('acknowledges and ends a 2xx that crosses its CANCEL', async () => {
    peer.onRequest = (request) => {
      if (request.method === 'INVITE') peer.reply(request, '180 Ringing', [contact()]);
      if (request.method === 'BYE') peer.reply(request, '200 OK');
      if (request.method !== 'CANCEL') return;
      const [invite] = invites();
      if (invite !== undefined) peer.reply(invite, '200 OK', [contact()], peerDescription(5_004));
      peer.reply(request, '481 Call/Transaction Does Not Exist');
    };
    const { call } = start();
    await callIs(call, 'ringing');
    call.hangup();
    await call.released;
    const order = peer.received.map(({ method }) => method);
    expect(order).toEqual(['INVITE', 'CANCEL', 'ACK', 'BYE']);
  });

  it('keeps the first of two forks that answer and ends the other', async () => {
    peer.onRequest = (request) => {
      if (request.method === 'INVITE') {
        peer.reply(request, '200 OK', [contact()], peerDescription(5_004));
        const fork = { ...request, header: (name: string) => request.header(name) };
        const to = `${request.header('To')};tag=other`;
        fork.header = (name) => (name === 'To' ? to : request.header(name));
        peer.reply(fork, '200 OK', [contact()], peerDescription(5_008));
      } else if (request.method === 'BYE') peer.reply(request, '200 OK');
    };
    const { call } = start();
    await callIs(call, 'connected');
    const bye = await peer.waitFor(({ method }) => method === 'BYE');
    expect(bye.header('To')).toContain('tag=other');
    expect(call.snapshot.state).toBe('connected');
    expect(phone.media.sessions[0]?.started.at(-1)?.remotePort).toBe(5_004);
  });

  it('acknowledges a repeated 2xx again', async () => {
    let invite: PeerMessage | undefined;
    peer.onRequest = (request) => {
      if (request.method === 'INVITE') invite = request;
      answering()(request);
    };
    const { call } = start();
    await callIs(call, 'connected');
    await peer.waitFor(({ method }) => method === 'ACK');
    if (invite !== undefined) peer.reply(invite, '200 OK', [contact()], peerDescription(5_004));
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(peer.received.filter(({ method }) => method === 'ACK')).toHaveLength(2);
  });

  it('ends with BYE when the answer has no codec in common', async () => {
    peer.onRequest = answering(peerDescription(5_004, '3'));
    const { call } = start();
    await call.ended;
    expect(call.snapshot.end?.error?.code).toBe('call.no-common-codec');
    await peer.waitFor(({ method }) => method === 'BYE');
  });

  it('obeys a re-INVITE that holds and one that resumes', async () => {
    peer.onRequest = answering();
    const { call } = start();
    await callIs(call, 'connected');
    await peer.waitFor(({ method }) => method === 'ACK');
    inDialog('INVITE', 2, peerDescription(5_004, '8 101', ['a=sendonly']));
    const held = await peer.waitFor(({ status, header }) => status === 200 && header('CSeq') === '2 INVITE');
    expect(held.body).toContain('a=recvonly');
    expect(held.body).toMatch(/m=audio \d+ RTP\/AVP 8 101/);
    expect(call.snapshot.hold.remote).toBe(true);
    expect(phone.media.sessions[0]?.started.at(-1)).toMatchObject({
      direction: 'recvonly',
      codec: { name: 'PCMA' },
    });
    inDialog('ACK', 2);
    inDialog('INVITE', 3, peerDescription(5_006));
    await peer.waitFor(({ status, header }) => status === 200 && header('CSeq') === '3 INVITE');
    expect(call.snapshot.hold.remote).toBe(false);
    expect(phone.media.sessions[0]?.started.at(-1)).toMatchObject({ remotePort: 5_006 });
    inDialog('ACK', 3);
  });

  it('sends keys as telephone-events where the far side takes them', async () => {
    peer.onRequest = answering();
    const { call, events } = start();
    await callIs(call, 'connected');
    call.sendDigits('12#');
    expect(phone.media.sessions[0]?.digits).toEqual(['1', '2', '#']);
    expect(call.snapshot.digits).toBe('12#');
    phone.media.sessions[0]?.emit({
      ...{ type: 'digit', direction: 'sent', digit: '1', durationMs: 160, method: 'rfc4733' },
    });
    expect(events.at(-1)).toEqual({
      type: 'digit',
      direction: 'sent',
      digit: '1',
      durationMs: 160,
      method: 'rfc4733',
    });
    expect(() => call.sendDigits('x')).toThrow(/not a key/);
  });

  it('falls back to SIP INFO, one key after the other', async () => {
    phone.settings.dtmf.duration = 40;
    peer.onRequest = answering(peerDescription(5_004, '0'));
    const { call, events } = start();
    await callIs(call, 'connected');
    expect(call.snapshot.dtmfMethod).toBe('info');
    call.sendDigits('4*', { gapMs: 20 });
    const second = await peer.waitFor(({ method, body }) => method === 'INFO' && body.includes('Signal=*'));
    expect(second.header('Content-Type')).toBe('application/dtmf-relay');
    expect(second.body).toBe('Signal=*\r\nDuration=40\r\n');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const sent = events.flatMap((event) => (event.type === 'digit' ? [event.digit + event.method] : []));
    expect(sent).toEqual(['4info', '*info']);
  });

  it.each(['405 Method Not Allowed', '415 Unsupported Media Type', '469 Bad Info Package'])(
    'sends what is refused with %s again as tones, and what comes after it too',
    async (status) => {
      phone.settings.dtmf.duration = 40;
      peer.onRequest = (request) => {
        if (request.method === 'INFO') peer.reply(request, request.body.includes('=1') ? '200 OK' : status);
        else answering(peerDescription(5_004, '0'))(request);
      };
      const { call, events } = start();
      await callIs(call, 'connected');
      call.sendDigits('123', { gapMs: 20 });
      await expect.poll(() => phone.media.sessions[0]?.tones.join('')).toBe('23');
      expect(peer.received.filter(({ method }) => method === 'INFO')).toHaveLength(2);
      expect(events).toContainEqual({
        ...{ type: 'digit', direction: 'sent', digit: '1', durationMs: 40, method: 'info' },
      });
      expect(call.snapshot).toMatchObject({ dtmfMethod: 'inband', digits: '123' });
    },
  );

  it('sends a key that a passing fault has lost as tones, and the next by INFO again', async () => {
    phone.settings.dtmf.duration = 40;
    peer.onRequest = (request) => {
      if (request.method === 'INFO')
        peer.reply(request, request.body.includes('=1') ? '500 Server Internal Error' : '200 OK');
      else answering(peerDescription(5_004, '0'))(request);
    };
    const { call, events } = start();
    await callIs(call, 'connected');
    call.sendDigits('12', { gapMs: 20 });
    await expect.poll(() => events.filter(({ type }) => type === 'digit')).toHaveLength(1);
    expect(phone.media.sessions[0]?.tones).toEqual(['1']);
    expect(call.snapshot.dtmfMethod).toBe('info');
  });

  it('sends keys as tones to early media that takes no telephone-events', async () => {
    peer.onRequest = (request) => {
      if (request.method !== 'INVITE') return answering()(request);
      peer.reply(request, '183 Session Progress', [contact()], peerDescription(5_010, '0'));
    };
    const { call } = start();
    await callIs(call, 'early');
    expect(call.snapshot.dtmfMethod).toBe('inband');
    call.sendDigits('5');
    expect(phone.media.sessions[0]?.tones).toEqual(['5']);
  });

  it('takes keys by INFO and refuses other bodies with 415', async () => {
    peer.onRequest = answering();
    const { call, events } = start();
    await callIs(call, 'connected');
    await peer.waitFor(({ method }) => method === 'ACK');
    inDialog('INFO', 2, 'Signal=7\r\nDuration=100\r\n', ['Content-Type: application/dtmf-relay']);
    await peer.waitFor(({ status, header }) => status === 200 && header('CSeq') === '2 INFO');
    expect(events).toContainEqual({
      type: 'digit',
      direction: 'received',
      method: 'info',
      digit: '7',
      durationMs: 100,
    });
    inDialog('INFO', 3, '<xml/>', ['Content-Type: application/media_control+xml']);
    await peer.waitFor(({ status, header }) => status === 415 && header('CSeq') === '3 INFO');
  });

  it('tells that all ports are in use and leaves the phone usable', async () => {
    phone.media.usedUp = true;
    const { call } = start();
    await call.ended;
    expect(call.snapshot.end?.error?.code).toBe('media.ports-used-up');
    phone.media.usedUp = false;
    peer.onRequest = answering();
    const next = start();
    await callIs(next.call, 'connected');
  });

  it('fails at once when nobody listens at the server port', async () => {
    const nobody = await sipPeer();
    await nobody.close();
    const lonely = testAgent(nobody.port, { register: false });
    await lonely.agent.start();
    const call = lonely.agent.call('1001', { id: 'lonely', ...sound });
    await call.ended;
    expect(['server.refused', 'server.unreachable']).toContain(call.snapshot.end?.error?.code);
    await lonely.agent.close();
  });

  it('refuses a target that is none', () => {
    expect(() => start('hello world<>')).toThrow(/not a number or SIP address/);
  });

  it('ends its calls with BYE when the user agent closes', async () => {
    peer.onRequest = answering();
    const { call } = start();
    await callIs(call, 'connected');
    await phone.agent.close();
    expect(call.snapshot.state).toBe('ended');
    expect(peer.received.some(({ method }) => method === 'BYE')).toBe(true);
  });
});
