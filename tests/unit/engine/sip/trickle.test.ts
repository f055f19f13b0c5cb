/** Candidates that follow a description by INFO (RFC 8840), on the wire, with a far side by hand. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Call } from '../../../../engine/sip/call.ts';
import type { PeerMessage, SipPeer } from '../../../support/sip-peer.ts';
import { peerDescription, peerRequest, peerTag, sipPeer } from '../../../support/sip-peer.ts';
import { testAgent, type TestAgent } from './support/test-agent.ts';

const sound = { source: { kind: 'silence' }, sink: { kind: 'none' } } as const;
const fragmentType = 'application/trickle-ice-sdpfrag';
const takesThem = 'Recv-Info: trickle-ice';
const theirHost = 'a=candidate:1 1 UDP 2130706431 127.0.0.1 5004 typ host';
const theirIce = ['a=ice-ufrag:them', 'a=ice-pwd:their password'];
const trickling = [...theirIce, theirHost, 'a=ice-options:trickle', 'a=mid:0'];
const relay = '3 1 UDP 16777215 198.51.100.9 43000 typ relay raddr 0.0.0.0 rport 9';
const second = '4 1 UDP 16777214 198.51.100.9 43002 typ relay raddr 0.0.0.0 rport 9';

let peer: SipPeer;
let phone: TestAgent;
let contact: string;

/** `trickles`: the phone's account takes part. */
async function open(trickles = true): Promise<void> {
  peer = await sipPeer();
  phone = testAgent(peer.port, { register: false, trickles });
  contact = `Contact: <sip:1001@127.0.0.1:${peer.port}>`;
  peer.onRequest = (request) => {
    if (request.method !== 'ACK') peer.reply(request, '200 OK', [contact]);
  };
  await phone.agent.start();
}
afterEach(async () => {
  peer.onRequest = (request) => {
    if (request.method !== 'ACK') peer.reply(request, '200 OK', [contact]);
  };
  await phone.agent.close();
  await peer.close();
});

const session = () => {
  const [first] = phone.media.sessions;
  if (first === undefined) throw new Error('there is no sound');
  return first;
};
const requests = (method: string) => peer.received.filter(({ startLine }) => startLine.startsWith(method));
const candidatesIn = ({ body }: PeerMessage) =>
  [...body.matchAll(/^a=candidate:(.+)\r$/gm)].map(([, value = '']) =>
    value.split(' ').slice(4, 6).join(' '),
  );
const nthInfo = async (n: number) => {
  await peer.waitFor(() => requests('INFO').length >= n);
  const info = requests('INFO')[n - 1];
  if (info === undefined) throw new Error(`no INFO ${n}`);
  return info;
};
/** Long enough for anything on loopback that should not come. */
const aMoment = () => new Promise((resolve) => setTimeout(resolve, 60));

function fragment(ufrag: string, ...lines: string[]): string {
  return [
    `a=ice-ufrag:${ufrag}`,
    'a=ice-pwd:their password',
    'm=audio 9 RTP/AVP 0',
    'a=mid:0',
    ...lines,
    '',
  ].join('\r\n');
}

/** The peer's side of a dialog. */
function dialogWith(of: PeerMessage, weCall: boolean) {
  const [theirs, ours] = weCall ? ['From', 'To'] : ['To', 'From'];
  const tag = /;tag=([^;>\s]+)/.exec(of.header(theirs))?.[1] ?? '';
  const uri = weCall ? (/<([^>]+)>/.exec(of.header('Contact'))?.[1] ?? '') : phoneUri;
  return {
    send: (method: string, cseq: number, body = '', headers: string[] = []) =>
      peer.send(
        peerRequest({
          ...{ method, uri, peerPort: peer.port, callId: of.header('Call-ID'), cseq, toTag: tag },
          branch: `${method}${cseq}`,
          headers: [`From: ${weCall ? `<sip:1001@127.0.0.1>;tag=${peerTag}` : of.header(ours)}`, ...headers],
        }),
        body,
        of.source,
      ),
    info: (cseq: number, body: string, { name = 'trickle-ice', type = fragmentType } = {}) => {
      const { send } = dialogWith(of, weCall);
      send('INFO', cseq, body, [`Info-Package: ${name}`, `Content-Type: ${type}`]);
      return peer.waitFor(({ status, header }) => status >= 200 && header('CSeq') === `${cseq} INFO`);
    },
  };
}
let phoneUri = '';

async function callOut(answer: { headers?: string[]; lines?: string[] } = {}): Promise<{
  call: Call;
  invite: PeerMessage;
}> {
  const { headers = [takesThem], lines = trickling } = answer;
  peer.onRequest = (request) => {
    if (request.method === 'INVITE')
      peer.reply(request, '200 OK', [contact, ...headers], peerDescription(5_004, '0', lines));
    else if (request.method !== 'ACK') peer.reply(request, '200 OK', [contact]);
  };
  const call = phone.agent.call('1001', { id: 'call', ...sound });
  await peer.waitFor(({ method }) => method === 'ACK');
  const [invite] = requests('INVITE');
  if (invite === undefined) throw new Error('no INVITE');
  return { call, invite };
}

/** A call to the phone that it has answered; `acknowledge` sends the ACK. */
async function callIn(headers: string[], lines: string[]) {
  // The phone's place is in the Via of what it sends; nothing was sent yet.
  await phone.agent.register();
  const register = await peer.waitFor(({ startLine }) => startLine.startsWith('REGISTER'));
  phoneUri = /<([^>]+)>/.exec(register.header('Contact'))?.[1] ?? '';
  const incoming = new Promise<Call>((resolve) => phone.agent.on('incoming', resolve));
  const invite = peerRequest({
    ...{ method: 'INVITE', uri: phoneUri, peerPort: peer.port, callId: 'in', cseq: 1, branch: 'invite' },
    headers: [`From: <sip:1001@127.0.0.1>;tag=${peerTag}`, ...headers],
  });
  peer.send(invite, peerDescription(5_004, '0', lines), register.source);
  const call = await incoming;
  await call.answer(sound);
  const answer = await peer.waitFor(({ status, method }) => status === 200 && method === 'INVITE');
  const dialog = dialogWith(answer, false);
  return { call, answer, dialog, acknowledge: () => dialog.send('ACK', 1) };
}

describe('a call of ours', () => {
  it('offers all candidates, says that more may follow, and tells nothing that has been told', async () => {
    await open();
    const { invite } = await callOut();
    expect(invite.header('Recv-Info')).toBe('trickle-ice');
    expect(invite.header('Supported')).toContain('trickle-ice');
    expect(invite.body).toContain('a=ice-options:trickle\r\na=end-of-candidates\r\na=mid:0\r\n');
    expect(candidatesIn(invite)).toEqual(['127.0.0.1 40000', '203.0.113.1 40000']);
    await aMoment();
    expect(requests('INFO')).toEqual([]);
  });

  it('says in the answer to OPTIONS that it takes them', async () => {
    await open();
    const { invite } = await callOut();
    dialogWith(invite, true).send('OPTIONS', 1);
    const answer = await peer.waitFor(({ status, method }) => status === 200 && method === 'OPTIONS');
    expect(answer.header('Supported')).toContain('trickle-ice');
    expect(answer.header('Accept')).toContain(fragmentType);
  });

  it('says nothing of it where the account takes no part', async () => {
    await open(false);
    const { invite } = await callOut();
    expect(invite.text).not.toMatch(/trickle|Recv-Info|a=mid/);
    const answer = await dialogWith(invite, true).info(1, fragment('them', theirHost));
    expect([answer.status, answer.header('Recv-Info')]).toEqual([469, '']);
  });

  it('hands what the far side tells by INFO to the sound', async () => {
    await open();
    const { invite } = await callOut();
    const dialog = dialogWith(invite, true);
    const later = 'a=candidate:9 1 UDP 1 127.0.0.1 5010 typ relay';
    expect((await dialog.info(1, fragment('them', theirHost, later, 'a=end-of-candidates'))).status).toBe(
      200,
    );
    expect(session().remoteCandidates).toEqual([
      {
        ufrag: 'them',
        pwd: 'their password',
        candidates: [theirHost, later].map((line) => line.slice('a=candidate:'.length)),
        complete: true,
      },
    ]);
  });

  it.each([
    ['of another package', 469, { name: 'weather' }, fragment('them')],
    ['of another type', 415, { type: 'application/sdp' }, fragment('them')],
    ['that is no fragment', 400, {}, 'hello'],
    ['that belongs to nobody', 400, {}, 'm=audio 9 RTP/AVP 0\r\na=mid:0\r\n'],
    ['about another stream', 200, {}, fragment('them').replace('a=mid:0', 'a=mid:1')],
  ])('answers an INFO %s with %i', async (_name, status, change, body) => {
    await open();
    const { invite } = await callOut();
    const answer = await dialogWith(invite, true).info(1, body, change);
    expect(answer.status).toBe(status);
    if (status === 469) expect(answer.header('Recv-Info')).toBe('trickle-ice');
    if (status === 415) expect(answer.header('Accept')).toContain(fragmentType);
    expect(session().remoteCandidates).toEqual([]);
  });

  it('confirms an unreliable early answer by an INFO, and takes theirs before the call is answered', async () => {
    await open();
    peer.onRequest = (request) => {
      if (request.method === 'INVITE')
        peer.reply(
          request,
          '183 Session Progress',
          [contact, takesThem],
          peerDescription(5_004, '0', trickling),
        );
      else if (request.method !== 'ACK') peer.reply(request, '200 OK', [contact]);
    };
    const call = phone.agent.call('1001', { id: 'call', ...sound });
    const info = await nthInfo(1);
    expect(info.header('Info-Package')).toBe('trickle-ice');
    expect(info.header('To')).toContain(peerTag);
    const [invite] = requests('INVITE');
    if (invite === undefined) throw new Error('no INVITE');
    expect(candidatesIn(info)).toEqual(candidatesIn(invite));
    expect(info.body).toContain('a=end-of-candidates');
    expect((await dialogWith(invite, true).info(1, fragment('them', theirHost))).status).toBe(200);
    expect(session().remoteCandidates).toHaveLength(1);
    peer.onRequest = (request) => {
      peer.reply(request, '200 OK');
      if (request.method === 'CANCEL') peer.reply(invite, '487 Request Terminated');
    };
    call.hangup();
    await call.released;
  });
});

describe('a call to us', () => {
  it('is answered with what is there, and the rest follows once the answer is acknowledged, one INFO at a time', async () => {
    await open();
    const { answer, acknowledge } = await callIn([takesThem], trickling);
    expect(answer.header('Recv-Info')).toBe('trickle-ice');
    expect(candidatesIn(answer)).toEqual(['127.0.0.1 40000']);
    expect(answer.body).toContain('a=ice-options:trickle\r\na=mid:0\r\n');
    session().gather([relay], false);
    await aMoment();
    expect(requests('INFO')).toEqual([]);
    let held: PeerMessage | undefined;
    peer.onRequest = (request) => {
      if (request.method === 'INFO' && held === undefined) held = request;
      else if (request.method !== 'ACK') peer.reply(request, '200 OK');
    };
    acknowledge();
    const first = await nthInfo(1);
    expect(first.header('Content-Type')).toBe(fragmentType);
    expect(first.header('Content-Disposition')).toBe('Info-Package');
    expect(first.body).toMatch(
      /^a=ice-pwd:password of ours\r\na=ice-ufrag:ours1\r\nm=audio 9 RTP\/AVP 0\r\na=mid:0\r\n/,
    );
    expect(candidatesIn(first)).toEqual(['127.0.0.1 40000', '198.51.100.9 43000']);
    session().gather([second], true);
    await aMoment();
    expect(requests('INFO').filter(({ header }) => header('CSeq') !== first.header('CSeq'))).toEqual([]);
    peer.reply(first, '200 OK');
    const last = await peer.waitFor(
      ({ startLine, body }) => startLine.startsWith('INFO') && body.includes('43002'),
    );
    expect(candidatesIn(last)).toEqual(['127.0.0.1 40000', '198.51.100.9 43000', '198.51.100.9 43002']);
    expect(last.body).toContain('a=end-of-candidates');
  });

  it.each([
    ['takes no such INFO', [], trickling],
    ['says no word of it in the offer', [takesThem], [...theirIce, theirHost]],
    ['has taken it back', ['Recv-Info: nil'], trickling],
  ])('waits for everything where the caller %s', async (_name, headers, lines) => {
    await open();
    const { answer, acknowledge } = await callIn(headers, lines);
    expect(candidatesIn(answer)).toEqual(['127.0.0.1 40000', '203.0.113.1 40000']);
    expect(answer.body).not.toContain('trickle');
    acknowledge();
    session().gather([relay], true);
    await aMoment();
    expect(requests('INFO')).toEqual([]);
  });

  it('tells nothing more to whoever refuses it', async () => {
    await open();
    const { acknowledge } = await callIn([takesThem], trickling);
    peer.onRequest = (request) => {
      if (request.method === 'INFO') peer.reply(request, '469 Bad Info Package', ['Recv-Info:']);
      else if (request.method !== 'ACK') peer.reply(request, '200 OK');
    };
    acknowledge();
    session().gather([relay], false);
    await nthInfo(1);
    await aMoment();
    session().gather([second], true);
    await aMoment();
    expect(new Set(requests('INFO').map(({ header }) => header('CSeq'))).size).toBe(1);
  });
});

describe('a restart of ICE', () => {
  it('of ours offers what is there, and tells the rest under the new credentials after the answer', async () => {
    await open();
    const { call } = await callOut();
    call.pathChanged('127.0.0.1');
    await peer.waitFor(() => requests('INVITE').length === 2);
    const offer = requests('INVITE')[1];
    if (offer === undefined) throw new Error('no re-INVITE');
    expect(offer.body).toContain('a=ice-ufrag:ours2');
    expect(offer.body).not.toContain('end-of-candidates');
    expect(candidatesIn(offer)).toEqual(['127.0.0.1 41000']);
    await expect.poll(() => session().started.at(-1)?.ice?.ours).toBe('ours2');
    session().gather([relay], true);
    const info = await nthInfo(1);
    expect(info.body).toContain('a=ice-ufrag:ours2');
    expect(candidatesIn(info)).toEqual(['127.0.0.1 41000', '198.51.100.9 43000']);
  });

  it('of theirs is answered under spare credentials, and what is found later is told under those', async () => {
    await open();
    const { acknowledge, dialog } = await callIn([takesThem], trickling);
    acknowledge();
    const anew = trickling.map((line) => line.replace('ufrag:them', 'ufrag:anew'));
    await expect.poll(() => session().started.length).toBe(1);
    dialog.send('INVITE', 2, peerDescription(5_004, '0', anew), [takesThem]);
    const answer = await peer.waitFor(
      ({ status, header }) => status === 200 && header('CSeq') === '2 INVITE',
    );
    expect(answer.body).toContain('a=ice-ufrag:spare1');
    dialog.send('ACK', 2);
    session().gather([relay], true);
    const info = await nthInfo(1);
    expect(info.body).toContain('a=ice-ufrag:spare1');
    expect((await dialog.info(3, fragment('anew', theirHost, 'a=end-of-candidates'))).status).toBe(200);
    expect(session().remoteCandidates.at(-1)).toMatchObject({ ufrag: 'anew', complete: true });
  });
});
