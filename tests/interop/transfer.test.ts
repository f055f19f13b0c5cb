/** Transfers with Asterisk between our phones: from us, and to us; the command line as the one who asks. */
import { rmSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AccountLine } from '../../engine/account-line.ts';
import type { MediaEngine } from '../../engine/media/media-engine.ts';
import type { Call } from '../../engine/sip/call.ts';
import { partyOfUri } from '../../engine/sip/party.ts';
import { AsteriskPbx } from '../support/asterisk.ts';
import { sidetone } from '../support/sidetone.ts';
import { skipWhen } from '../support/skip.ts';
import { registeredWithin, testLine, testMediaThread } from '../support/test-line.ts';

const missing = await AsteriskPbx.missing();
const silence = { source: { kind: 'silence' }, sink: { kind: 'none' } } as const;
/** Answers, and sends the caller on to 103. */
const dialplan = `exten => 710,1,Answer()
 same => n,Wait(1)
 same => n,Transfer(PJSIP/sip:103@\${CHANNEL(pjsip,local_addr)})
 same => n,Wait(10)
`;
let pbx: AsteriskPbx;
let media: MediaEngine;
let home: string;
const lines: AccountLine[] = [];

beforeAll(async () => {
  if (missing !== undefined) return;
  pbx = await AsteriskPbx.start({ dialplan });
  media = testMediaThread();
  home = mkdtempSync(join(tmpdir(), 'sidetone-transfer-'));
}, 300_000);
beforeEach(skipWhen(missing));
afterEach(async () => {
  await Promise.all(lines.splice(0).map((line) => line.close()));
});
afterAll(async () => {
  await media?.close();
  await pbx?.close();
  if (home !== undefined) rmSync(home, { recursive: true, force: true });
});

/** A registered phone. With `answers` it takes every call at once; its calls are kept in order. */
async function phone(user: string, answers = true): Promise<{ line: AccountLine; taken: Call[] }> {
  const { host, sipPort } = pbx;
  const line = testLine({ host, port: sipPort, user, password: pbx.line(user).password, media });
  lines.push(line);
  const taken: Call[] = [];
  line.userAgent.on('incoming', (call) => {
    taken.push(call);
    if (answers) call.answer(silence).catch(() => undefined);
  });
  expect(await registeredWithin(line, 3)).toBe(true);
  return { line, taken };
}

async function talk({ line }: { line: AccountLine }, to: string): Promise<Call> {
  const call = line.userAgent.call(to, {
    id: `${to}-${lines.length}-${Math.floor(performance.now())}`,
    ...silence,
  });
  await expect.poll(() => call.snapshot.state, { timeout: 10_000 }).toBe('connected');
  return call;
}

const blind = (call: Call, line: AccountLine, to: string) => {
  const { address } = line.userAgent.addressOf(to);
  return call.transfer.blind(address, partyOfUri(address));
};

/** The two calls are bridged: sound goes from one to the other. */
async function areJoined(one: Call | undefined, other: Call | undefined): Promise<void> {
  if (one === undefined || other === undefined) throw new Error('no call');
  await expect.poll(() => [one.snapshot.state, other.snapshot.state]).toEqual(['connected', 'connected']);
  const heard = new Promise<void>((resolve) => {
    other.on((event) => {
      if (event.type === 'digit' && event.direction === 'received' && event.digit === '5') resolve();
    });
  });
  // A bridge may take a moment after the answer.
  await delay(500);
  one.sendDigits('5');
  await heard;
}

describe('a transfer that we ask for', () => {
  it('blind: the far side talks to the third, and our call ends as transferred', async () => {
    const [alice, bob, carol] = [await phone('101'), await phone('102'), await phone('103')];
    const call = await talk(alice, '102');
    await blind(call, alice.line, '103');
    await call.ended;
    expect(call.snapshot.transfer?.state).toBe('done');
    expect(call.snapshot.end?.sentence).toMatch(/^You transferred the call to 103/);
    await areJoined(bob.taken[0], carol.taken[0]);
  });

  it('blind, to a number that does not exist: the report says so, and the call goes on', async () => {
    const [alice, bob] = [await phone('101'), await phone('102')];
    const call = await talk(alice, '102');
    await blind(call, alice.line, '777');
    await expect.poll(() => call.snapshot.transfer?.state).toBe('refused');
    await expect.poll(() => call.snapshot.hold).toMatchObject({ local: false, pending: false });
    expect(call.snapshot.transfer?.sentence).toMatch(/777.*; you are still connected\.$/);
    await areJoined(call, bob.taken[0]);
  });

  it('attended: the two far sides talk to each other, and both our calls end', async () => {
    const [alice, bob, carol] = [await phone('101'), await phone('102'), await phone('103')];
    const first = await talk(alice, '102');
    await first.hold();
    const second = await talk(alice, '103');
    await first.transfer.attended(second.transfer);
    await Promise.all([first.ended, second.ended]);
    for (const { snapshot } of [first, second])
      expect(snapshot.end?.sentence).toMatch(/^You transferred the call/);
    await areJoined(bob.taken[0], carol.taken[0]);
  });

  it('attended, the other way round: a call that came in is joined to one that we made', async () => {
    const [alice, bob, carol] = [await phone('101'), await phone('102'), await phone('103')];
    const asked = await talk(bob, '101');
    await expect.poll(() => alice.taken[0]?.snapshot.state).toBe('connected');
    const incoming = alice.taken[0];
    if (incoming === undefined) throw new Error('no call came');
    await incoming.hold();
    const second = await talk(alice, '103');
    await second.transfer.attended(incoming.transfer);
    await Promise.all([incoming.ended, second.ended]);
    await areJoined(asked, carol.taken[0]);
  });
});

describe('a transfer that Asterisk asks for', () => {
  it('is followed: we call the third, and the old call ends as transferred', async () => {
    const [alice, carol] = [await phone('101'), await phone('103')];
    const made: Call[] = [];
    const { userAgent } = alice.line;
    userAgent.on('referred', (referral) => {
      made.push(userAgent.callReferred(referral, { id: 'referred', ...silence }));
    });
    const call = await talk(alice, '710');
    await call.ended;
    expect(call.snapshot.end?.sentence).toMatch(/^710 transferred you to 103/);
    await areJoined(made[0], carol.taken[0]);
  });
});

describe('the command line', () => {
  const login = (user: string) => ['--server', `${pbx.host}:${pbx.sipPort}`, '--user', user];
  const run = (user: string, args: string[]) =>
    sidetone([...args, ...login(user)], { home, password: pbx.line(user).password });

  it.each([
    ['--transfer', 'blind'],
    ['--transfer-to-call', 'attended'],
  ])('hands a call over with %s and ends with success', async (option, kind) => {
    const [bob, carol] = [await phone('102'), await phone('103')];
    const tool = run('101', ['call', '102', option, '103', '--transfer-after', '1']);
    expect(await tool.exited).toBe(0);
    const told = tool.of('transfer').map(({ state }) => state);
    expect(told[0]).toBe('asking');
    expect(told.at(-1)).toBe('done');
    expect(tool.of('transfer')[0]).toMatchObject({ kind });
    await areJoined(bob.taken[0], carol.taken[0]);
  });

  it('follows a transfer', async () => {
    const carol = await phone('103');
    const tool = run('101', ['call', '710', '--for', '3']);
    await tool.waitFor(
      ({ event, state, remote }) => event === 'call' && state === 'connected' && /:103@/.test(String(remote)),
    );
    await expect.poll(() => carol.taken[0]?.snapshot.state).toBe('connected');
    expect(await tool.exited).toBe(0);
  });

  it('holds a call and takes it off hold again', async () => {
    await phone('102');
    const tool = run('101', ['call', '102', '--hold-after', '1', '--hold-for', '1', '--for', '4']);
    expect(await tool.exited).toBe(0);
    expect(tool.of('hold').map(({ local }) => local)).toEqual([true, false]);
  });
});
