/** Transfers that the person asks for, against a far side by hand: REFER, its reports, and what becomes of the call. */
import { afterEach, describe, expect, it } from 'vitest';
import { readReferTo } from '../../../../engine/sip/refer.ts';
import type { PeerMessage } from '../../../support/sip-peer.ts';
import { peerDescription } from '../../../support/sip-peer.ts';
import { directionIn, standingCall } from './support/standing-call.ts';
import type { StandingCall } from './support/standing-call.ts';

const anna = { number: '102', name: 'Anna', uri: 'sip:102@127.0.0.1' };
let standing: StandingCall | undefined;
afterEach(() => standing?.close());

/** A standing call whose far side answers REFER in the given way and everything else with 200. */
async function callThat(answersRefer: (request: PeerMessage) => string): Promise<StandingCall> {
  standing = await standingCall();
  const { peer, contact } = standing;
  peer.onRequest = (request) => {
    if (request.method === 'ACK') return;
    if (request.method === 'REFER') peer.reply(request, answersRefer(request), [contact]);
    else if (request.method === 'INVITE') peer.reply(request, '200 OK', [contact], peerDescription(5_004));
    else peer.reply(request, '200 OK', [contact]);
  };
  return standing;
}

let cseq = 100;
/** Reports how the new call goes. */
async function report(call: StandingCall, line: string, state = 'active;expires=60'): Promise<void> {
  cseq += 1;
  const headers = ['Event: refer', `Subscription-State: ${state}`, 'Content-Type: message/sipfrag'];
  call.send('NOTIFY', cseq, `SIP/2.0 ${line}\r\n`, headers);
  await call.answerTo('NOTIFY', cseq);
}

const progressOf = ({ call }: StandingCall) => call.snapshot.transfer;
const referOf = ({ peer }: StandingCall) => peer.waitFor(({ method }) => method === 'REFER');

describe('a blind transfer', () => {
  it('holds the call, asks the far side, tells how it rings, and ends the call when it is answered', async () => {
    const far = await callThat(() => '202 Accepted');
    await far.call.transfer.blind(anna.uri, anna);
    const refer = await referOf(far);
    expect(refer.header('Refer-To')).toBe('<sip:102@127.0.0.1>');
    expect(refer.header('Contact')).toContain('sip:1000@127.0.0.1');
    expect(refer.header('Referred-By')).toContain('sip:1000@127.0.0.1');
    expect(directionIn((await far.reinvite(1)).body)).toBe('sendonly');
    expect(far.peer.received.indexOf(refer)).toBeGreaterThan(
      far.peer.received.indexOf(await far.reinvite(1)),
    );
    expect(progressOf(far)).toMatchObject({ kind: 'blind', state: 'trying', sentence: 'Calling Anna…' });

    await report(far, '180 Ringing');
    expect(progressOf(far)).toMatchObject({ state: 'ringing', sentence: 'Ringing at Anna…' });
    await report(far, '200 OK', 'terminated;reason=noresource');
    await far.call.ended;
    await far.peer.waitFor(({ method }) => method === 'BYE');
    expect(progressOf(far)).toMatchObject({ state: 'done', sentence: 'Anna has the call.' });
    expect(far.call.snapshot.end).toMatchObject({ by: 'here', error: null });
    expect(far.call.snapshot.end?.sentence).toMatch(/^You transferred the call to Anna after \d+ s\.$/);
  });

  it('takes the far side at its word when it hangs up after it has said yes', async () => {
    const far = await callThat(() => '202 Accepted');
    await far.call.transfer.blind(anna.uri, anna);
    far.send('BYE', 200);
    await far.call.ended;
    expect(far.call.snapshot.end?.sentence).toMatch(/^You transferred the call to Anna/);
    expect(progressOf(far)?.state).toBe('done');
  });

  it('goes back to the person when the other one is busy', async () => {
    const far = await callThat(() => '202 Accepted');
    await far.call.transfer.blind(anna.uri, anna);
    await report(far, '486 Busy Here', 'terminated;reason=noresource');
    expect(directionIn((await far.reinvite(2)).body)).toBe('sendrecv');
    await expect.poll(() => far.call.snapshot.hold).toMatchObject({ local: false, pending: false });
    expect(far.call.snapshot.state).toBe('connected');
    expect(progressOf(far)).toMatchObject({
      state: 'refused',
      sentence: 'Anna is busy; you are still connected.',
    });
  });

  it('leaves a call on hold that was on hold before', async () => {
    const far = await callThat(() => '202 Accepted');
    await far.call.hold();
    await far.call.transfer.blind(anna.uri, anna);
    await report(far, '404 Not Found', 'terminated;reason=noresource');
    expect(far.call.snapshot.hold.local).toBe(true);
    expect(far.invites()).toHaveLength(2);
    expect(progressOf(far)?.sentence).toBe('There is no extension or number Anna; you are still connected.');
  });

  it.each([
    ['405 Method Not Allowed', 'call.transfer-unsupported'],
    ['501 Not Implemented', 'call.transfer-unsupported'],
    ['603 Decline', 'call.transfer-refused'],
    ['403 Forbidden', 'call.transfer-refused'],
  ])('is refused by %s with a sentence and a way out, and the call goes on', async (status, code) => {
    const far = await callThat(() => status);
    await expect(far.call.transfer.blind(anna.uri, anna)).rejects.toMatchObject({ error: { code } });
    await expect.poll(() => far.call.snapshot.hold).toMatchObject({ local: false, pending: false });
    expect(far.call.snapshot.state).toBe('connected');
    expect(progressOf(far)?.state).toBe('refused');
  });

  it('may be tried again after it was refused, but not while one goes on', async () => {
    let answers = ['603 Decline', '202 Accepted'];
    const far = await callThat(() => answers.shift() ?? '202 Accepted');
    await far.call.transfer.blind(anna.uri, anna).catch(() => undefined);
    await far.call.transfer.blind(anna.uri, anna);
    answers = [];
    await expect(far.call.transfer.blind(anna.uri, anna)).rejects.toMatchObject({
      error: { code: 'call.wrong-state' },
    });
  });

  it('believes a report that comes before the answer to the REFER', async () => {
    const far = await callThat(() => '202 Accepted');
    const answer = far.peer.onRequest;
    far.peer.onRequest = (request) => {
      if (request.method !== 'REFER') return answer(request);
      void report(far, '200 OK', 'terminated;reason=noresource').then(() => answer(request));
    };
    await far.call.transfer.blind(anna.uri, anna);
    await far.call.ended;
    expect(progressOf(far)?.state).toBe('done');
  });

  it('counts a far side that hangs up before the REFER is out as having hung up', async () => {
    const far = await callThat(() => '202 Accepted');
    const answer = far.peer.onRequest;
    far.peer.onRequest = (request) => (request.method === 'INVITE' ? far.send('BYE', 300) : answer(request));
    await expect(far.call.transfer.blind(anna.uri, anna)).rejects.toMatchObject({
      error: { code: 'call.transfer-refused' },
    });
    await far.call.ended;
    expect(far.call.snapshot.end?.sentence).toMatch(/hung up after/);
  });
});

describe('an attended transfer', () => {
  it('names the other dialog as the far side knows it, and ends both calls', async () => {
    const far = await callThat(() => '202 Accepted');
    const { phone, peer } = far;
    const other = phone.agent.call('102', {
      id: 'other',
      source: { kind: 'silence' },
      sink: { kind: 'none' },
    });
    await expect.poll(() => other.snapshot.state).toBe('connected');
    const invite = far.invites().find(({ startLine }) => startLine.includes('sip:102@'));
    await far.call.transfer.attended(other.transfer);
    const target = readReferTo((await referOf(far)).header('Refer-To'));
    expect(target?.uri).toBe(`sip:1001@127.0.0.1:${peer.port}`);
    expect(target?.replaces).toEqual({
      callId: invite?.header('Call-ID'),
      toTag: 'peer-tag',
      fromTag: /;tag=(\S+)/.exec(invite?.header('From') ?? '')?.[1],
      earlyOnly: false,
    });
    expect(progressOf(far)).toMatchObject({ kind: 'attended', state: 'trying' });
    await report(far, '200 OK', 'terminated;reason=noresource');
    await Promise.all([far.call.ended, other.ended]);
    await peer.waitFor(() => peer.received.filter(({ method }) => method === 'BYE').length === 2);
    expect(far.call.snapshot.end?.sentence).toMatch(/^You transferred the call to 102/);
    expect(other.snapshot.end?.sentence).toMatch(/^You transferred the call to 1001/);
  });

  it('leaves both calls as they were when it is refused', async () => {
    const far = await callThat(() => '403 Forbidden');
    const other = far.phone.agent.call('102', {
      id: 'other',
      source: { kind: 'silence' },
      sink: { kind: 'none' },
    });
    await expect.poll(() => other.snapshot.state).toBe('connected');
    await expect(far.call.transfer.attended(other.transfer)).rejects.toMatchObject({
      error: { code: 'call.transfer-refused' },
    });
    expect([far.call.snapshot.state, other.snapshot.state]).toEqual(['connected', 'connected']);
    other.hangup();
    await other.ended;
    expect(other.snapshot.end?.sentence).toMatch(/^You hung up/);
  });
});
