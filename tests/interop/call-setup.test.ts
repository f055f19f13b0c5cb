/**
 * Calls set up through Asterisk 22: reliable provisional answers, early media, forks, redirects, auto-answer, privacy, the
 * connected party, and keys in each of Asterisk's ways to take them.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { defaultSettings } from '../../contract/settings.ts';
import type { AccountLine } from '../../engine/account-line.ts';
import type { MediaEngine } from '../../engine/media/media-engine.ts';
import type { Call } from '../../engine/sip/call.ts';
import type { CallListenerEvent } from '../../engine/sip/call-environment.ts';
import { AsteriskPbx } from '../support/asterisk.ts';
import { skipWhen } from '../support/skip.ts';
import type { TestLineOptions } from '../support/test-line.ts';
import { registeredWithin, testLine, testMediaThread } from '../support/test-line.ts';

const sixteenKeys = '1234567890*#ABCD';
const silence = { source: { kind: 'silence' }, sink: { kind: 'none' } } as const;
const missing = await AsteriskPbx.missing();
let pbx: AsteriskPbx;
let media: MediaEngine;
const lines: AccountLine[] = [];

/**
 * 701 plays early and never answers · 702 rings 103 and 104 · 703 answers with a 302 to 600 · 704 pages 103 · 705 rings 103 for somebody
 * unknown · 706 rings 109 · 707 hands the caller on to the reception after a second.
 */
const dialplan = String.raw`exten => 701,1,Progress()
 same => n,Playtones(425)
 same => n,Wait(20)
 same => n,Hangup(17)
exten => 702,1,Dial(PJSIP/103&PJSIP/104,20)
exten => 703,1,Transfer(PJSIP/sip:600@\${CHANNEL(pjsip,local_addr)})
exten => 704,1,Dial(PJSIP/103,20,b(page^s^1))
exten => 705,1,Set(CALLERID(pres)=prohib)
 same => n,Dial(PJSIP/103,20)
exten => 706,1,Dial(PJSIP/109,20)
exten => 707,1,Answer()
 same => n,Wait(1)
 same => n,Set(CONNECTEDLINE(name,i)=Reception)
 same => n,Set(CONNECTEDLINE(num)=100)
 same => n,Wait(20)
[page]
exten => s,1,Set(PJSIP_HEADER(add,Call-Info)=<sip:pbx>\;answer-after=0)
 same => n,Return()
`.replaceAll('\\$', '$');

beforeAll(async () => {
  if (missing !== undefined) return;
  pbx = await AsteriskPbx.start({
    extensions: ['101', '102', '103', '104', '107', '108', '109'],
    endpointLines: {
      '101': ['send_pai=yes'],
      '103': ['send_pai=yes'],
      '107': ['dtmf_mode=info'],
      '108': ['dtmf_mode=inband'],
      // No caller ID of its own: who calls is what the phone says.
      '109': ['100rel=required', 'callerid=', 'identify_by=auth_username,username'],
    },
    dialplan,
  });
  media = testMediaThread();
}, 300_000);
beforeEach(skipWhen(missing));
afterEach(async () => {
  await Promise.all(lines.splice(0).map((line) => line.close()));
});
afterAll(async () => {
  await media?.close();
  await pbx?.close();
});

/** A phone at one of the PBX's extensions, registered. */
async function phoneAt(user: string, change: Partial<TestLineOptions> = {}): Promise<AccountLine> {
  const { password } = pbx.line(user);
  const line = testLine({ host: pbx.host, port: pbx.sipPort, user, password, media, ...change });
  lines.push(line);
  expect(await registeredWithin(line, 3)).toBe(true);
  return line;
}

function dial(line: AccountLine, target: string): { call: Call; events: CallListenerEvent[] } {
  const call = line.userAgent.call(target, { id: randomUUID(), ...silence });
  const events: CallListenerEvent[] = [];
  call.on((event) => events.push(event));
  return { call, events };
}

const incomingAt = (line: AccountLine) =>
  new Promise<Call>((resolve) => line.userAgent.on('incoming', resolve));
const stateOf = (call: Call) => expect.poll(() => call.snapshot.state, { timeout: 10_000 });

describe('provisional answers', () => {
  it('go reliably both ways where the endpoint requires that', async () => {
    const log: string[] = [];
    const line = await phoneAt('109', { sink: (_level, _module, message) => void log.push(message) });
    const { call } = dial(line, '701');
    await stateOf(call).toBe('early');
    expect(log.some((text) => /^sent\nPRACK /.test(text))).toBe(true);
    await expect
      .poll(() => log.some((text) => /^received\nSIP\/2\.0 200 OK[^]*CSeq: \d+ PRACK/.test(text)))
      .toBe(true);
    call.hangup();
    await call.released;

    const ringing = incomingAt(line);
    const caller = dial(await phoneAt('101'), '706');
    const incoming = await ringing;
    await stateOf(caller.call).toBe('ringing');
    await expect.poll(() => log.some((text) => /^received\nPRACK /.test(text))).toBe(true);
    await incoming.answer(silence);
    await stateOf(incoming).toBe('connected');
    await stateOf(caller.call).toBe('connected');
    caller.call.hangup();
    await incoming.ended;
  }, 40_000);

  it('carry early media', async () => {
    const { call, events } = dial(await phoneAt('101'), '701');
    await stateOf(call).toBe('early');
    await expect
      .poll(() => events.some((event) => event.type === 'levels' && event.speakerDb > -40), {
        timeout: 5_000,
      })
      .toBe(true);
    expect(call.snapshot.answeredAt).toBeNull();
    call.hangup();
    await call.released;
    await expect.poll(() => pbx.channelCount('101')).toBe(0);
  }, 40_000);
});

it('rings two phones, and the one that was too late was answered elsewhere', async () => {
  const [first, second] = [await phoneAt('103'), await phoneAt('104')];
  const both = Promise.all([incomingAt(first), incomingAt(second)]);
  const { call } = dial(await phoneAt('101'), '702');
  const [taken, late] = await both;
  await taken.answer(silence);
  await stateOf(call).toBe('connected');
  await late.ended;
  expect(late.snapshot.end).toMatchObject({ by: 'there', answeredElsewhere: true });
  call.hangup();
  await taken.ended;
  expect(taken.snapshot.end?.by).toBe('there');
}, 40_000);

it('follows a 302', async () => {
  const settings = structuredClone(defaultSettings);
  settings.calls.redirects = 'automatic';
  const { call } = dial(await phoneAt('101', { settings }), '703');
  await stateOf(call).toBe('connected');
  expect(call.snapshot.remote.number).toBe('600');
  expect(call.snapshot.referredBy?.number).toBe('703');
  call.hangup();
  await call.released;
}, 40_000);

it('hears that it is being paged', async () => {
  const ringing = incomingAt(await phoneAt('103'));
  const { call } = dial(await phoneAt('101'), '704');
  const incoming = await ringing;
  expect(incoming.autoAnswerSeconds).toBe(0);
  await incoming.answer(silence, { byItself: true });
  await stateOf(call).toBe('connected');
  call.hangup();
  await incoming.ended;
}, 40_000);

it('shows who calls, and nobody for one who does not want to be known', async () => {
  const [caller, callee] = [await phoneAt('101'), await phoneAt('103')];
  const plain = incomingAt(callee);
  const first = dial(caller, '103');
  const known = await plain;
  expect(known.snapshot.remote).toMatchObject({ number: '101', name: 'Extension 101' });
  await known.answer(silence);
  await stateOf(first.call).toBe('connected');
  first.call.hangup();
  await known.ended;

  const hidden = incomingAt(callee);
  const second = dial(caller, '705');
  const unknown = await hidden;
  expect(unknown.snapshot.remote).toMatchObject({ number: '', name: 'Anonymous' });
  second.call.hangup();
  await unknown.ended;
}, 40_000);

it('shows whom the PBX has handed it on to', async () => {
  const { call } = dial(await phoneAt('101'), '707');
  await stateOf(call).toBe('connected');
  expect(call.snapshot.remote.number).toBe('707');
  await expect
    .poll(() => call.snapshot.remote, { timeout: 5_000 })
    .toMatchObject({ number: '100', name: 'Reception' });
  call.hangup();
  await call.released;
}, 40_000);

it('calls without saying who calls', async () => {
  const ringing = incomingAt(await phoneAt('103'));
  const { call } = dial(await phoneAt('109', { anonymous: true }), '103');
  const incoming = await ringing;
  expect(incoming.snapshot.remote).toMatchObject({ number: '', name: 'Anonymous' });
  call.hangup();
  await incoming.ended;
}, 40_000);

it('sends a ringing call elsewhere', async () => {
  const [first, second] = [await phoneAt('103'), await phoneAt('104')];
  const [ringing, next] = [incomingAt(first), incomingAt(second)];
  const { call } = dial(await phoneAt('101'), '103');
  const deflected = await ringing;
  deflected.deflect(`sip:104@${pbx.host}:${pbx.sipPort}`);
  const arrived = await next;
  expect(arrived.snapshot.referredBy?.number).toBe('103');
  call.hangup();
  await arrived.ended;
}, 40_000);

describe('keys', () => {
  it.each([
    ['101', 'rfc4733', true],
    ['107', 'info', true],
    ['108', 'inband', false],
  ] as const)(
    'reach extension %s as %s, 16 of 16',
    async (extension, method, fallback) => {
      const settings = structuredClone(defaultSettings);
      settings.dtmf.sip_info_fallback = fallback;
      const line = await phoneAt(extension, { settings });
      const mark = pbx.logMark();
      const { call, events } = dial(line, '603');
      await stateOf(call).toBe('connected');
      expect(call.snapshot.dtmfMethod).toBe(method);
      await delay(500);
      call.sendDigits(sixteenKeys);
      expect(await pbx.dtmfDigits({ after: mark, limitMs: 20_000 })).toBe(sixteenKeys);
      const sent = events.flatMap((event) => (event.type === 'digit' ? [event] : []));
      expect(sent.map(({ digit }) => digit).join('')).toBe(sixteenKeys);
      expect(new Set(sent.map((event) => event.method))).toEqual(new Set([method]));
      call.hangup();
      await call.released;
    },
    40_000,
  );
});
