/** Transfers that others ask for: REFER to this phone, and INVITEs that take a far side's place, from a peer by hand. */
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { Call } from '../../../../engine/sip/call.ts';
import type { PeerMessage } from '../../../support/sip-peer.ts';
import { peerDescription, peerRequest } from '../../../support/sip-peer.ts';
import { standingCall } from './support/standing-call.ts';
import type { StandingCall } from './support/standing-call.ts';

const sound = { source: { kind: 'silence' }, sink: { kind: 'none' } } as const;
let standing: StandingCall | undefined;
afterEach(async () => {
  await standing?.close();
  standing = undefined;
});

interface Bench extends StandingCall {
  /** The calls that this phone made because it was asked to. */
  made: Call[];
  reports(): string[];
}

/** A standing call with a far side that can send this phone elsewhere; `second` answers the INVITE that follows. */
async function transferable(second: (bench: StandingCall, invite: PeerMessage) => void): Promise<Bench> {
  const far = await standingCall();
  standing = far;
  const made: Call[] = [];
  far.phone.agent.on('referred', (referral) =>
    made.push(far.phone.agent.callReferred(referral, { id: randomUUID(), ...sound })),
  );
  const { peer, contact } = far;
  peer.onRequest = (request) => {
    if (request.method === 'ACK') return;
    if (request.startLine.startsWith('INVITE sip:102@')) second(far, request);
    else peer.reply(request, '200 OK', [contact], request.method === 'INVITE' ? peerDescription(5_004) : '');
  };
  const reports = () =>
    peer.received
      .filter(({ method, status }) => method === 'NOTIFY' && status === 0)
      .map(({ body, header }) => `${body.trim()} ${header('Subscription-State').split(';')[0]}`);
  return { ...far, made, reports };
}

const refer = (far: StandingCall, referTo: string, cseq = 50) => {
  const headers = [`Refer-To: ${referTo}`, 'Referred-By: "Bob" <sip:bob@127.0.0.1>'];
  far.send('REFER', cseq, '', headers);
  return far.answerTo('REFER', cseq);
};
const target = ({ peer }: StandingCall) => `sip:102@127.0.0.1:${peer.port}`;

describe('a phone that is asked to call somebody else', () => {
  it('says yes, calls, reports how it goes, and says who sent it', async () => {
    const far = await transferable(({ peer, contact }, invite) => {
      peer.reply(invite, '180 Ringing', [contact]);
      setTimeout(() => peer.reply(invite, '200 OK', [contact], peerDescription(5_006)), 100);
    });
    expect((await refer(far, `<${target(far)}>`)).status).toBe(202);
    await expect
      .poll(far.reports)
      .toEqual(['SIP/2.0 100 Trying active', 'SIP/2.0 180 Ringing active', 'SIP/2.0 200 OK terminated']);
    const notify = await far.peer.waitFor(({ method }) => method === 'NOTIFY');
    expect(notify.header('Contact')).toContain('sip:1000@127.0.0.1');
    const invite = await far.peer.waitFor(({ startLine }) => startLine.startsWith('INVITE sip:102@'));
    expect(invite.header('Referred-By')).toBe('"Bob" <sip:bob@127.0.0.1>');
    expect(invite.all('Replaces')).toEqual([]);
    expect(far.made[0]?.snapshot).toMatchObject({
      state: 'connected',
      remote: { number: '102' },
      referredBy: { name: 'Bob', number: 'bob' },
    });
    far.send('BYE', 60);
    await far.call.ended;
    expect(far.call.snapshot.end?.sentence).toMatch(/^1001 transferred you to 102 after/);
  });

  it('names the dialog to replace when it is given one', async () => {
    const far = await transferable(({ peer, contact }, invite) =>
      peer.reply(invite, '200 OK', [contact], peerDescription(5_006)),
    );
    await refer(far, `<${target(far)}?Replaces=abc%40host%3Bto-tag%3D1%3Bfrom-tag%3D2>`);
    const invite = await far.peer.waitFor(({ startLine }) => startLine.startsWith('INVITE sip:102@'));
    expect(invite.header('Replaces')).toBe('abc@host;to-tag=1;from-tag=2');
  });

  it('reports why it did not work, and the call goes on', async () => {
    const far = await transferable(({ peer }, invite) => peer.reply(invite, '486 Busy Here'));
    await refer(far, `<${target(far)}>`);
    await expect.poll(far.reports).toEqual(['SIP/2.0 100 Trying active', 'SIP/2.0 486 Busy Here terminated']);
    expect(far.call.snapshot.state).toBe('connected');
    far.send('BYE', 60);
    await far.call.ended;
    expect(far.call.snapshot.end?.sentence).toMatch(/hung up after/);
  });

  it.each([
    ['a web page', '<https://example.com>', 400],
    ['nothing', '', 400],
    ['a number that is none', '<sip:@>', 400],
  ])('refuses to call %s', async (_, referTo, status) => {
    const far = await transferable(() => undefined);
    expect((await refer(far, referTo)).status).toBe(status);
    expect(far.made).toEqual([]);
  });

  it('refuses outside a call', async () => {
    const far = await transferable(() => undefined);
    const first = far.invites()[0];
    const lines = peerRequest({
      method: 'REFER',
      uri: /<([^>]+)>/.exec(first?.header('Contact') ?? '')?.[1] ?? '',
      peerPort: far.peer.port,
      callId: 'stranger',
      cseq: 1,
      branch: 'stranger',
      headers: [`Refer-To: <${target(far)}>`],
    });
    if (first !== undefined) far.peer.send(lines, '', first.source);
    const answer = await far.peer.waitFor(
      ({ header, status }) => status > 0 && header('Call-ID') === 'stranger',
    );
    expect(answer.status).toBe(403);
    expect(far.made).toEqual([]);
  });

  it('refuses when the settings say so', async () => {
    const far = await transferable(() => undefined);
    far.phone.settings.calls.accept_transfers = false;
    expect((await refer(far, `<${target(far)}>`)).status).toBe(603);
    expect(far.made).toEqual([]);
  });
});

describe('an INVITE that takes the place of the far side', () => {
  /** INVITE of a third party. */
  async function replace(far: StandingCall, replaces: string[], callId = 'third'): Promise<PeerMessage> {
    const { invites, peer } = far;
    const first = invites()[0];
    if (first === undefined) throw new Error('no INVITE');
    const uri = /<([^>]+)>/.exec(first.header('Contact'))?.[1] ?? '';
    const from = `From: "Carla" <sip:1003@127.0.0.1:${peer.port}>;tag=carla`;
    const lines = (method: string, headers: string[], toTag?: string) =>
      peerRequest({
        method,
        uri,
        peerPort: peer.port,
        callId,
        cseq: 1,
        branch: `${method}${callId}`,
        headers: [from, ...headers],
        ...(toTag === undefined ? {} : { toTag }),
      });
    const values = replaces.map((value) => `Replaces: ${value}`);
    peer.send(lines('INVITE', values), peerDescription(5_008), first.source);
    const answer = await peer.waitFor(({ status, header }) => status >= 200 && header('Call-ID') === callId);
    const tag = /;tag=(\S+)/.exec(answer.header('To'))?.[1];
    peer.send(lines('ACK', [], tag), '', first.source);
    return answer;
  }

  /** The dialog of the standing call, as a Replaces for this phone names it. */
  function dialogOf({ invites }: StandingCall, suffix = ''): string {
    const invite = invites()[0];
    const tag = /;tag=([^;>\s]+)/.exec(invite?.header('From') ?? '')?.[1];
    return `${invite?.header('Call-ID')};to-tag=${tag};from-tag=peer-tag${suffix}`;
  }

  it('is answered at once and becomes the person’s call; the former far side gets a BYE', async () => {
    const far = await transferable(() => undefined);
    const answered = await replace(far, [dialogOf(far)]);
    expect(answered.status).toBe(200);
    expect(answered.body).toContain('m=audio');
    const bye = await far.peer.waitFor(({ method, status }) => method === 'BYE' && status === 0);
    expect(bye.header('Call-ID')).toBe(far.invites()[0]?.header('Call-ID'));
    expect(far.call.snapshot).toMatchObject({
      state: 'connected',
      remote: { number: '1003', name: 'Carla' },
    });
    expect(far.phone.media.sessions).toHaveLength(1);
    expect(far.phone.media.sessions[0]?.started.at(-1)?.remotePort).toBe(5_008);
  });

  it('keeps the call on hold that was on hold', async () => {
    const far = await transferable(() => undefined);
    await far.call.hold();
    const answered = await replace(far, [dialogOf(far)]);
    expect(answered.body).toMatch(/a=(sendonly|inactive)/);
    expect(far.call.snapshot.hold.local).toBe(true);
  });

  it.each([
    ['no such dialog', 481, () => ['nobody;to-tag=1;from-tag=2']],
    ['two Replaces', 400, (far: StandingCall) => [dialogOf(far), dialogOf(far)]],
    ['a malformed Replaces', 400, () => ['x']],
    ['one that wants an early dialog only', 486, (far: StandingCall) => [dialogOf(far, ';early-only')]],
  ])('is refused: %s', async (_, status, values) => {
    const far = await transferable(() => undefined);
    expect((await replace(far, values(far), `refused-${status}`)).status).toBe(status);
    expect(far.call.snapshot).toMatchObject({ state: 'connected', remote: { number: '1001' } });
  });
});
