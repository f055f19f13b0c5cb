import { afterEach, describe, expect, it } from 'vitest';
import { createHandClock } from '../../../support/hand-clock.ts';
import { peerDescription } from '../../../support/sip-peer.ts';
import type { StandingCall } from './support/standing-call.ts';
import { directionIn, standingCall } from './support/standing-call.ts';

let standing: StandingCall;
const clock = createHandClock();
afterEach(() => standing.close());

const updates = () => standing.peer.received.filter(({ startLine }) => startLine.startsWith('UPDATE'));
/** A call whose far side answers the INVITE with these headers. */
async function agreed(...answerHeaders: string[]): Promise<void> {
  standing = await standingCall({ answerHeaders, agent: { clock } });
  standing.phone.settings.session_timeout = 120;
}
const asked = (expires: string) => ['Supported: timer', `Session-Expires: ${expires}`];

describe('a session that we refresh', () => {
  it('is refreshed at half its interval by UPDATE where the far side takes it', async () => {
    await agreed('Session-Expires: 120;refresher=uac', 'Require: timer', 'Allow: INVITE, ACK, BYE, UPDATE');
    expect(standing.invites()[0]?.header('Session-Expires')).toBe('3600');
    expect(standing.invites()[0]?.header('Supported')).toContain('timer');
    clock.advance(59_000);
    expect(updates()).toHaveLength(0);
    clock.advance(1_000);
    const update = await standing.peer.waitFor(({ method }) => method === 'UPDATE');
    expect(update.header('Session-Expires')).toBe('120;refresher=uac');
    expect(update.header('Supported')).toContain('timer');
    expect(update.header('Contact')).not.toBe('');
    expect(update.body).toBe('');
  });

  it('is refreshed again and again as long as the far side agrees', async () => {
    await agreed('Session-Expires: 120;refresher=uac', 'Allow: UPDATE');
    standing.peer.onRequest = (request) =>
      standing.peer.reply(request, '200 OK', [standing.contact, 'Session-Expires: 120;refresher=uac']);
    for (let times = 1; times <= 3; times += 1) {
      clock.advance(60_000);
      await expect.poll(() => updates().length).toBe(times);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(standing.call.snapshot.state).toBe('connected');
  });

  it('is refreshed by re-INVITE where the far side takes no UPDATE, also when it had said so', async () => {
    await agreed('Session-Expires: 120;refresher=uac', 'Allow: INVITE, UPDATE');
    standing.peer.onRequest = (request) => {
      if (request.method === 'UPDATE') standing.peer.reply(request, '501 Not Implemented');
      else if (request.method === 'INVITE')
        standing.peer.reply(
          request,
          '200 OK',
          [standing.contact, ...asked('120;refresher=uac')],
          peerDescription(5_004),
        );
    };
    clock.advance(60_000);
    const reinvite = await standing.reinvite(1);
    expect(reinvite.header('Session-Expires')).toBe('120;refresher=uac');
    expect(directionIn(reinvite.body)).toBe('sendrecv');
    // The same description under the same version: nothing changes (RFC 4028 §7.4).
    expect(reinvite.body).toBe(standing.invites()[0]?.body);
    await standing.peer.waitFor(({ method, header }) => method === 'ACK' && header('CSeq').startsWith('3'));
  });

  it('asks for longer when the far side finds the interval too short', async () => {
    await agreed('Session-Expires: 120;refresher=uac', 'Allow: UPDATE');
    standing.peer.onRequest = (request) => {
      if (updates().length === 1)
        standing.peer.reply(request, '422 Session Interval Too Small', ['Min-SE: 300']);
      else standing.peer.reply(request, '200 OK', [standing.contact, 'Session-Expires: 300;refresher=uac']);
    };
    clock.advance(60_000);
    await expect.poll(() => updates().length).toBe(2);
    expect(updates()[1]?.header('Session-Expires')).toBe('300;refresher=uac');
    expect(updates()[1]?.header('Min-SE')).toBe('300');
  });

  it('ends when the far side knows no such call any more', async () => {
    await agreed('Session-Expires: 120;refresher=uac', 'Allow: UPDATE');
    standing.peer.onRequest = (request) =>
      standing.peer.reply(request, request.method === 'UPDATE' ? '481 Call Does Not Exist' : '200 OK');
    clock.advance(60_000);
    await standing.call.ended;
    expect(standing.call.snapshot.end?.error?.code).toBe('call.session-expired');
    await standing.peer.waitFor(({ method }) => method === 'BYE');
  });

  it('ends when the far side is silent until the interval is nearly over', async () => {
    await agreed('Session-Expires: 120;refresher=uac', 'Allow: UPDATE');
    standing.peer.onRequest = (request) => {
      if (request.method === 'BYE') standing.peer.reply(request, '200 OK');
    };
    clock.advance(60_000);
    await standing.peer.waitFor(({ method }) => method === 'UPDATE');
    clock.advance(27_000);
    expect(standing.call.snapshot.state).toBe('connected');
    clock.advance(1_000);
    await standing.call.ended;
    expect(standing.call.snapshot.end?.sentence).toContain('nothing was heard of it for too long');
  });

  it('is the only one to refresh when the far side keeps no session timer', async () => {
    await agreed();
    clock.advance(1_800_000);
    await standing.reinvite(1);
  });
});

describe('a session that the far side refreshes', () => {
  it('lives on with each refresh by UPDATE, and ends before its interval when none comes', async () => {
    await agreed('Session-Expires: 120;refresher=uas');
    clock.advance(80_000);
    standing.send('UPDATE', 2, '', asked('120;refresher=uac'));
    const answer = await standing.answerTo('UPDATE', 2);
    expect(answer.status).toBe(200);
    expect(answer.header('Session-Expires')).toBe('120;refresher=uac');
    expect(answer.header('Require')).toBe('timer');
    expect(answer.header('Contact')).not.toBe('');
    clock.advance(87_000);
    expect(standing.call.snapshot.state).toBe('connected');
    clock.advance(1_000);
    await standing.call.ended;
    expect(standing.call.snapshot.end?.error?.code).toBe('call.session-expired');
    expect(updates()).toHaveLength(0);
    await standing.peer.waitFor(({ method }) => method === 'BYE');
  });

  it('keeps its refresher when we hold in between', async () => {
    await agreed('Session-Expires: 120;refresher=uas');
    standing.peer.onRequest = (request) => {
      if (request.method !== 'INVITE') return;
      const headers = [standing.contact, 'Session-Expires: 120;refresher=uas'];
      standing.peer.reply(request, '200 OK', headers, peerDescription(5_004, '0', ['a=recvonly']));
    };
    await standing.call.hold();
    expect((await standing.reinvite(1)).header('Session-Expires')).toBe('120;refresher=uas');
  });

  it('refuses an interval that is shorter than anybody may ask for', async () => {
    await agreed();
    standing.send('UPDATE', 2, '', asked('30'));
    const answer = await standing.answerTo('UPDATE', 2);
    expect([answer.status, answer.header('Min-SE')]).toEqual([422, '90']);
    expect(standing.call.snapshot.state).toBe('connected');
  });
});

describe('an INVITE whose interval is too short for the far side', () => {
  it('goes out again in the same call with a longer one', async () => {
    await agreed();
    const before = standing.invites().length;
    standing.peer.onRequest = (request) => {
      if (request.method !== 'INVITE') return standing.peer.reply(request, '200 OK');
      if (request.header('Min-SE') === '')
        return standing.peer.reply(request, '422 Session Interval Too Small', ['Min-SE: 4000']);
      standing.peer.reply(
        request,
        '200 OK',
        [standing.contact, 'Session-Expires: 4000;refresher=uas'],
        peerDescription(5_004),
      );
    };
    const sound = { source: { kind: 'silence' }, sink: { kind: 'none' } } as const;
    const second = standing.phone.agent.call('1001', { id: 'second', ...sound });
    await expect.poll(() => second.snapshot.state).toBe('connected');
    const [first, again] = standing.invites().slice(before);
    expect(again?.header('Session-Expires')).toBe('4000');
    expect(again?.header('Call-ID')).toBe(first?.header('Call-ID'));
    expect(again?.header('From')).toBe(first?.header('From'));
    expect(Number.parseInt(again?.header('CSeq') ?? '', 10)).toBe(
      Number.parseInt(first?.header('CSeq') ?? '', 10) + 1,
    );
  });
});

describe('an UPDATE of the far side', () => {
  it('with an offer is answered like a re-INVITE, and again when it is repeated', async () => {
    await agreed();
    const body = peerDescription(5_030, '8 101', ['a=sendonly']);
    standing.send('UPDATE', 2, body);
    const answer = await standing.answerTo('UPDATE', 2);
    expect(directionIn(answer.body)).toBe('recvonly');
    expect(standing.call.snapshot.hold.remote).toBe(true);
    expect(standing.phone.media.sessions[0]?.started.at(-1)).toMatchObject({ remotePort: 5_030 });
    standing.send('UPDATE', 2, body);
    await expect
      .poll(() => standing.peer.received.filter(({ header }) => header('CSeq') === '2 UPDATE').length)
      .toBe(2);
    expect(standing.peer.received.at(-1)?.body).toBe(answer.body);
  });

  it('moves where our next requests go', async () => {
    await agreed();
    const moved = `sip:elsewhere@127.0.0.1:${standing.peer.port}`;
    standing.send('UPDATE', 2, '', [`Contact: <${moved}>`]);
    await standing.answerTo('UPDATE', 2);
    standing.call.hangup();
    expect((await standing.peer.waitFor(({ method }) => method === 'BYE')).startLine).toContain(moved);
  });

  it('meets our offer with 491, and their open re-INVITE with 500 and a time', async () => {
    await agreed();
    standing.peer.onRequest = () => undefined;
    const held = standing.call.hold();
    const reinvite = await standing.reinvite(1);
    standing.send('UPDATE', 2, peerDescription(5_004));
    expect((await standing.answerTo('UPDATE', 2)).status).toBe(491);
    standing.peer.reply(reinvite, '200 OK', [standing.contact], peerDescription(5_004, '0', ['a=recvonly']));
    await held;
    standing.send('INVITE', 3, peerDescription(5_004));
    await standing.answerTo('INVITE', 3);
    standing.send('UPDATE', 4, peerDescription(5_004));
    const answer = await standing.answerTo('UPDATE', 4);
    expect(answer.status).toBe(500);
    expect(Number(answer.header('Retry-After'))).toBeLessThanOrEqual(10);
    standing.send('ACK', 3);
  });

  it('of no call is answered 481, one out of order 500', async () => {
    await agreed();
    standing.send('UPDATE', 5);
    expect((await standing.answerTo('UPDATE', 5)).status).toBe(200);
    standing.send('UPDATE', 4);
    expect((await standing.answerTo('UPDATE', 4)).status).toBe(500);
    standing.call.hangup();
    await standing.call.released;
    standing.send('UPDATE', 6);
    expect((await standing.answerTo('UPDATE', 6)).status).toBe(481);
  });
});
