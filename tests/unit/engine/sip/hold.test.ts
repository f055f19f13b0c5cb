import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeChallenge, parseAuthorization, verifyAuthorization } from '../../../../engine/sip/digest.ts';
import type { PeerMessage } from '../../../support/sip-peer.ts';
import { peerDescription } from '../../../support/sip-peer.ts';
import type { StandingCall } from './support/standing-call.ts';
import { directionIn, standingCall } from './support/standing-call.ts';
import { testPassword } from './support/test-agent.ts';

let standing: StandingCall;
beforeEach(async () => (standing = await standingCall()));
afterEach(() => standing.close());

const hold = () => standing.call.snapshot.hold;
const flowing = () => standing.phone.media.sessions[0]?.started.at(-1)?.direction;
const version = ({ body }: PeerMessage) => Number(/^o=\S+ \d+ (\d+) /m.exec(body)?.[1]);
const cseq = ({ header }: PeerMessage) => Number.parseInt(header('CSeq'), 10);

/** The peer answers our re-INVITEs with these directions, one after the other. */
function answerWith(...directions: string[]): void {
  const left = [...directions];
  standing.peer.onRequest = (request) => {
    if (request.method === 'ACK') return;
    const direction = left.length > 1 ? left.shift() : left[0];
    const body = request.method === 'INVITE' ? peerDescription(5_004, '0 101', [`a=${direction}`]) : '';
    standing.peer.reply(request, '200 OK', [standing.contact], body);
  };
}

describe('hold', () => {
  it('offers sendonly, sends nothing from the moment it is asked for, and is agreed by the answer', async () => {
    standing.peer.onRequest = () => undefined;
    const held = standing.call.hold();
    expect(hold()).toEqual({ local: true, remote: false, pending: true });
    expect(flowing()).toBe('inactive');
    const reinvite = await standing.reinvite(1);
    expect(directionIn(reinvite.body)).toBe('sendonly');
    expect(version(reinvite)).toBe(version(standing.invites()[0] ?? reinvite) + 1);
    expect(reinvite.header('Contact')).not.toBe('');
    standing.peer.reply(
      reinvite,
      '200 OK',
      [standing.contact],
      peerDescription(5_004, '0 101', ['a=recvonly']),
    );
    await held;
    expect(hold()).toEqual({ local: true, remote: false, pending: false });
    expect(flowing()).toBe('inactive');
    expect(standing.call.snapshot.media[0]?.direction).toBe('sendonly');
    const ack = await standing.peer.waitFor((m) => m.method === 'ACK' && cseq(m) === cseq(reinvite));
    expect(ack.body).toBe('');
  });

  it('resumes: sound flows again once the far side has agreed, not before', async () => {
    answerWith('recvonly', 'sendrecv');
    await standing.call.hold();
    const resumed = standing.call.resume();
    expect(hold()).toEqual({ local: false, remote: false, pending: true });
    expect(flowing()).toBe('inactive');
    await resumed;
    expect(directionIn((await standing.reinvite(2)).body)).toBe('sendrecv');
    expect(hold()).toEqual({ local: false, remote: false, pending: false });
    expect(flowing()).toBe('sendrecv');
  });

  it('acknowledges a repeated 200 of its re-INVITE again, under its own CSeq', async () => {
    answerWith('recvonly');
    await standing.call.hold();
    const reinvite = await standing.reinvite(1);
    standing.peer.reply(
      reinvite,
      '200 OK',
      [standing.contact],
      peerDescription(5_004, '0 101', ['a=recvonly']),
    );
    await expect
      .poll(
        () => standing.peer.received.filter((m) => m.method === 'ACK' && cseq(m) === cseq(reinvite)).length,
      )
      .toBe(2);
  });

  it('that is refused leaves the call as it was', async () => {
    standing.peer.onRequest = (request) => {
      if (request.method === 'INVITE') standing.peer.reply(request, '488 Not Acceptable Here');
    };
    await expect(standing.call.hold()).rejects.toMatchObject({ error: { code: 'call.hold-refused' } });
    expect(hold()).toEqual({ local: false, remote: false, pending: false });
    expect(flowing()).toBe('sendrecv');
    expect(standing.call.snapshot.state).toBe('connected');
  });

  it('that is answered without a usable description leaves the call as it was', async () => {
    standing.peer.onRequest = (request) => {
      if (request.method === 'INVITE')
        standing.peer.reply(request, '200 OK', [standing.contact], 'v=0\r\nnonsense');
    };
    await expect(standing.call.hold()).rejects.toMatchObject({ error: { code: 'call.hold-refused' } });
    expect(flowing()).toBe('sendrecv');
    expect(standing.call.snapshot.state).toBe('connected');
  });

  it('that cannot be taken back stays', async () => {
    answerWith('recvonly');
    await standing.call.hold();
    standing.peer.onRequest = (request) => {
      if (request.method === 'INVITE') standing.peer.reply(request, '488 Not Acceptable Here');
    };
    await expect(standing.call.resume()).rejects.toMatchObject({ error: { code: 'call.resume-refused' } });
    expect(hold()).toEqual({ local: true, remote: false, pending: false });
    expect(flowing()).toBe('inactive');
  });

  it('ends the call when the far side knows no such call', async () => {
    standing.peer.onRequest = (request) => {
      if (request.method === 'INVITE') standing.peer.reply(request, '481 Call/Transaction Does Not Exist');
      else if (request.method !== 'ACK') standing.peer.reply(request, '200 OK');
    };
    await expect(standing.call.hold()).rejects.toMatchObject({ error: { code: 'call.not-found' } });
    await standing.call.ended;
    expect(standing.call.snapshot.end?.error?.code).toBe('call.connection-lost');
    await standing.peer.waitFor(({ method }) => method === 'BYE');
  });

  it('answers a challenge and counts on from it', async () => {
    standing.peer.onRequest = (request) => {
      if (request.method === 'ACK') return;
      const authorization = parseAuthorization(request.header('Proxy-Authorization'));
      const { method, body } = request;
      if (authorization && verifyAuthorization(authorization, { method, body }, testPassword)) {
        standing.peer.reply(
          request,
          '200 OK',
          [standing.contact],
          peerDescription(5_004, '0', ['a=recvonly']),
        );
        return;
      }
      const challenge = makeChallenge({ realm: 'pbx', nonce: 'n1', qop: ['auth'] });
      standing.peer.reply(request, '407 Proxy Authentication Required', [`Proxy-Authenticate: ${challenge}`]);
    };
    await standing.call.hold();
    const [first, second, third] = standing.invites().map(cseq);
    expect([second, third]).toEqual([(first ?? 0) + 1, (first ?? 0) + 2]);
    standing.call.hangup();
    const bye = await standing.peer.waitFor(({ method }) => method === 'BYE');
    expect(cseq(bye)).toBe((third ?? 0) + 1);
  });

  it('holds a call that holds us as inactive, and each side resumes in any order', async () => {
    standing.send('INVITE', 2, peerDescription(5_004, '0 101', ['a=sendonly']));
    expect(directionIn((await standing.answerTo('INVITE', 2)).body)).toBe('recvonly');
    standing.send('ACK', 2);
    await expect.poll(hold).toEqual({ local: false, remote: true, pending: false });
    expect(flowing()).toBe('recvonly');
    answerWith('inactive');
    await standing.call.hold();
    expect(directionIn((await standing.reinvite(1)).body)).toBe('inactive');
    expect(hold()).toEqual({ local: true, remote: true, pending: false });
    // They resume first.
    standing.send('INVITE', 3, peerDescription(5_004, '0 101', ['a=sendrecv']));
    expect(directionIn((await standing.answerTo('INVITE', 3)).body)).toBe('sendonly');
    standing.send('ACK', 3);
    expect(hold()).toEqual({ local: true, remote: false, pending: false });
    expect(flowing()).toBe('inactive');
    answerWith('sendrecv');
    await standing.call.resume();
    expect(hold()).toEqual({ local: false, remote: false, pending: false });
    expect(flowing()).toBe('sendrecv');
  });

  it('survives a re-offer of the far side', async () => {
    answerWith('recvonly');
    await standing.call.hold();
    standing.send('INVITE', 2, peerDescription(5_010, '8 101'));
    expect(directionIn((await standing.answerTo('INVITE', 2)).body)).toBe('sendonly');
    standing.send('ACK', 2);
    expect(flowing()).toBe('inactive');
    expect(hold()).toEqual({ local: true, remote: false, pending: false });
  });

  it('is possible only once somebody has answered', async () => {
    standing.call.hangup();
    await expect(standing.call.hold()).rejects.toMatchObject({ error: { code: 'call.not-found' } });
  });
});

describe('an offer that meets another', () => {
  it('is refused with 491 while ours is out, and ours goes on', async () => {
    standing.peer.onRequest = () => undefined;
    const held = standing.call.hold();
    const reinvite = await standing.reinvite(1);
    standing.send('INVITE', 2, peerDescription(5_004));
    expect((await standing.answerTo('INVITE', 2)).status).toBe(491);
    standing.peer.reply(reinvite, '200 OK', [standing.contact], peerDescription(5_004, '0', ['a=recvonly']));
    await held;
  });

  it('comes again after 2.1 s or more when the far side says 491', async () => {
    answerWith('recvonly');
    const { onRequest } = standing.peer;
    const times: number[] = [];
    standing.peer.onRequest = (request) => {
      if (request.method === 'INVITE') times.push(performance.now());
      if (request.method === 'INVITE' && times.length === 1)
        standing.peer.reply(request, '491 Request Pending');
      else onRequest(request);
    };
    await standing.call.hold();
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(2_050);
    expect(hold().pending).toBe(false);
  });

  it('waits for the ACK of their re-INVITE before ours goes out', async () => {
    standing.send('INVITE', 2, peerDescription(5_004));
    await standing.answerTo('INVITE', 2);
    answerWith('recvonly');
    const held = standing.call.hold();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(standing.invites()).toHaveLength(1);
    standing.send('ACK', 2);
    await held;
    expect(standing.invites()).toHaveLength(2);
  });
});

describe('a re-INVITE without an offer', () => {
  it('is answered with our offer; the answer in the ACK is what runs', async () => {
    standing.send('INVITE', 2);
    const answer = await standing.answerTo('INVITE', 2);
    expect(answer.status).toBe(200);
    expect(directionIn(answer.body)).toBe('sendrecv');
    standing.send('ACK', 2, peerDescription(5_020, '8 101'));
    await expect
      .poll(() => standing.phone.media.sessions[0]?.started.at(-1))
      .toMatchObject({ remotePort: 5_020, codec: { name: 'PCMA' } });
  });

  it('whose ACK brings no usable answer leaves the call as it was', async () => {
    const before = standing.phone.media.sessions[0]?.started.length;
    standing.send('INVITE', 2);
    await standing.answerTo('INVITE', 2);
    standing.send('ACK', 2, 'v=0\r\nnonsense');
    answerWith('recvonly');
    await standing.call.hold();
    expect(standing.phone.media.sessions[0]?.started[(before ?? 0) - 1]?.remotePort).toBe(5_004);
    expect(standing.call.snapshot.state).toBe('connected');
  });
});

describe('a re-INVITE that is never finished', () => {
  afterEach(() => vi.useRealTimers());
  const onlyTimeouts = { toFake: ['setTimeout' as const, 'clearTimeout' as const] };

  it('of theirs, whose 200 nobody acknowledges, ends the call', async () => {
    vi.useFakeTimers(onlyTimeouts);
    standing.send('INVITE', 2, peerDescription(5_004));
    await vi.waitFor(() => expect(standing.peer.received.at(-1)?.status).toBe(200));
    await vi.advanceTimersByTimeAsync(31_000);
    expect(standing.call.snapshot.state).toBe('connected');
    await vi.advanceTimersByTimeAsync(1_500);
    vi.useRealTimers();
    await standing.peer.waitFor(({ method }) => method === 'BYE');
    expect(standing.call.snapshot.end?.error?.code).toBe('call.connection-lost');
  });

  it('of ours, that rings on, is cancelled; the call stays as it was', async () => {
    vi.useFakeTimers(onlyTimeouts);
    standing.peer.onRequest = (request) => {
      if (request.method === 'INVITE') standing.peer.reply(request, '180 Ringing', [standing.contact]);
      if (request.method !== 'CANCEL') return;
      standing.peer.reply(request, '200 OK');
      const [, reinvite] = standing.invites();
      if (reinvite !== undefined) standing.peer.reply(reinvite, '487 Request Terminated');
    };
    const held = expect(standing.call.hold()).rejects.toMatchObject({ error: { code: 'call.hold-refused' } });
    await vi.waitFor(() => expect(standing.invites()).toHaveLength(2));
    await new Promise((resolve) => setImmediate(resolve));
    await vi.advanceTimersByTimeAsync(33_000);
    vi.useRealTimers();
    await held;
    expect(standing.peer.received.some(({ method }) => method === 'CANCEL')).toBe(true);
    expect(hold()).toEqual({ local: false, remote: false, pending: false });
    expect(standing.call.snapshot.state).toBe('connected');
  });
});

describe('a hold that nobody answers', () => {
  afterEach(() => vi.useRealTimers());

  it('ends the call: the far side is gone', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    standing.peer.onRequest = () => undefined;
    const held = expect(standing.call.hold()).rejects.toMatchObject({ error: { code: 'call.hold-refused' } });
    await vi.waitFor(() => expect(standing.invites().length).toBeGreaterThan(1));
    await vi.advanceTimersByTimeAsync(33_000);
    vi.useRealTimers();
    await held;
    expect(standing.call.snapshot.end?.error?.code).toBe('call.connection-lost');
  });
});
