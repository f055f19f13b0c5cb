/** What lies beside calls, with a real Asterisk: lamps and pick-up, message waiting, texts, call forwarding, `sidetone watch`. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { MediaEngine } from '../../engine/media/media-engine.ts';
import { AsteriskPbx } from '../support/asterisk.ts';
import { DeskPhone } from '../support/desk-phone.ts';
import { sidetone } from '../support/sidetone.ts';
import { skipWhen } from '../support/skip.ts';
import { speech } from '../support/speech.ts';
import { testMediaThread } from '../support/test-line.ts';

const missing = await AsteriskPbx.missing();

describe('beside calls, with Asterisk', () => {
  let pbx: AsteriskPbx;
  let media: MediaEngine;
  /** 101 watches 102 and 103. */
  let one: DeskPhone;
  let two: DeskPhone;
  let three: DeskPhone;

  const open = async (user: string, lamps: string[] = []) => {
    const phone = await DeskPhone.open({
      account: { user, server: pbx.host, port: pbx.sipPort, transport: 'udp' },
      password: pbx.line(user).password,
      media,
      says: (await speech({ seconds: 30, rate: 8000 })).path,
      settings: { lamps: lamps.map((number) => ({ number, label: number, account_id: '' })) },
    });
    await phone.until('registration', () => phone.account.registration.state === 'registered');
    return phone;
  };

  beforeAll(async () => {
    if (missing !== undefined) return;
    pbx = await AsteriskPbx.start();
    media = testMediaThread();
    two = await open('102');
    three = await open('103');
    one = await open('101', ['102', '103', '999']);
  }, 180_000);
  beforeEach(skipWhen(missing));
  afterAll(async () => {
    if (missing !== undefined) return;
    for (const phone of [one, two, three]) await phone.close();
    await media.close();
    await pbx.close();
  }, 60_000);

  const lamp = (number: string) => one.snapshot.lamps.find((each) => each.number === number);
  const lampIs = (number: string, state: string) =>
    one.until(`lamp ${number} to be ${state}`, () => lamp(number)?.state === state);

  it('a lamp follows an extension from idle over ringing and busy to hold and back', async () => {
    await lampIs('102', 'idle');
    expect(lamp('102')).toMatchObject({ presence: 'available', reason: '' });
    const callId = await three.dial('102');
    await two.rings();
    await lampIs('102', 'ringing');
    expect(lamp('102')?.canPickUp).toBe(true);
    await two.answer();
    await lampIs('102', 'busy');
    await one.until('presence to follow', () => lamp('102')?.presence === 'busy');
    const held = two.calls[0]?.id ?? '';
    await two.ask('call.hold', { callId: held });
    // Asterisk calls the one held who hears the music.
    await lampIs('103', 'held');
    expect(lamp('102')?.state).toBe('busy');
    await two.ask('call.hangup', { callId: held });
    await three.reaches(callId, 'ended');
    await lampIs('102', 'idle');
    await lampIs('103', 'idle');
  }, 60_000);

  it('an extension without a hint says so', async () => {
    await one.until('a reason', () => lamp('999')?.reason !== '');
    expect(lamp('999')).toMatchObject({
      state: 'unknown',
      reason: 'The PBX does not tell about 999 (404 Not Found).',
    });
  });

  it('a ringing call is picked up from the lamp', async () => {
    const callId = await three.dial('102');
    await lampIs('102', 'ringing');
    const { callId: picked } = await one.ask('lamp.pick-up', { number: '102' });
    await one.reaches(picked, 'connected');
    await three.reaches(callId, 'connected');
    await two.until('the ringing to end', () => two.calls.length === 0);
    await one.ask('call.hangup', { callId: picked });
    await three.reaches(callId, 'ended');
  }, 60_000);

  it('the message light goes on with a message, with its count', async () => {
    await two.until('a mailbox', () => two.account.mailbox !== null);
    expect(two.account.mailbox).toEqual({ waiting: false, new: 0, old: 0 });
    const callId = await three.dial('*102');
    await three.reaches(callId, 'connected');
    // The announcement is cut short by the key; after the tone some seconds are recorded.
    await delay(1_500);
    await three.ask('call.digits', { callId, digits: '#' });
    await delay(4_000);
    await three.ask('call.hangup', { callId });
    await two.until('the light', () => two.account.mailbox?.waiting === true);
    expect(two.account.mailbox).toEqual({ waiting: true, new: 1, old: 0 });
  }, 60_000);

  it('a text goes from one extension to another', async () => {
    await one.ask('text.send', { target: '102', text: 'Grüße, 10 Uhr ☕' });
    await two.until('the text', ({ texts }) => texts.length > 0);
    expect(two.snapshot.texts[0]).toMatchObject({
      text: 'Grüße, 10 Uhr ☕',
      direction: 'incoming',
      remote: { number: '101' },
    });
    await one.until('the answer', ({ texts }) => texts[0]?.state === 'sent');
  });

  it('forwarding is set and ended by the feature codes', async () => {
    const accountId = two.account.id;
    await two.ask('account.forward', { accountId, when: 'always', to: '103' });
    expect(two.snapshot.settings.accounts[0]?.forward.always).toBe('103');
    const callId = await one.dial('102');
    await three.rings();
    expect(two.calls).toEqual([]);
    await one.ask('call.hangup', { callId });
    await two.ask('account.forward', { accountId, when: 'always', to: '' });
    await one.until('the call to be over', () => one.calls.length === 0);
    const again = await one.dial('102');
    await two.rings();
    await one.ask('call.hangup', { callId: again });
    await expect(two.ask('account.forward', { accountId, when: 'busy', to: '103' })).rejects.toThrow(
      'The PBX did not take *90103.',
    );
  }, 60_000);

  it('`sidetone watch` prints lamps, presence and the mailbox, and ends after --for', async () => {
    const args = [
      'watch',
      '102',
      '999',
      '--server',
      `${pbx.host}:${pbx.sipPort}`,
      '--user',
      '104',
      '--for',
      '6',
    ];
    const run = sidetone(args, { password: pbx.line('104').password });
    await run.waitFor(({ event, state }) => event === 'lamp' && state === 'idle');
    await run.waitFor(({ event, presence }) => event === 'presence' && presence === 'available');
    await run.waitFor(({ event }) => event === 'mailbox');
    await run.waitFor(({ event, number, reason }) => event === 'lamp' && number === '999' && reason !== '');
    const callId = await three.dial('102');
    await run.waitFor(({ event, state }) => event === 'lamp' && state === 'ringing');
    await three.ask('call.hangup', { callId });
    expect(await run.exited).toBe(0);
    expect(run.strayLines).toEqual([]);
    expect(run.stderr).toContain('102 is free.');
    expect(run.of('lamp').at(-1)?.['state']).not.toBe('unknown');
  }, 60_000);
});
