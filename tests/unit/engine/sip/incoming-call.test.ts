import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Call } from '../../../../engine/sip/call.ts';
import type { CallListenerEvent } from '../../../../engine/sip/call-environment.ts';
import { allowedMethods } from '../../../../engine/sip/sip-core.ts';
import type { SipPeer } from '../../../support/sip-peer.ts';
import { peerDescription, peerRequest, sipPeer } from '../../../support/sip-peer.ts';
import type { TestAgent } from './support/test-agent.ts';
import { registeredAgent } from './support/test-agent.ts';

let peer: SipPeer;
let phone: TestAgent;
let contact: string;
const sound = { source: { kind: 'silence' }, sink: { kind: 'none' } } as const;

beforeEach(async () => {
  peer = await sipPeer();
  ({ phone, contact } = await registeredAgent(peer));
});
afterEach(async () => {
  await phone.agent.close();
  await peer.close();
});

const callId = 'incoming-call';
const phoneAddress = () => ({
  address: '127.0.0.1',
  port: Number(/:(\d+)/.exec(contact.split('@')[1] ?? '')?.[1]),
});
let toTag: string | undefined;

function request(
  method: string,
  cseq: number,
  options: { body?: string; headers?: string[]; branch?: string; inDialog?: boolean; uri?: string } = {},
): void {
  const { body = '', headers = [], branch = `${method}${cseq}`, inDialog = true, uri = contact } = options;
  const lines = peerRequest({
    method,
    uri,
    peerPort: peer.port,
    callId,
    cseq,
    branch,
    headers,
    ...(inDialog && toTag !== undefined ? { toTag } : {}),
  });
  peer.send(lines, body, phoneAddress());
}

/** Lets the phone ring; resolves to its call. */
async function ring(
  options: { body?: string; headers?: string[]; uri?: string } = {},
): Promise<{ call: Call; events: CallListenerEvent[] }> {
  toTag = undefined;
  const { body = peerDescription(5_004), headers = [], uri = contact } = options;
  const incoming = new Promise<Call>((resolve) => phone.agent.on('incoming', resolve));
  request('INVITE', 1, { body, headers, uri, inDialog: false });
  const call = await incoming;
  const events: CallListenerEvent[] = [];
  call.on((event) => events.push(event));
  const ringing = await peer.waitFor(({ status, method }) => status === 180 && method === 'INVITE');
  toTag = /;tag=([^;\s]+)/.exec(ringing.header('To'))?.[1];
  return { call, events };
}
const finalAnswer = (cseq = 1) =>
  peer.waitFor(({ status, header }) => status >= 200 && header('CSeq') === `${cseq} INVITE`);

describe('an incoming call', () => {
  it('is answered 100 at once, then rings, is answered, and ended by either side', async () => {
    const { call } = await ring();
    expect(peer.received.find(({ method }) => method === 'INVITE')?.status).toBe(100);
    expect(call.snapshot).toMatchObject({
      direction: 'incoming',
      state: 'ringing',
      remote: { number: '1001', name: 'Anna' },
    });
    await call.answer(sound);
    expect(call.snapshot.state).toBe('connecting');
    const answer = await finalAnswer();
    expect(answer.status).toBe(200);
    expect(answer.body).toMatch(/^m=audio 40000 RTP\/AVP 0 101\r$/m);
    expect(answer.header('Allow')).toBe(allowedMethods.join(', '));
    request('ACK', 1);
    await expect.poll(() => call.snapshot.state).toBe('connected');
    call.hangup();
    const bye = await peer.waitFor(({ startLine }) => startLine.startsWith('BYE'));
    expect(bye.startLine).toBe(`BYE sip:1001@127.0.0.1:${peer.port} SIP/2.0`);
    await call.released;
    expect(call.snapshot.end?.sentence).toBe('You hung up after 0 s.');
  });

  it('ends when the caller says BYE', async () => {
    const { call } = await ring();
    await call.answer(sound);
    await finalAnswer();
    request('ACK', 1);
    request('BYE', 2);
    await call.ended;
    expect(call.snapshot.end?.sentence).toBe('Anna hung up after 0 s.');
  });

  it.each([
    ['busy', 486],
    ['declined', 603],
  ] as const)('turned away as %s is answered %d', async (reason, status) => {
    const { call } = await ring();
    call.reject(reason);
    expect((await finalAnswer()).status).toBe(status);
    request('ACK', 1, { branch: 'INVITE1' });
    await call.ended;
    expect(call.snapshot.end).toMatchObject({ by: 'here', status });
  });

  it('is missed when the caller gives up, and answered elsewhere when the Reason says so', async () => {
    const { call } = await ring();
    request('CANCEL', 1, { branch: 'INVITE1', inDialog: false });
    await call.ended;
    expect((await finalAnswer()).status).toBe(487);
    expect(call.snapshot.end).toMatchObject({ by: 'there', status: 487, answeredElsewhere: false });
    expect(call.snapshot.end?.sentence).toBe('You missed a call from Anna.');
  });

  it('says that another phone took it', async () => {
    const { call } = await ring();
    const headers = ['Reason: SIP;cause=200;text="Call completed elsewhere"'];
    request('CANCEL', 1, { branch: 'INVITE1', inDialog: false, headers });
    await call.ended;
    expect(call.snapshot.end?.answeredElsewhere).toBe(true);
  });

  it('without an offer gets ours and takes the answer from the ACK', async () => {
    const { call } = await ring({ body: '' });
    await call.answer(sound);
    const offer = await finalAnswer();
    expect(offer.body).toContain('RTP/AVP 0 8 107 9 13 101 96');
    request('ACK', 1, { body: peerDescription(5_020, '8 101') });
    await expect.poll(() => call.snapshot.state).toBe('connected');
    expect(phone.media.sessions[0]?.started).toMatchObject([{ remotePort: 5_020, codec: { name: 'PCMA' } }]);
  });

  it('with nothing that we speak is refused with 488 and never rings, but is told', async () => {
    let rang = false;
    phone.agent.on('incoming', () => (rang = true));
    const told: string[] = [];
    phone.agent.on('turnedAway', (remote, why) => told.push(`${remote.name}: ${why}`));
    request('INVITE', 1, { body: peerDescription(5_004, '3 18'), inDialog: false });
    expect((await finalAnswer()).status).toBe(488);
    expect(rang).toBe(false);
    expect(told).toEqual(['Anna: no-common-codec']);
  });

  it('without any sound is refused with 488, and nobody is told', async () => {
    const told: string[] = [];
    phone.agent.on('turnedAway', (_remote, why) => told.push(why));
    const body = peerDescription(5_004).replace('m=audio', 'm=image');
    request('INVITE', 1, { body, inDialog: false });
    expect((await finalAnswer()).status).toBe(488);
    expect(told).toEqual([]);
  });

  it('shows who the server says is calling', async () => {
    const { call } = await ring({ headers: ['P-Asserted-Identity: "J\\"r\\\\g Müller" <sip:2002@pbx>'] });
    expect(call.snapshot.remote).toEqual({ number: '2002', name: 'J"r\\g Müller', uri: 'sip:2002@pbx' });
    call.hangup();
  });

  it('shows who sent it here', async () => {
    const { call } = await ring({ headers: ['Diversion: "Reception" <sip:100@pbx>;reason=no-answer'] });
    expect(call.snapshot.referredBy).toMatchObject({ number: '100', name: 'Reception' });
    call.hangup();
  });

  describe('from a caller who requires reliable ringing', () => {
    const required = { headers: ['Require: 100rel'] };
    const prack = async (cseq: number, rack: string) => {
      request('PRACK', cseq, { headers: [`RAck: ${rack}`] });
      return peer.waitFor(({ status, header }) => status > 0 && header('CSeq') === `${cseq} PRACK`);
    };
    const rings = () => peer.received.filter(({ status }) => status === 180);

    it('rings again and again until the PRACK, and only that one counts', async () => {
      const { call } = await ring(required);
      const [first] = rings();
      expect(first?.header('Require')).toBe('100rel');
      const sequence = Number(first?.header('RSeq'));
      expect(sequence).toBeGreaterThan(0);
      expect((await prack(2, `${sequence + 1} 1 INVITE`)).status).toBe(481);
      await expect.poll(() => rings().length, { timeout: 4_000 }).toBe(3);
      expect(new Set(rings().map(({ text }) => text)).size).toBe(1);
      expect((await prack(3, `${sequence} 1 INVITE`)).status).toBe(200);
      const count = rings().length;
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      expect(rings()).toHaveLength(count);
      await call.answer(sound);
      expect((await finalAnswer()).body).toContain('m=audio');
      request('ACK', 1);
      await expect.poll(() => call.snapshot.state).toBe('connected');
      call.hangup();
    }, 10_000);

    it('takes a PRACK with an offer that may not be, since the first has no answer yet, without answering it', async () => {
      const { call } = await ring(required);
      const sequence = Number(rings()[0]?.header('RSeq'));
      const headers = [`RAck: ${sequence} 1 INVITE`];
      request('PRACK', 2, { headers, body: peerDescription(5_044, '8 101') });
      const taken = await peer.waitFor(({ status, header }) => status > 0 && header('CSeq') === '2 PRACK');
      expect([taken.status, taken.body]).toEqual([200, '']);
      await call.answer(sound);
      expect((await finalAnswer()).body).toMatch(/^m=audio \d+ RTP\/AVP 0 101\r$/m);
      request('ACK', 1);
      await expect.poll(() => call.snapshot.state).toBe('connected');
      expect(phone.media.sessions[0]?.started.at(-1)?.remotePort).toBe(5_004);
      call.hangup();
    });

    it('and who wants our offer hears no ringing, but gets the offer with the answer', async () => {
      toTag = undefined;
      const incoming = new Promise<Call>((resolve) => phone.agent.on('incoming', resolve));
      request('INVITE', 1, { ...required, inDialog: false });
      const call = await incoming;
      await call.answer(sound);
      const answer = await finalAnswer();
      expect(answer.body).toContain('m=audio');
      expect(rings()).toEqual([]);
      toTag = /;tag=([^;\s]+)/.exec(answer.header('To'))?.[1];
      request('ACK', 1, { body: peerDescription(5_004) });
      await expect.poll(() => call.snapshot.state).toBe('connected');
      call.hangup();
    });
  });

  it('ends when the caller says BYE before anybody has answered', async () => {
    const { call } = await ring();
    request('BYE', 2);
    await call.ended;
    expect((await finalAnswer()).status).toBe(487);
    expect(call.snapshot.end).toMatchObject({ by: 'there', status: 487 });
  });

  it('shows whom the PBX has connected since, by a re-INVITE', async () => {
    const { call } = await ring();
    await call.answer(sound);
    await finalAnswer();
    request('ACK', 1);
    const headers = ['P-Asserted-Identity: "Carl" <sip:3003@pbx>'];
    request('INVITE', 2, { body: peerDescription(5_004), headers });
    await finalAnswer(2);
    expect(call.snapshot.remote).toMatchObject({ number: '3003', name: 'Carl' });
    request('ACK', 2);
  });

  it('rings whatever user the PBX puts into the Request-URI', async () => {
    const { call } = await ring({ uri: contact.replace('1000@', '+4930555014@') });
    expect(call.snapshot.state).toBe('ringing');
    call.hangup();
  });

  it('is sent elsewhere with 302', async () => {
    const { call } = await ring();
    call.deflect('sip:200@pbx');
    const moved = await finalAnswer();
    expect(moved.status).toBe(302);
    expect(moved.header('Contact')).toBe('<sip:200@pbx>');
    await call.ended;
    expect(call.snapshot.end).toMatchObject({ by: 'here', status: 302, error: null });
    expect(() => call.deflect('sip:200@pbx')).toThrow(/ended/);
  });

  it('tells after how long the PBX wants it to be answered, and that the phone did it', async () => {
    const { call } = await ring({ headers: ['Call-Info: <sip:pbx>;answer-after=2'] });
    expect(call.autoAnswerSeconds).toBe(2);
    await call.answer(sound, { byItself: true });
    expect(call.snapshot.autoAnswered).toBe(true);
    request('ACK', 1);
    call.hangup();
  });

  it.each([
    ['do not disturb is on', { do_not_disturb: true }, false, 'do-not-disturb'],
    ['another call goes on and nobody may wait', { call_waiting: false }, true, 'in-a-call'],
  ] as const)('is busy while %s, and told as turned away', async (_when, change, second, admission) => {
    if (second) await ring();
    Object.assign(phone.settings.calls, change);
    const turnedAway = new Promise((resolve) =>
      phone.agent.on('turnedAway', (remote, why) => resolve([remote.name, why])),
    );
    const rings: string[] = [];
    phone.agent.on('incoming', (call) => rings.push(call.id));
    const lines = peerRequest({
      ...{ method: 'INVITE', uri: contact, peerPort: peer.port, callId: 'second', cseq: 7, branch: 'second' },
    });
    peer.send(lines, peerDescription(5_010), phoneAddress());
    expect((await finalAnswer(7)).status).toBe(486);
    expect(await turnedAway).toEqual(['Anna', admission]);
    expect(rings).toEqual([]);
  });

  it('that nobody but the phone may answer is refused when the phone may not, and rings where it may', async () => {
    const headers = ['Answer-Mode: Auto;require'];
    const rings: string[] = [];
    phone.agent.on('incoming', ({ id }) => rings.push(id));
    request('INVITE', 1, { body: peerDescription(5_004), headers, inDialog: false });
    expect((await finalAnswer()).status).toBe(403);
    expect(rings).toEqual([]);
    phone.settings.calls.auto_answer = true;
    const lines = { method: 'INVITE', uri: contact, peerPort: peer.port, callId: 'second', cseq: 7 };
    peer.send(peerRequest({ ...lines, branch: 'second', headers }), peerDescription(5_010), phoneAddress());
    await expect.poll(() => rings).toHaveLength(1);
  });

  it('waits for the ACK before it sends BYE', async () => {
    const { call } = await ring();
    await call.answer(sound);
    await finalAnswer();
    call.hangup();
    expect(call.snapshot.state).toBe('ended');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(peer.received.some(({ startLine }) => startLine.startsWith('BYE'))).toBe(false);
    request('ACK', 1);
    await peer.waitFor(({ startLine }) => startLine.startsWith('BYE'));
    await call.released;
  });

  it('fails with the reason when no port is free, and the caller hears 480', async () => {
    phone.media.usedUp = true;
    const { call } = await ring();
    await expect(call.answer(sound)).rejects.toThrow(/ports/);
    expect((await finalAnswer()).status).toBe(480);
    expect(call.snapshot.end?.error?.code).toBe('media.ports-used-up');
    phone.media.usedUp = false;
  });
});

describe('requests outside a call', () => {
  const outside = (method: string, headers: string[] = []) => {
    toTag = undefined;
    request(method, 1, { headers, inDialog: false });
    return peer.waitFor(({ status, method: of }) => status > 0 && of === method);
  };

  it('answers OPTIONS with what it takes, also during a call', async () => {
    await ring();
    const answer = await outside('OPTIONS');
    expect(answer.status).toBe(200);
    expect(answer.header('Allow')).toContain('INVITE');
    expect(answer.header('Accept')).toContain('application/sdp');
    expect(answer.all('Supported')).toHaveLength(1);
    request('CANCEL', 1, { branch: 'INVITE1', inDialog: false });
  });

  it('draws the tag of each answer from crypto, also where sip.js has one of Math.random', async () => {
    const draws = vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const answers: string[] = [];
    for (const cseq of [1, 2]) {
      request('NOTIFY', cseq, {
        headers: ['Event: message-summary', 'Subscription-State: active'],
        branch: `own-tag-${cseq}`,
        inDialog: false,
      });
      const { header } = await peer.waitFor(
        ({ status, header: of }) => status > 0 && of('CSeq') === `${cseq} NOTIFY`,
      );
      answers.push(/;tag=([^;\s]+)/.exec(header('To'))?.[1] ?? '');
    }
    draws.mockRestore();
    const [first = '', second = ''] = answers;
    expect(first.length).toBeGreaterThan(7);
    expect(second).not.toBe(first);
  });

  it('takes an unsolicited NOTIFY', async () => {
    expect((await outside('NOTIFY', ['Event: message-summary', 'Subscription-State: active'])).status).toBe(
      200,
    );
  });

  it.each(['SUBSCRIBE', 'PUBLISH', 'STRANGE'])('answers %s with 405 and what it takes', async (method) => {
    const answer = await outside(method);
    expect(answer.status).toBe(405);
    expect(answer.header('Allow')).toContain('INVITE');
  });

  it('refuses an extension that it does not know with 420', async () => {
    const answer = await outside('INVITE', ['Require: teleport']);
    expect(answer.status).toBe(420);
    expect(answer.header('Unsupported')).toBe('teleport');
  });

  it('answers BYE of no call with 481', async () => {
    expect((await outside('BYE')).status).toBe(481);
  });
});
