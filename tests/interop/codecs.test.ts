/** Calls in each codec through Asterisk 22: Echo() gives back what was said, intact in every second. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { AsteriskPbx } from '../support/asterisk.ts';
import { compareAudio } from '../support/audio-compare.ts';
import { sidetone } from '../support/sidetone.ts';
import { skipWhen } from '../support/skip.ts';
import { speech as makeSpeech } from '../support/speech.ts';
import { readWav } from '../support/wav-file.ts';

const sixteenKeys = '1234567890*#ABCD';
const missing = await AsteriskPbx.missing();
let pbx: AsteriskPbx;

beforeAll(async () => {
  if (missing === undefined) pbx = await AsteriskPbx.start();
}, 300_000);
beforeEach(skipWhen(missing));
afterAll(() => pbx?.close());

it.each([
  ['G722', 16_000, 0.95],
  ['opus', 48_000, 0.85],
] as const)(
  'a call in %s hears itself in Echo() at %i Hz, and its keys',
  async (codec, rate, least) => {
    const speech = (await makeSpeech({ rate: 8000, seconds: 40 })).path;
    const record = join(mkdtempSync(join(tmpdir(), 'sidetone-codec-')), 'heard.wav');
    const server = ['--server', `${pbx.host}:${pbx.sipPort}`, '--user', '101', '--codecs', codec];
    const run = sidetone(['call', '600', ...server, '--play', speech, '--record', record, '--for', '6'], {
      password: pbx.line('101').password,
    });
    expect(await run.exited, run.stderr).toBe(0);
    const [stats] = run.of('stats');
    expect(stats).toMatchObject({ codec, lost: 0 });
    const heard = readWav(record);
    expect(heard.rate).toBe(rate);
    const narrow = heard.samples.filter((_, at) => at % (rate / 8000) === 0);
    const { windows, lowest } = compareAudio(readWav(speech).samples, narrow, 8000, 1, {
      slackSeconds: 0.02,
    });
    expect(windows.length).toBeGreaterThanOrEqual(4);
    expect(lowest).toBeGreaterThanOrEqual(least);

    const mark = pbx.logMark();
    const keys = ['--dtmf', sixteenKeys, '--dtmf-after', '0.3', '--for', '8'];
    const pressed = sidetone(['call', '603', ...server, ...keys], { password: pbx.line('101').password });
    expect(await pressed.exited, pressed.stderr).toBe(0);
    expect(await pbx.dtmfDigits({ after: mark, limitMs: 10_000 })).toBe(sixteenKeys);
  },
  40_000,
);
