/** "Talk first" with Asterisk through the whole phone: consult, then complete, before and after the other one has answered. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { MediaEngine } from '../../engine/media/media-engine.ts';
import { AsteriskPbx } from '../support/asterisk.ts';
import { DeskPhone } from '../support/desk-phone.ts';
import { skipWhen } from '../support/skip.ts';
import { steadyTone } from '../support/steady-tone.ts';
import { testMediaThread } from '../support/test-line.ts';
import { writeWav } from '../support/wav-file.ts';

const missing = await AsteriskPbx.missing();
let pbx: AsteriskPbx;
let media: MediaEngine;
let folder: string;
const phones: DeskPhone[] = [];

beforeAll(async () => {
  if (missing !== undefined) return;
  pbx = await AsteriskPbx.start();
  media = testMediaThread();
  folder = mkdtempSync(join(tmpdir(), 'sidetone-talk-first-'));
  writeWav(join(folder, 'tone.wav'), { samples: steadyTone(700, 8_000, 10), rate: 8_000 });
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

async function phone(user: string): Promise<DeskPhone> {
  const opened = await DeskPhone.open({
    account: { user, server: pbx.host, port: pbx.sipPort, transport: 'udp' },
    password: pbx.line(user).password,
    media,
    says: join(folder, 'tone.wav'),
  });
  phones.push(opened);
  await opened.registered();
  return opened;
}

for (const answersFirst of [true, false]) {
  it(`joins the two others ${answersFirst ? 'after' : 'before'} the third has answered`, async () => {
    const [host, bob, carol] = [await phone('101'), await phone('102'), await phone('103')];
    const first = await host.dial('102');
    const bobs = await bob.answer();
    const { callId: second } = await host.ask('call.consult', { callId: first, target: '103' });
    expect(host.find(second).consultationFor).toBe(first);
    await host.until('the first call to be held', () => host.find(first).hold.local);
    if (answersFirst) await carol.answer();
    else await carol.rings();
    await host.until('the far side to ring or answer', () =>
      ['ringing', 'connected'].includes(host.find(second).state),
    );
    const consulted = answersFirst ? '' : await carol.rings();
    await host.ask('call.complete-transfer', { callId: first, toCallId: second });
    if (!answersFirst) {
      // The consultation is taken back; what rings then is the transfer.
      await carol.until('the consultation to end', ({ calls }) =>
        calls.every(({ id, state }) => id !== consulted || state === 'ended'),
      );
      await carol.answer();
    }
    await host.until('both calls to be over', ({ calls }) => calls.every(({ state }) => state === 'ended'));
    // A call is logged once its sound is closed, a moment after its end.
    await host.until('the log to tell the transfer', ({ history }) =>
      history.some(({ sentence }) => /^You transferred the call to .* after/.test(sentence)),
    );
    expect([bob.find(bobs).state, carol.calls.length]).toEqual(['connected', 1]);
  });
}
