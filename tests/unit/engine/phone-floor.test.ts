/** Several calls of one phone over real SIP to a peer by hand; the media engine writes down what it is told. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toPhoneError } from '../../../contract/errors.ts';
import { PhoneFloor } from '../../../engine/phone-floor.ts';
import type { Call } from '../../../engine/sip/call.ts';
import type { SipPeer } from '../../support/sip-peer.ts';
import { peerDescription, sipPeer } from '../../support/sip-peer.ts';
import { directionIn } from './sip/support/standing-call.ts';
import { testAgent } from './sip/support/test-agent.ts';
import type { TestAgent } from './sip/support/test-agent.ts';

let peer: SipPeer;
let phone: TestAgent;
let floor: PhoneFloor;
let calls: Call[];
let problems: string[];
/** Refuses re-INVITEs to this number. */
let refuses = '';
/** Rings and does not answer at this number. */
const ringsOnly = '1009';

beforeEach(async () => {
  peer = await sipPeer();
  phone = testAgent(peer.port, { register: false });
  refuses = '';
  calls = [];
  problems = [];
  floor = new PhoneFloor({
    calls: () => calls,
    onProblem: (thrown) => problems.push(toPhoneError(thrown).code),
  });
  const contact = `Contact: <sip:peer@127.0.0.1:${peer.port}>`;
  peer.onRequest = (request) => {
    const to = /<sip:(\d+)@/.exec(request.header('To'))?.[1];
    const isFirst = !request.header('To').includes(';tag=');
    if (request.method === 'ACK') return;
    if (request.method === 'CANCEL') {
      peer.reply(request, '200 OK');
      const invite = peer.received.find(({ header }) => header('Call-ID') === request.header('Call-ID'));
      if (invite !== undefined) peer.reply(invite, '487 Request Terminated');
    } else if (request.method !== 'INVITE') peer.reply(request, '200 OK', [contact]);
    else if (to === ringsOnly && isFirst) peer.reply(request, '180 Ringing', [contact]);
    else if (to === refuses && !isFirst) peer.reply(request, '488 Not Acceptable Here');
    else peer.reply(request, '200 OK', [contact], peerDescription(5_004));
  };
  await phone.agent.start();
});

afterEach(async () => {
  await phone.agent.close();
  await peer.close();
});

/** Calls a number, as the person does. */
function begin(number: string, takeFloor = (call: Call) => floor.begun(call)): Call {
  const call = phone.agent.call(number, {
    id: number,
    source: { kind: 'device' },
    sink: { kind: 'device' },
  });
  calls.push(call);
  call.on((event) => {
    if (event.type === 'changed') floor.changed(call);
  });
  void call.ended.then(() => floor.ended(call));
  takeFloor(call);
  return call;
}

async function talk(number: string): Promise<Call> {
  const call = begin(number);
  await expect.poll(() => call.snapshot.state).toBe('connected');
  return call;
}

const isHeld = (call: Call) => call.snapshot.hold.local && !call.snapshot.hold.pending;
const heldOnes = () =>
  calls.filter((call) => call.snapshot.state !== 'ended' && isHeld(call)).map(({ id }) => id);
const soundOf = (nth: number) => phone.media.sessions[nth];

describe('two calls', () => {
  it('a second call sends the first on hold at once, and it hears nothing of the second', async () => {
    await talk('1001');
    const second = begin('1002');
    expect(soundOf(0)?.aside).toBe(true);
    await expect.poll(heldOnes).toEqual(['1001']);
    await expect.poll(() => second.snapshot.state).toBe('connected');
    expect(soundOf(1)?.aside).toBe(false);
    expect(soundOf(0)?.started.at(-1)?.direction).toBe('inactive');
  });

  it('resuming one holds the other first: the two are swapped', async () => {
    const first = await talk('1001');
    await talk('1002');
    await expect.poll(heldOnes).toEqual(['1001']);
    await floor.resume(first);
    expect(heldOnes()).toEqual(['1002']);
    expect([soundOf(0)?.aside, soundOf(1)?.aside]).toEqual([false, true]);
    const order = peer.received
      .filter(({ startLine, header }) => startLine.startsWith('INVITE') && header('To').includes(';tag='))
      .map(({ body }) => directionIn(body));
    expect(order).toEqual(['sendonly', 'sendonly', 'sendrecv']);
  });

  it('when the talking one ends, the held one stays held', async () => {
    await talk('1001');
    const second = await talk('1002');
    await expect.poll(heldOnes).toEqual(['1001']);
    second.hangup();
    await second.ended;
    expect(heldOnes()).toEqual(['1001']);
    expect(soundOf(0)?.aside).toBe(true);
  });

  it('a far side that refuses the hold is silenced here, and that is told', async () => {
    refuses = '1001';
    const first = await talk('1001');
    const second = await talk('1002');
    await expect.poll(() => problems).toEqual(['call.hold-refused']);
    expect(soundOf(0)?.aside).toBe(true);
    expect(second.snapshot.state).toBe('connected');
    await floor.resume(first);
    expect([soundOf(0)?.aside, heldOnes()]).toEqual([false, ['1002']]);
  });

  it('a call that is answered while another one talks goes on hold', async () => {
    const first = await talk('1001');
    const ringing = begin(ringsOnly);
    await expect.poll(() => ringing.snapshot.state).toBe('ringing');
    await expect.poll(heldOnes).toEqual(['1001']);
    await floor.resume(first);
    expect(soundOf(1)?.aside).toBe(true);
    const invite = peer.received.find(({ header }) => header('To').includes(`sip:${ringsOnly}@`));
    if (invite === undefined) throw new Error('no INVITE');
    peer.reply(invite, '200 OK', [`Contact: <sip:peer@127.0.0.1:${peer.port}>`], peerDescription(5_004));
    await expect.poll(heldOnes).toEqual([ringsOnly]);
  });

  it('a call that we are making takes the floor when the talking one ends', async () => {
    const first = await talk('1001');
    const ringing = begin(ringsOnly);
    await expect.poll(heldOnes).toEqual(['1001']);
    await floor.resume(first);
    expect(floor.has(first)).toBe(true);
    first.hangup();
    await first.ended;
    await expect.poll(() => floor.has(ringing)).toBe(true);
    expect(soundOf(1)?.aside).toBe(false);
  });

  it('a far side that sends the person elsewhere is silent meanwhile, and comes back when nobody answers there', async () => {
    const first = await talk('1001');
    const sent = begin(ringsOnly, (call) => floor.begunFor(call, first));
    await expect.poll(() => sent.snapshot.state).toBe('ringing');
    expect([soundOf(0)?.aside, floor.has(sent), heldOnes()]).toEqual([true, true, []]);
    sent.hangup();
    await sent.ended;
    await expect.poll(() => [soundOf(0)?.aside, floor.has(first)]).toEqual([false, true]);
  });

  it('a hold that the far side refuses leaves the call as it was', async () => {
    refuses = '1001';
    const first = await talk('1001');
    await expect(floor.hold(first)).rejects.toMatchObject({ error: { code: 'call.hold-refused' } });
    expect([soundOf(0)?.aside, floor.has(first)]).toEqual([false, true]);
  });
});

describe('a conference', () => {
  it('takes held calls off hold and mixes them; a third one joins; the microphone is one for all', async () => {
    const [first, second] = [await talk('1001'), await talk('1002')];
    await expect.poll(heldOnes).toEqual(['1001']);
    const id = await floor.merge([first, second]);
    expect(heldOnes()).toEqual([]);
    expect([first, second].map(({ snapshot }) => snapshot.conferenceId)).toEqual([id, id]);
    expect(phone.media.sessions.map(({ conference }) => conference)).toEqual([id, id]);

    const third = await talk('1003');
    await expect.poll(heldOnes).toEqual(['1001', '1002']);
    expect(await floor.merge([third, first])).toBe(id);
    expect(heldOnes()).toEqual([]);
    expect(calls.map(({ snapshot }) => snapshot.conferenceId)).toEqual([id, id, id]);

    floor.setMuted(second, true);
    expect(calls.map(({ snapshot }) => snapshot.muted)).toEqual([true, true, true]);
  });

  it('goes on when one hangs up, and is a plain call again with one left', async () => {
    const three = [await talk('1001'), await talk('1002'), await talk('1003')];
    const id = await floor.merge(three);
    three[0]?.hangup();
    await three[0]?.ended;
    await expect.poll(() => three[1]?.snapshot.conferenceId).toBe(id);
    three[1]?.hangup();
    await three[1]?.ended;
    await expect.poll(() => three[2]?.snapshot.conferenceId).toBe(null);
    expect([soundOf(2)?.conference, soundOf(2)?.aside, heldOnes()]).toEqual([null, false, []]);
    expect(three[2] !== undefined && floor.has(three[2])).toBe(true);
  });

  it('lets a call be taken out and held; the others talk on', async () => {
    const three = [await talk('1001'), await talk('1002'), await talk('1003')];
    const [first, second] = three;
    if (first === undefined || second === undefined) throw new Error('no calls');
    const id = await floor.merge(three);
    await floor.split(first);
    expect([heldOnes(), first.snapshot.conferenceId, second.snapshot.conferenceId]).toEqual([
      ['1001'],
      null,
      id,
    ]);
    await floor.split(second);
    expect(heldOnes()).toEqual(['1001', '1002']);
    expect(calls[2] !== undefined && floor.has(calls[2])).toBe(true);
  });

  it('is held as one whichever member is asked for, keeps its members, and comes back as one', async () => {
    const three = [await talk('1001'), await talk('1002'), await talk('1003')];
    const [first, second] = three;
    if (first === undefined || second === undefined) throw new Error('no calls');
    const id = await floor.merge(three);
    // A window asks for each of them.
    await Promise.all(three.map((call) => floor.hold(call)));
    expect(heldOnes()).toEqual(['1001', '1002', '1003']);
    expect(phone.media.sessions.map(({ aside, conference }) => [aside, conference])).toEqual(
      three.map(() => [true, id]),
    );
    expect(three.some((call) => floor.has(call))).toBe(false);
    await floor.resume(second);
    expect(heldOnes()).toEqual([]);
    expect(phone.media.sessions.map(({ aside, conference }) => [aside, conference])).toEqual(
      three.map(() => [false, id]),
    );
  });

  it('that is held and loses members is held still, down to the last one', async () => {
    const three = [await talk('1001'), await talk('1002'), await talk('1003')];
    const [first, second, third] = three;
    if (first === undefined || second === undefined || third === undefined) throw new Error('no calls');
    await floor.merge(three);
    await floor.hold(first);
    for (const call of [first, second]) {
      call.hangup();
      await call.ended;
    }
    await expect.poll(() => third.snapshot.conferenceId).toBe(null);
    expect([heldOnes(), soundOf(2)?.aside]).toEqual([['1003'], true]);
  });

  it('is silent for a member that refuses the hold, and that is told', async () => {
    const [first, second] = [await talk('1001'), await talk('1002')];
    await floor.merge([first, second]);
    refuses = '1002';
    await floor.hold(first);
    expect([heldOnes(), problems]).toEqual([['1001'], ['call.hold-refused']]);
    expect([soundOf(0)?.aside, soundOf(1)?.aside]).toEqual([true, true]);
  });

  it('is refused to a call that nobody has answered', async () => {
    const first = await talk('1001');
    const ringing = begin(ringsOnly);
    await expect.poll(() => ringing.snapshot.state).toBe('ringing');
    await expect(floor.merge([first, ringing])).rejects.toMatchObject({
      error: { code: 'call.wrong-state' },
    });
  });
});
