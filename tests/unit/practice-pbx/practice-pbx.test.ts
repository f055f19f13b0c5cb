import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

/**
 * The share of tenths of a second of `said` that are in `heard`, in their place give or take what a busy machine shifts. Sound that
 * is another's has a share of about 0.1; a busy machine may tear many windows, and script-runner.test.ts proves that the PBX
 * itself loses no frame.
 */
function share(said: Int16Array, heard: Int16Array): number {
  const { windows } = compareAudio(said, heard, 8000, 0.1, { slackSeconds: 0.5 });
  const correlations = windows.flatMap(({ correlation }) => correlation ?? []);
  return correlations.filter((correlation) => correlation > 0.9).length / correlations.length;
}
const enough = 0.35;

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

async function dial(number: string): Promise<PhoneCall> {
  const call = await phone.call(number);
  expect(await call.answered).toBe(200);
  return call;
}

/** Whether a prompt is in what was heard, anywhere. */
function hears(call: PhoneCall, name: string): boolean {
  const sought = prompt(name);
  const heard = Int16Array.from(call.sound.heard);
  return share(sought, heard) > enough;
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
    expect(await call.answered).toBe(status);
  });

  it('to 1003 rings until it is cancelled', async () => {
    const call = await phone.call('1003');
    await until(() => call.statuses.includes(180), 'ringing');
    call.cancel();
    expect(await call.answered).toBe(487);
  });

  it('to 1001 ends when it is cancelled while it rings, and brings no call back', async () => {
    expect(await phone.register()).toBe(200);
    const call = await phone.call('1001');
    await until(() => call.statuses.includes(180), 'ringing');
    call.cancel();
    expect(await call.answered).toBe(487);
  });
});

// All at once: the PBX takes several calls. What was heard is compared afterwards, so that the arithmetic disturbs no packet.
describe('services of the practice PBX, five calls at once', () => {
  const hearing = (call: PhoneCall) => Int16Array.from(call.sound.heard);
  const words = () => prompt('attendant-menu').subarray(0, 5 * 8000);
  const message = () => prompt('message-menu').subarray(0, 4 * 8000);
  let echo: PhoneCall;
  let clock: PhoneCall;
  let attendant: PhoneCall;
  let attendantEcho: Int16Array;
  let mailbox: PhoneCall;
  let files: string[];
  let intruder: PhoneCall;
  const box = () => join(folder, 'mailboxes', '1000');

  async function tryEcho() {
    echo = await dial('*43');
    echo.sound.say(words());
    await sleep(5_600);
    await echo.hangUp();
  }
  async function tryAttendant() {
    attendant = await dial('0');
    await until(() => attendant.sound.rmsOfLast(200) > 300, 'the welcome');
    attendant.press('3');
    await sleep(700);
    const before = attendant.sound.heard.length;
    attendant.sound.say(message());
    await sleep(4_500);
    attendantEcho = hearing(attendant).slice(before);
    await attendant.hangUp();
  }
  async function tryClock() {
    clock = await dial('*60');
    await sleep(17_000);
    await clock.hangUp();
  }
  async function tryMailbox() {
    const taking = await dial('*1000');
    taking.press('#');
    await sleep(1_000);
    taking.sound.say(message());
    await sleep(4_400);
    await taking.hangUp();
    await until(
      () => readdirSync(box()).some((name) => name.endsWith('.json')),
      'the message on disk',
      2_000,
    );
    files = readdirSync(box()).map((name) => name.replace(/.*\./, ''));
    mailbox = await dial('*97');
    mailbox.press('1000#');
    await sleep(1_500);
    mailbox.press('1');
    await sleep(12_000);
    mailbox.press('7');
    await until(() => readdirSync(box()).length === 0, 'deletion', 2_000);
    await mailbox.hangUp();
  }
  async function tryWrongPin() {
    intruder = await dial('*97');
    for (let attempt = 0; attempt < 3; attempt++) {
      intruder.press('9999');
      await sleep(1_000);
    }
    await intruder.ended;
  }
  beforeAll(async () => {
    await Promise.all([tryEcho(), tryAttendant(), tryClock(), tryMailbox(), tryWrongPin()]);
  }, 60_000);

  it('*43 echoes the voice whole', () => {
    expect(echo.identity).toContain('Echo test');
    expect(share(words(), hearing(echo).subarray(0, 6 * 8000))).toBeGreaterThan(enough);
  });

  it('0 obeys keys while it still speaks: 3 goes to the echo test', () => {
    expect(share(message(), attendantEcho)).toBeGreaterThan(enough);
    expect(share(prompt('operator-calling'), attendantEcho)).toBeLessThan(0.2);
  });

  it('*60 sounds its tone', () => {
    const tone = Int16Array.from({ length: 3200 }, (_, n) => 8000 * Math.sin((2 * Math.PI * n) / 8));
    expect(share(tone, hearing(clock))).toBeGreaterThan(0.5);
  });

  it('*1000 takes a message that *97 plays after the PIN, and deletes with 7', () => {
    expect(files.sort()).toEqual(['json', 'wav']);
    const part = message().subarray(4000, 24_000);
    expect(share(part, hearing(mailbox))).toBeGreaterThan(enough);
  });

  it('*97 refuses a wrong PIN three times and hangs up', () => {
    expect(hears(intruder, 'wrong-pin')).toBe(true);
    expect(hears(intruder, 'mailbox-menu')).toBe(false);
  });
});

// A word is short: a busy machine may tear it.
describe('the echo test', { retry: 3 }, () => {
  it('names a key that came by RFC 4733', async () => {
    const call = await dial('*43');
    call.press('5');
    await sleep(2_500);
    await call.hangUp();
    expect(hears(call, 'number-5')).toBe(true);
    expect(hears(call, 'number-7')).toBe(false);
  });

  it('names a key that came by SIP INFO, and refuses an INFO without one', async () => {
    const call = await dial('*43');
    expect(await call.info('x')).toBe(415);
    expect(await call.info('7')).toBe(200);
    await sleep(2_500);
    await call.hangUp();
    expect(hears(call, 'number-7')).toBe(true);
  });
});

describe('a call that is held', () => {
  it('is silent, and goes on when it is taken back', async () => {
    const call = await dial('0');
    await until(() => call.sound.rmsOfLast(200) > 300, 'the welcome');
    expect(await call.change('inactive')).toBe(200);
    await sleep(400);
    expect(call.sound.rmsOfLast(100)).toBeLessThan(20);
    expect(await call.change('sendrecv')).toBe(200);
    await until(() => call.sound.rmsOfLast(200) > 300, 'the menu again');
    await call.hangUp();
  });
});

describe('the operator', () => {
  it('calls back after both have hung up', async () => {
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
  it('leaves no socket and no timer behind', async () => {
    const count = () =>
      process.getActiveResourcesInfo().filter((name) => /UDPWrap|Timeout/.test(name)).length;
    const own = mkdtempSync(join(tmpdir(), 'practice-'));
    const before = count();
    const small = await startPracticePbx({ port: 0, dataFolder: own, promptsFolder, log: silentLogger });
    const caller = await openTestPhone(small.port, small.password.reveal());
    await caller.register();
    const operator = await caller.call('1001');
    await operator.answered;
    const ringing = await caller.call('1003');
    await operator.hangUp();
    await sleep(200);
    await caller.close();
    expect(count()).toBeGreaterThan(before);
    await small.close();
    await sleep(50);
    expect(count()).toBeLessThanOrEqual(before);
    expect(ringing.statuses).toContain(180);
    rmSync(own, { recursive: true, force: true });
  });

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
