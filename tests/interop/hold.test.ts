/**
 * Hold and session timers with Asterisk between two of our phones. Each says a tone of its own and the music on hold is a third, so
 * that a recording tells who was heard when. The calls run side by side, each on two extensions of its own.
 */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, type TestContext } from 'vitest';
import type { MediaEngine } from '../../engine/media/media-engine.ts';
import { AsteriskPbx, holdMusicHz } from '../support/asterisk.ts';
import { DeskPhone } from '../support/desk-phone.ts';
import { skipWhen } from '../support/skip.ts';
import { steadyTone } from '../support/steady-tone.ts';
import { testMediaThread } from '../support/test-line.ts';
import { writeWav, type Recording } from '../support/wav-file.ts';

const missing = await AsteriskPbx.missing();
const toneHz = { alice: 1_000, bob: 700 };
const heardHz = [toneHz.alice, toneHz.bob, holdMusicHz];
/** How long each state of a call lasts, and how much of its edges is not listened to: buffers and signalling pass there. */
const stepMs = 2_500;
const edgeMs = 700;
const timers = ['timers=always', 'timers_min_se=90', 'timers_sess_expires=90'];

let pbx: AsteriskPbx;
let media: MediaEngine;
let folder: string;

beforeAll(async () => {
  if (missing !== undefined) return;
  pbx = await AsteriskPbx.start({
    extensions: ['101', '102', '103', '104', '105', '106', '107', '108'],
    endpointLines: { '107': timers, '108': timers },
  });
  media = testMediaThread();
  folder = mkdtempSync(join(tmpdir(), 'sidetone-hold-'));
  for (const [name, hz] of Object.entries(toneHz))
    writeWav(join(folder, `${name}.wav`), { samples: steadyTone(hz, 8_000, 30), rate: 8_000 });
}, 300_000);
beforeEach(skipWhen(missing));
afterAll(async () => {
  await media?.close();
  await pbx?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

/** A registered phone, until the test is over. */
async function phone(
  { onTestFinished }: TestContext,
  user: string,
  says: 'alice' | 'bob',
  settings = {},
): Promise<DeskPhone> {
  const opened = await DeskPhone.open({
    account: { user, server: pbx.host, port: pbx.sipPort, transport: 'udp' },
    password: pbx.line(user).password,
    media,
    says: join(folder, `${says}.wav`),
    settings,
  });
  onTestFinished(() => opened.close());
  await opened.registered();
  return opened;
}

/** The one tone of this stretch of a recording, 0 for silence, NaN for anything else. */
function toneIn({ samples, rate }: Recording, fromMs: number, toMs: number): number {
  const part = samples.subarray((fromMs * rate) / 1000, (toMs * rate) / 1000);
  const energy = part.reduce((sum, sample) => sum + sample * sample, 0) / part.length;
  if (part.length > 0 && energy < 100 ** 2) return 0;
  const share = (hz: number) => {
    let [cosine, sine] = [0, 0];
    part.forEach((sample, at) => {
      cosine += sample * Math.cos((2 * Math.PI * hz * at) / rate);
      sine += sample * Math.sin((2 * Math.PI * hz * at) / rate);
    });
    return (2 * (cosine ** 2 + sine ** 2)) / (part.length * part.length * energy);
  };
  return heardHz.find((hz) => share(hz) > 0.8) ?? Number.NaN;
}

/** Two phones in a call, which goes through the steps; what each heard in each of them. */
async function talk(
  context: TestContext,
  [caller, callee]: readonly [string, string],
  steps: ((calls: { alice: DeskPhone; bob: DeskPhone; a: string; b: string }) => Promise<void>)[],
) {
  const [alice, bob] = [await phone(context, caller, 'alice'), await phone(context, callee, 'bob')];
  const a = await alice.dial(callee);
  const b = await bob.answer();
  await alice.reaches(a, 'connected');
  const begins = { alice: alice.find(a).answeredAt ?? 0, bob: bob.find(b).answeredAt ?? 0 };
  const times: { from: number; to: number }[] = [];
  for (const step of steps) {
    await step({ alice, bob, a, b });
    const from = Date.now() + edgeMs;
    await delay(stepMs);
    times.push({ from, to: Date.now() - edgeMs / 2 });
  }
  await alice.ask('call.hangup', { callId: a });
  await bob.reaches(b, 'ended');
  const [heardByAlice, heardByBob] = [alice.heard(), bob.heard()];
  return times.map(({ from, to }) => ({
    alice: toneIn(heardByAlice, from - begins.alice, to - begins.alice),
    bob: toneIn(heardByBob, from - begins.bob, to - begins.bob),
  }));
}

/** How many requests inside a call have refreshed its session, in either direction. */
function refreshes({ log }: DeskPhone): number {
  const messages = log.split(/(?:sent|received)\n/).map((message) => message.split(/\r?\n\r?\n/)[0] ?? '');
  const marks = [/^(?:UPDATE|INVITE) /, /^To:.*;tag=/m, /^Session-Expires: 90/m];
  return messages.filter((head) => marks.every((mark) => mark.test(head))).length;
}

const nothing = async () => undefined;
const talking = { alice: toneHz.bob, bob: toneHz.alice };

describe.concurrent('hold through Asterisk', () => {
  it('plays its music to the far side and nothing here, and gives both voices back', async (context) => {
    const heard = await talk(
      context,
      ['101', '102'],
      [
        nothing,
        async ({ alice, a, bob, b }) => {
          await alice.ask('call.hold', { callId: a });
          expect(alice.find(a).hold).toEqual({ local: true, remote: false, pending: false });
          expect(bob.find(b).hold.local).toBe(false);
        },
        ({ alice, a }) => alice.ask('call.resume', { callId: a }).then(() => undefined),
      ],
    );
    expect(heard).toEqual([talking, { alice: 0, bob: holdMusicHz }, talking]);
  });

  it('is kept when both sides hold, and each resumes in its own time', async (context) => {
    const heard = await talk(
      context,
      ['103', '104'],
      [
        ({ alice, a }) => alice.ask('call.hold', { callId: a }).then(() => undefined),
        ({ bob, b }) => bob.ask('call.hold', { callId: b }).then(() => undefined),
        ({ alice, a }) => alice.ask('call.resume', { callId: a }).then(() => undefined),
        ({ bob, b }) => bob.ask('call.resume', { callId: b }).then(() => undefined),
      ],
    );
    expect(heard).toEqual([
      { alice: 0, bob: holdMusicHz },
      { alice: 0, bob: 0 },
      { alice: holdMusicHz, bob: 0 },
      talking,
    ]);
  });

  it('may be wished and taken back faster than it is agreed to', async (context) => {
    const heard = await talk(
      context,
      ['105', '106'],
      [
        async ({ alice, a }) => {
          const asked = ['call.hold', 'call.resume', 'call.hold', 'call.resume'] as const;
          await Promise.all(asked.map((name) => alice.ask(name, { callId: a })));
          expect(alice.find(a).hold).toEqual({ local: false, remote: false, pending: false });
        },
      ],
    );
    expect(heard).toEqual([talking]);
  });
});

describe.concurrent('session timers with Asterisk', () => {
  it('are refreshed by whoever is to, and the call outlives its first interval', async (context) => {
    const caller = await phone(context, '107', 'alice', { session_timeout: 90 });
    const callee = await phone(context, '108', 'bob', { session_timeout: 90 });
    const a = await caller.dial('108');
    const b = await callee.answer();
    await caller.reaches(a, 'connected');
    await delay(95_000);
    expect(caller.find(a).state).toBe('connected');
    expect(callee.find(b).state).toBe('connected');
    // At 45 and at 90 seconds, with one or the other asking.
    for (const each of [caller, callee]) expect(refreshes(each)).toBeGreaterThanOrEqual(2);
    await caller.ask('call.hangup', { callId: a });
    await callee.reaches(b, 'ended');
  }, 150_000);
});
