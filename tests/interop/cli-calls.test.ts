/**
 * The command line tool through Asterisk 22: what a user hears, presses and reads, over UDP, TCP and WebSocket. Calls whose sound
 * is judged are alone; the others run side by side.
 */
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
const transports = ['udp', 'tcp', 'ws'] as const;
type Transport = (typeof transports)[number];
/** The extensions of each transport: one for each call. */
const extensions = {
  udp: ['110', '111', '112', '113', '114', '115', '116', '117'],
  tcp: ['120', '121', '122', '123', '124', '125', '126'],
  ws: ['130', '131', '132', '133', '134', '135'],
} as const;
const missing = await AsteriskPbx.missing();
let pbx: AsteriskPbx;
let speech: string;

beforeAll(async () => {
  if (missing !== undefined) return;
  pbx = await AsteriskPbx.start({ extensions: Object.values(extensions).flat() });
  speech = (await makeSpeech({ rate: 8000, seconds: 40 })).path;
}, 300_000);
beforeEach(skipWhen(missing));
afterAll(() => pbx?.close());

/** Options that reach the test PBX as one of a transport's extensions, and its password. */
function at(transport: Transport, place: number) {
  const port = transport === 'ws' ? pbx.wsPort : pbx.sipPort;
  const { extension, password } = pbx.line(extensions[transport][place] ?? '');
  return {
    extension,
    options: ['--server', `${pbx.host}:${port}`, '--transport', transport, '--user', extension],
    password,
  };
}

async function endOf(run: SidetoneRun): Promise<number> {
  const status = await run.exited;
  expect(run.strayLines, 'stdout holds JSON alone').toEqual([]);
  return status;
}

describe('sound', () => {
  it.each([
    ['udp', 30],
    ['tcp', 10],
    ['ws', 10],
  ] as const)(
    'over %s is heard in Echo() for %i s, intact in every second',
    async (transport, seconds) => {
      const { options, password } = at(transport, 0);
      const record = join(mkdtempSync(join(tmpdir(), 'sidetone-echo-')), 'heard.wav');
      const run = sidetone(
        ['call', '600', ...options, '--play', speech, '--record', record, '--for', `${seconds}`],
        {
          password,
        },
      );
      expect(await endOf(run), run.stderr).toBe(0);
      const heard = readWav(record);
      expect(heard.rate).toBe(8000);
      expect(heard.samples.length).toBeGreaterThanOrEqual((seconds - 0.5) * 8000);
      const { windows, lowest, gaps } = compareAudio(readWav(speech).samples, heard.samples, 8000, 1);
      expect(windows.length).toBeGreaterThanOrEqual(seconds - 2);
      expect(lowest).toBeGreaterThanOrEqual(0.98);
      expect(gaps).toEqual([]);
      const [stats] = run.of('stats');
      expect(stats).toMatchObject({ codec: 'PCMU', lost: 0, late: 0 });
      expect(Number(stats?.['sent'])).toBeGreaterThanOrEqual(0.99 * 50 * seconds);
    },
    60_000,
  );

  it('goes both ways when one phone calls another through the PBX', async () => {
    const [to, from] = [at('tcp', 6), at('udp', 6)];
    const folder = mkdtempSync(join(tmpdir(), 'sidetone-pair-'));
    const [heardByCallee, heardByCaller] = [join(folder, 'callee.wav'), join(folder, 'caller.wav')];
    const callee = sidetone(
      ['answer', ...to.options, '--calls', '1', '--play', speech, '--record', heardByCallee],
      { password: to.password },
    );
    await callee.waitFor(({ event, state }) => event === 'registration' && state === 'registered');
    const caller = sidetone(
      ['call', to.extension, ...from.options, '--play', speech, '--record', heardByCaller, '--for', '8'],
      { password: from.password },
    );
    expect(await endOf(caller), caller.stderr).toBe(0);
    expect(await endOf(callee), callee.stderr).toBe(0);
    const sent = readWav(speech).samples;
    for (const file of [heardByCallee, heardByCaller]) {
      const heard = readWav(file).samples.subarray(0, 7 * 8000);
      const { windows, lowest } = compareAudio(sent, heard, 8000, 1);
      expect(windows.length).toBeGreaterThanOrEqual(5);
      expect(lowest).toBeGreaterThanOrEqual(0.98);
    }
  }, 60_000);
});

describe.concurrent.each(transports)('over %s', (transport) => {
  it.each([
    [160, 1],
    [100, 2],
    [40, 3],
  ])(
    'gets 16 of 16 keys of %i ms into Read()',
    async (durationMs, place) => {
      const { extension, options, password } = at(transport, place);
      const run = sidetone(
        [
          ...['call', '603', ...options, '--dtmf', sixteenKeys, '--dtmf-after', '0.5'],
          ...['--dtmf-duration', `${durationMs}`, '--for', '8'],
        ],
        { password },
      );
      expect(await pbx.dtmfDigits({ from: extension, limitMs: 20_000 })).toBe(sixteenKeys);
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
    const { extension, options, password } = at(transport, 4);
    const run = sidetone(['answer', ...options, '--calls', '1'], { password });
    await run.waitFor(({ event, state }) => event === 'registration' && state === 'registered');
    await pbx.originate(extension, 'Wait', '2');
    expect(await endOf(run), run.stderr).toBe(0);
    expect(run.of('call').map(({ state }) => state)).toEqual(['ringing', 'connected', 'ended']);
    await pbx.until('the channel to go', async () => (await pbx.channelCount(extension)) === 0);
  }, 40_000);

  it('ends a call from the PBX itself, on both sides', async () => {
    const { extension, options, password } = at(transport, 5);
    const run = sidetone(['answer', ...options, '--calls', '1', '--for', '2'], { password });
    await run.waitFor(({ event, state }) => event === 'registration' && state === 'registered');
    await pbx.originate(extension, 'Wait', '60');
    await run.waitForCall('connected');
    expect(await pbx.channelCount(extension)).toBe(1);
    expect(await endOf(run), run.stderr).toBe(0);
    await pbx.until('the channel to go', async () => (await pbx.channelCount(extension)) === 0);
  }, 40_000);
});

it.concurrent(
  'enters a voicemail box with the PIN by keypad',
  async () => {
    const { extension, options, password } = at('udp', 7);
    const keys = ['--dtmf', `${pbx.line(extension).pin}#`, '--dtmf-after', '3', '--for', '12'];
    const run = sidetone(['call', '*97', ...options, ...keys], { password });
    // After the PIN, VoiceMailMain tells how many messages there are; a wrong PIN plays vm-incorrect instead.
    expect(await pbx.waitForLog(/Playing '(vm-youhave|vm-incorrect)/, { limitMs: 25_000 })).toContain(
      'vm-youhave',
    );
    expect(await endOf(run), run.stderr).toBe(0);
  },
  40_000,
);
