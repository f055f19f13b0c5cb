/** The command line tool through Asterisk 22: what a user hears, presses and reads, over UDP, TCP and WebSocket. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AsteriskPbx } from '../support/asterisk.ts';
import { skipWhen } from '../support/skip.ts';
import { compareAudio } from '../support/audio-compare.ts';
import { type SidetoneRun, sidetone } from '../support/sidetone.ts';
import { speech as makeSpeech } from '../support/speech.ts';
import { readWav } from '../support/wav-file.ts';

const sixteenKeys = '1234567890*#ABCD';
const missing = await AsteriskPbx.missing();
let pbx: AsteriskPbx;
let speech: string;

beforeAll(async () => {
  if (missing !== undefined) return;
  pbx = await AsteriskPbx.start();
  speech = (await makeSpeech({ rate: 8000, seconds: 40 })).path;
}, 300_000);
beforeEach(skipWhen(missing));
afterAll(() => pbx?.close());

/** Options that reach the test PBX as the given extension. */
function at(transport: 'udp' | 'tcp' | 'ws', extension: string): string[] {
  const port = transport === 'ws' ? pbx.wsPort : pbx.sipPort;
  return ['--server', `${pbx.host}:${port}`, '--transport', transport, '--user', extension];
}

async function endOf(run: SidetoneRun): Promise<number> {
  const status = await run.exited;
  expect(run.strayLines, 'stdout holds JSON alone').toEqual([]);
  return status;
}

describe.each(['udp', 'tcp', 'ws'] as const)('over %s', (transport) => {
  it('hears itself in Echo() for 30 s, intact in every second', async () => {
    const record = join(mkdtempSync(join(tmpdir(), 'sidetone-echo-')), 'heard.wav');
    const run = sidetone(
      ['call', '600', ...at(transport, '101'), '--play', speech, '--record', record, '--for', '30'],
      { password: pbx.line('101').password },
    );
    expect(await endOf(run), run.stderr).toBe(0);
    const heard = await readWav(record);
    expect(heard.rate).toBe(8000);
    expect(heard.samples.length).toBeGreaterThanOrEqual(29.5 * 8000);
    const { windows, lowest, gaps } = compareAudio((await readWav(speech)).samples, heard.samples, 8000, 1);
    expect(windows.length).toBeGreaterThanOrEqual(28);
    expect(lowest).toBeGreaterThanOrEqual(0.98);
    expect(gaps).toEqual([]);
    const [stats] = run.of('stats');
    expect(stats).toMatchObject({ codec: 'PCMU', lost: 0, late: 0 });
    expect(Number(stats?.['sent'])).toBeGreaterThanOrEqual(1485);
  }, 60_000);

  it.each([160, 100, 40])(
    'gets 16 of 16 keys of %i ms into Read()',
    async (durationMs) => {
      const mark = pbx.logMark();
      const run = sidetone(
        [
          ...['call', '603', ...at(transport, '102'), '--dtmf', sixteenKeys, '--dtmf-after', '0.5'],
          ...['--dtmf-duration', `${durationMs}`, '--for', '8'],
        ],
        { password: pbx.line('102').password },
      );
      expect(await pbx.dtmfDigits({ after: mark, limitMs: 20_000 })).toBe(sixteenKeys);
      expect(await endOf(run), run.stderr).toBe(0);
      const sent = run.of('dtmf').filter(({ direction }) => direction === 'sent');
      expect(sent.map(({ digit }) => digit).join('')).toBe(sixteenKeys);
      for (const { durationMs: lasted, method } of sent) {
        expect(method).toBe('rfc4733');
        expect(Math.abs(Number(lasted) - durationMs)).toBeLessThanOrEqual(20);
      }
    },
    40_000,
  );

  it('rings for a call from the PBX, answers it, and ends when the PBX hangs up', async () => {
    const run = sidetone(['answer', ...at(transport, '103'), '--calls', '1'], {
      password: pbx.line('103').password,
    });
    await run.waitFor(({ event, state }) => event === 'registration' && state === 'registered');
    await pbx.originate('103', 'Wait', '2');
    expect(await endOf(run), run.stderr).toBe(0);
    expect(run.of('call').map(({ state }) => state)).toEqual(['ringing', 'connected', 'ended']);
    await expect.poll(() => pbx.channelCount('103')).toBe(0);
  }, 40_000);

  it('ends a call from the PBX itself, on both sides', async () => {
    const run = sidetone(['answer', ...at(transport, '104'), '--calls', '1', '--for', '2'], {
      password: pbx.line('104').password,
    });
    await run.waitFor(({ event, state }) => event === 'registration' && state === 'registered');
    await pbx.originate('104', 'Wait', '60');
    await run.waitForCall('connected');
    expect(await pbx.channelCount('104')).toBe(1);
    expect(await endOf(run), run.stderr).toBe(0);
    await expect.poll(() => pbx.channelCount('104')).toBe(0);
  }, 40_000);
});

it('enters a voicemail box with the PIN by keypad', async () => {
  const mark = pbx.logMark();
  const pin = pbx.line('105').pin;
  const run = sidetone(
    ['call', '*97', ...at('udp', '105'), '--dtmf', `${pin}#`, '--dtmf-after', '3', '--for', '12'],
    {
      password: pbx.line('105').password,
    },
  );
  // After the PIN, VoiceMailMain tells how many messages there are; a wrong PIN plays vm-incorrect instead.
  expect(
    await pbx.waitForLog(/Playing '(vm-youhave|vm-incorrect)/, { after: mark, limitMs: 25_000 }),
  ).toContain('vm-youhave');
  expect(await endOf(run), run.stderr).toBe(0);
}, 40_000);

it('lets one phone call another through the PBX, with sound both ways', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sidetone-pair-'));
  const [heardByCallee, heardByCaller] = [join(folder, 'callee.wav'), join(folder, 'caller.wav')];
  const callee = sidetone(
    ['answer', ...at('tcp', '106'), '--calls', '1', '--play', speech, '--record', heardByCallee],
    { password: pbx.line('106').password },
  );
  await callee.waitFor(({ event, state }) => event === 'registration' && state === 'registered');
  const caller = sidetone(
    ['call', '106', ...at('udp', '105'), '--play', speech, '--record', heardByCaller, '--for', '8'],
    { password: pbx.line('105').password },
  );
  expect(await endOf(caller), caller.stderr).toBe(0);
  expect(await endOf(callee), callee.stderr).toBe(0);
  const sent = (await readWav(speech)).samples;
  for (const file of [heardByCallee, heardByCaller]) {
    const heard = (await readWav(file)).samples.subarray(0, 7 * 8000);
    const { windows, lowest } = compareAudio(sent, heard, 8000, 1);
    expect(windows.length).toBeGreaterThanOrEqual(5);
    expect(lowest).toBeGreaterThanOrEqual(0.98);
  }
}, 60_000);
