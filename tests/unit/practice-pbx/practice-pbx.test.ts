import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../engine/log.ts';
import { type PracticePbx, DataFolderBusy, startPracticePbx } from '../../../practice-pbx/practice-pbx.ts';
import { decodeWave } from '../../../practice-pbx/telephone-sound.ts';
import { compareAudio } from '../../support/audio-compare.ts';
import { type PhoneCall, type TestPhone, openTestPhone } from './test-phone.ts';

const promptsFolder = join(import.meta.dirname, '../../../resources/prompts');
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(condition: () => boolean, what: string, limitMs = 10_000): Promise<void> {
  for (const end = Date.now() + limitMs; !condition(); await sleep(20)) {
    if (Date.now() > end) throw new Error(`never came: ${what}`);
  }
}

/** Speech for the phone to say. */
function prompt(name: string): Int16Array {
  const samples = decodeWave(readFileSync(join(promptsFolder, `${name}.wav`)));
  if (samples === undefined) throw new Error(`no prompt ${name}`);
  return samples;
}

let folder = '';
let pbx: PracticePbx;
let phone: TestPhone;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'practice-'));
  pbx = await startPracticePbx({ port: 0, dataFolder: folder, promptsFolder, log: silentLogger });
  phone = await openTestPhone(pbx.port, pbx.password.reveal());
});
afterAll(async () => {
  await phone.close();
  await pbx.close();
  rmSync(folder, { recursive: true, force: true });
});

const open: PhoneCall[] = [];
afterEach(async () => {
  for (const call of open.splice(0)) await call.audio.close();
});

async function dial(number: string): Promise<PhoneCall> {
  const call = await phone.call(number);
  open.push(call);
  expect(await call.answered).toBe(200);
  return call;
}

/** Correlation of a prompt with what was heard: finds it anywhere. */
function hears(call: PhoneCall, name: string): boolean {
  const sought = prompt(name);
  const heard = Int16Array.from(call.sound.heard);
  return compareAudio(sought, heard, 8000, sought.length / 8000 - 0.02).lowest > 0.9;
}

describe('the practice registrar', () => {
  it('registers the practice extension with the password of the installation', async () => {
    expect(await phone.register()).toBe(200);
    expect(readFileSync(pbx.passwordFile, 'utf8').trim()).toBe(pbx.password.reveal());
    expect(statSync(pbx.passwordFile).mode & 0o777).toBe(0o600);
    expect(pbx.password.reveal().length).toBeGreaterThanOrEqual(20);
  });

  it('refuses a wrong password, for registrations and for calls', async () => {
    const stranger = await openTestPhone(pbx.port, 'wrong');
    try {
      expect(await stranger.register()).toBe(401);
      const call = await stranger.call('*43');
      expect(await call.answered).toBe(401);
    } finally {
      await stranger.close();
    }
  });

  it('keeps its password over a restart and keeps a second instance out of its folder', async () => {
    const options = { port: 0, dataFolder: folder, promptsFolder, log: silentLogger };
    await expect(startPracticePbx(options)).rejects.toBeInstanceOf(DataFolderBusy);
    const other = mkdtempSync(join(tmpdir(), 'practice-'));
    try {
      const first = await startPracticePbx({ ...options, dataFolder: other });
      await first.close();
      await first.close();
      const second = await startPracticePbx({ ...options, dataFolder: other });
      await second.close();
      expect(second.password.reveal()).toBe(first.password.reveal());
    } finally {
      rmSync(other, { recursive: true, force: true });
    }
  });
});

describe('a call to the practice PBX', () => {
  it.each([
    ['2345', 404],
    ['*2345', 404],
    ['1002', 486],
    ['1004', 603],
  ])('to %s is refused with %i', async (number, status) => {
    const call = await phone.call(number);
    open.push(call);
    expect(await call.answered).toBe(status);
  });

  it('to 1003 rings until it is cancelled', async () => {
    const call = await phone.call('1003');
    open.push(call);
    await until(() => call.statuses.includes(180), 'ringing');
    call.cancel();
    expect(await call.answered).toBe(487);
  });

  it('to *43 echoes the voice whole, and names a key', async () => {
    const call = await dial('*43');
    expect(call.identity).toContain('Echo test');
    const said = prompt('attendant-menu').subarray(0, 5 * 8000);
    call.sound.say(said);
    await sleep(5_600);
    const comparison = compareAudio(said, Int16Array.from(call.sound.heard), 8000, 1);
    expect(comparison.windows.length).toBeGreaterThanOrEqual(4);
    expect(comparison.lowest).toBeGreaterThan(0.98);
    expect(comparison.gaps).toEqual([]);
    call.press('5');
    await sleep(1_800);
    expect(hears(call, 'number-5')).toBe(true);
    await call.hangUp();
  });

  it('takes keys by SIP INFO too, and refuses an INFO that holds none', async () => {
    const call = await dial('*43');
    expect(await call.info('7')).toBe(200);
    expect(await call.info('x')).toBe(415);
    await sleep(1_800);
    expect(hears(call, 'number-7')).toBe(true);
    await call.hangUp();
  });

  it('to 0 obeys keys while it still speaks: 3 goes to the echo test', async () => {
    const call = await dial('0');
    await until(() => call.sound.rmsOfLast(200) > 300, 'the welcome');
    call.press('3');
    await sleep(700);
    const said = prompt('operator-calling').subarray(0, 2 * 8000);
    const before = call.sound.heard.length;
    call.sound.say(said);
    await sleep(2_500);
    const heard = Int16Array.from(call.sound.heard.slice(before));
    expect(compareAudio(said, heard, 8000, 1).lowest).toBeGreaterThan(0.98);
    await call.hangUp();
  });

  it('to *60 hears a tone at the very ten seconds', async () => {
    const call = await dial('*60');
    await sleep(17_000);
    const heard = Int16Array.from(call.sound.heard);
    const tone = Int16Array.from({ length: 3200 }, (_, n) => 8000 * Math.sin((2 * Math.PI * n) / 8));
    expect(compareAudio(tone, heard, 8000, 0.3).lowest).toBeGreaterThan(0.9);
    await call.hangUp();
  }, 30_000);

  it('leaves a message for *1000 that *97 plays after the PIN, and deletes with 7', async () => {
    const words = prompt('operator-calls-back').subarray(0, 4 * 8000);
    const taking = await dial('*1000');
    taking.press('#');
    await sleep(1_000);
    taking.sound.say(words);
    await sleep(4_400);
    await taking.hangUp();
    const box = join(folder, 'mailboxes', '1000');
    await until(() => readdirSync(box).some((name) => name.endsWith('.json')), 'the message on disk', 2_000);
    expect(
      readdirSync(box)
        .map((name) => name.replace(/.*\./, ''))
        .sort(),
    ).toEqual(['json', 'wav']);

    const listening = await dial('*97');
    listening.press('1000#');
    await sleep(1_500);
    listening.press('1');
    await sleep(12_000);
    const heard = Int16Array.from(listening.sound.heard);
    expect(compareAudio(words.subarray(4000, 24_000), heard, 8000, 1).lowest).toBeGreaterThan(0.95);
    listening.press('7');
    await until(() => readdirSync(box).length === 0, 'deletion', 2_000);
    await listening.hangUp();
  }, 40_000);

  it('refuses a wrong PIN three times and hangs up', async () => {
    const call = await dial('*97');
    for (let attempt = 0; attempt < 3; attempt++) {
      call.press('9999');
      await sleep(1_000);
    }
    await call.ended;
    expect(hears(call, 'wrong-pin')).toBe(true);
  });

  it('to 1001 is called back by the operator after both have hung up', async () => {
    expect(await phone.register()).toBe(200);
    const call = await dial('1001');
    expect(call.statuses).toContain(180);
    await sleep(500);
    await call.hangUp();
    const hungUpAt = Date.now();
    const incoming = await phone.nextCall();
    expect(Date.now() - hungUpAt).toBeGreaterThan(2_500);
    expect(incoming.from).toBe('Operator <1001>');
    const answered = await incoming.answer();
    open.push(answered);
    await answered.ended;
    expect(hears(answered, 'operator-calling')).toBe(true);
  }, 40_000);

  it('stops ringing the phone that did not answer first', async () => {
    const second = await openTestPhone(pbx.port, pbx.password.reveal());
    try {
      expect(await phone.register()).toBe(200);
      expect(await second.register()).toBe(200);
      const call = await dial('1001');
      await call.hangUp();
      const [one, other] = await Promise.all([phone.nextCall(), second.nextCall()]);
      const cancelled = new Promise<string>((resolve) => {
        other.request.delegate = {
          onCancel: (message) => {
            other.request.reject({ statusCode: 487 });
            resolve(message.getHeader('Reason') ?? '');
          },
        };
      });
      const answered = await one.answer();
      open.push(answered);
      expect(await cancelled).toContain('elsewhere');
      await until(() => answered.sound.rmsOfLast(200) > 300, 'the operator');
      await answered.hangUp();
      expect(await second.register(0)).toBe(200);
    } finally {
      await second.close();
    }
  }, 30_000);
});

describe('closing the practice PBX', () => {
  it('ends the calls that are open', async () => {
    const own = mkdtempSync(join(tmpdir(), 'practice-'));
    const small = await startPracticePbx({ port: 0, dataFolder: own, promptsFolder, log: silentLogger });
    const caller = await openTestPhone(small.port, small.password.reveal());
    try {
      const calls = [await caller.call('*43'), await caller.call('0'), await caller.call('1003')];
      expect(await calls[0]?.answered).toBe(200);
      expect(await calls[1]?.answered).toBe(200);
      await sleep(100);
      await small.close();
      await calls[0]?.ended;
      await calls[1]?.ended;
      expect(await calls[2]?.answered).toBe(480);
    } finally {
      await caller.close();
      rmSync(own, { recursive: true, force: true });
    }
  });
});
