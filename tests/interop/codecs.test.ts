/** Calls in each codec through Asterisk 22: Echo() gives back what was said. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { AsteriskPbx } from '../support/asterisk.ts';
import { sidetone } from '../support/sidetone.ts';
import { skipWhen } from '../support/skip.ts';
import { readWav } from '../support/wav-file.ts';
import { expectSpeech } from './table/heard.ts';
import { spoken } from './table/phones.ts';

const sixteenKeys = '1234567890*#ABCD';
/** So many seconds in a row show what the codec does to speech; where playout moves, between them, is not its doing. */
const wholeSeconds = 3;
const missing = await AsteriskPbx.missing();
let pbx: AsteriskPbx;

beforeAll(async () => {
  if (missing === undefined) pbx = await AsteriskPbx.start();
}, 300_000);
beforeEach(skipWhen(missing));
afterAll(() => pbx?.close());

it.concurrent.each([
  ['G722', '101', 16_000, 0.95],
  ['opus', '102', 48_000, 0.85],
] as const)(
  'a call in %s of extension %s hears itself in Echo() at %i Hz, and its keys',
  async (codec, extension, rate, least) => {
    const speech = (await spoken()).path;
    const { password } = pbx.line(extension);
    const record = join(mkdtempSync(join(tmpdir(), 'sidetone-codec-')), 'heard.wav');
    const server = ['--server', `${pbx.host}:${pbx.sipPort}`, '--user', extension, '--codecs', codec];
    const run = sidetone(['call', '600', ...server, '--play', speech, '--record', record, '--for', '6'], {
      password,
    });
    expect(await run.exited, run.stderr).toBe(0);
    const [stats] = run.of('stats');
    expect(stats).toMatchObject({ codec, lost: 0 });
    const heard = readWav(record);
    expect(heard.rate).toBe(rate);
    const narrow = heard.samples.filter((_, at) => at % (rate / 8000) === 0);
    await expectSpeech({ samples: narrow, rate: 8000 }, wholeSeconds, { least });

    const keys = ['--dtmf', sixteenKeys, '--dtmf-after', '0.3', '--for', '8'];
    const pressed = sidetone(['call', '603', ...server, ...keys], { password });
    expect(await pressed.exited, pressed.stderr).toBe(0);
    expect(await pbx.dtmfDigits({ from: extension, limitMs: 10_000 })).toBe(sixteenKeys);
  },
  40_000,
);
