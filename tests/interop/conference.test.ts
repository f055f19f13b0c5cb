/** A conference on our phone with two others behind Asterisk: each of them says a tone of its own and hears the other's. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { MediaEngine } from '../../engine/media/media-engine.ts';
import { AsteriskPbx } from '../support/asterisk.ts';
import { DeskPhone } from '../support/desk-phone.ts';
import { skipWhen } from '../support/skip.ts';
import { steadyTone } from '../support/steady-tone.ts';
import { testMediaThread } from '../support/test-line.ts';
import { writeWav, type Recording } from '../support/wav-file.ts';

const missing = await AsteriskPbx.missing();
const toneHz = { '101': 400, '102': 700, '103': 1_000 };
type User = keyof typeof toneHz;
const talkMs = 2_500;
let pbx: AsteriskPbx;
let media: MediaEngine;
let folder: string;
const phones: DeskPhone[] = [];

beforeAll(async () => {
  if (missing !== undefined) return;
  pbx = await AsteriskPbx.start();
  media = testMediaThread();
  folder = mkdtempSync(join(tmpdir(), 'sidetone-conference-'));
  for (const [user, hz] of Object.entries(toneHz))
    writeWav(join(folder, `${user}.wav`), { samples: steadyTone(hz, 8_000, 40), rate: 8_000 });
}, 300_000);
beforeEach(skipWhen(missing));
afterEach(async () => {
  await Promise.all(phones.splice(0).map((phone) => phone.close()));
});
afterAll(async () => {
  await media?.close();
  await pbx?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

async function phone(user: User): Promise<DeskPhone> {
  const opened = await DeskPhone.open({
    account: { user, server: pbx.host, port: pbx.sipPort, transport: 'udp' },
    password: pbx.line(user).password,
    media,
    says: join(folder, `${user}.wav`),
  });
  phones.push(opened);
  await opened.registered();
  return opened;
}

/** The tones in the last two seconds before the very end of a recording. */
function tonesAtTheEnd({ samples, rate }: Recording): number[] {
  const part = samples.subarray(Math.max(0, samples.length - 2.3 * rate), samples.length - 0.3 * rate);
  return Object.values(toneHz).filter((hz) => {
    let [cosine, sine] = [0, 0];
    part.forEach((sample, at) => {
      cosine += sample * Math.cos((2 * Math.PI * hz * at) / rate);
      sine += sample * Math.sin((2 * Math.PI * hz * at) / rate);
    });
    return (2 * Math.hypot(cosine, sine)) / part.length > 1_000;
  });
}

it('mixes two calls: each far side hears the other and not itself', async () => {
  const [host, bob, carol] = [await phone('101'), await phone('102'), await phone('103')];
  const first = await host.dial('102');
  const bobs = await bob.answer();
  const second = await host.dial('103');
  const carols = await carol.answer();
  await host.until('the first call to be held', () => host.find(first).hold.local);

  const { conferenceId } = await host.ask('call.merge', { callIds: [first, second] });
  expect([host.find(first), host.find(second)].map((call) => [call.conferenceId, call.hold.local])).toEqual([
    [conferenceId, false],
    [conferenceId, false],
  ]);
  await delay(talkMs + 500);
  await host.hangUpAll();
  await Promise.all([bob.reaches(bobs, 'ended'), carol.reaches(carols, 'ended')]);
  expect(tonesAtTheEnd(bob.heard())).toEqual([toneHz['103']]);
  expect(tonesAtTheEnd(carol.heard())).toEqual([toneHz['102']]);
  expect(tonesAtTheEnd(host.heard(-2))).toEqual([toneHz['102']]);
  expect(tonesAtTheEnd(host.heard(-1))).toEqual([toneHz['103']]);
});

it('swaps two calls: only one of them is heard at a time', async () => {
  const [host, bob, carol] = [await phone('101'), await phone('102'), await phone('103')];
  const first = await host.dial('102');
  const bobs = await bob.answer();
  await host.dial('103');
  const carols = await carol.answer();
  await host.until('the first call to be held', () => host.find(first).hold.local);
  await host.ask('call.resume', { callId: first });
  await delay(talkMs + 500);
  await host.hangUpAll();
  await Promise.all([bob.reaches(bobs, 'ended'), carol.reaches(carols, 'ended')]);
  expect(tonesAtTheEnd(bob.heard())).toEqual([toneHz['101']]);
  expect(tonesAtTheEnd(carol.heard())).toEqual([]);
  expect(tonesAtTheEnd(host.heard(-2))).toEqual([toneHz['102']]);
  expect(tonesAtTheEnd(host.heard(-1))).toEqual([]);
});
