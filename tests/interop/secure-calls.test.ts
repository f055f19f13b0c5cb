/** Encrypted sound through Asterisk 22: each way and suite is heard intact in Echo(), and what must be encrypted is, or is not at all. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AsteriskPbx } from '../support/asterisk.ts';
import { compareAudio } from '../support/audio-compare.ts';
import { type SidetoneRun, sidetone } from '../support/sidetone.ts';
import { skipWhen } from '../support/skip.ts';
import { speech as makeSpeech } from '../support/speech.ts';
import { readWav } from '../support/wav-file.ts';

const missing = await AsteriskPbx.missing();
let pbx: AsteriskPbx;
let speech: string;
let authorityFile: string;

/** What Asterisk takes before all others. */
const defaultSuite = 'AES_CM_128_HMAC_SHA1_80';
const sdes = ['media_encryption=sdes'];
const dtls = ['media_encryption=dtls', 'dtls_auto_generate_cert=yes'];
beforeAll(async () => {
  if (missing !== undefined) return;
  pbx = await AsteriskPbx.start({
    extensions: ['101', '102', '103', '104', '105', '106', '107'],
    endpointLines: {
      '102': sdes,
      '103': [...sdes, 'srtp_tag_32=yes'],
      '104': [...sdes, 'media_encryption_optimistic=yes'],
      '105': [...dtls, 'rtcp_mux=yes'],
      '106': [...dtls, 'dtls_setup=passive'],
      '107': [...dtls, 'rtcp_mux=yes', 'dtls_setup=active'],
    },
  });
  authorityFile = join(mkdtempSync(join(tmpdir(), 'sidetone-ca-')), 'ca.pem');
  writeFileSync(authorityFile, pbx.authority);
  speech = (await makeSpeech({ rate: 8000, seconds: 10 })).path;
}, 300_000);
beforeEach(skipWhen(missing));
afterAll(() => pbx?.close());

/** Options that reach the test PBX as the given extension. */
const at = (extension: string, transport: 'udp' | 'tls' = 'udp') => [
  '--server',
  `${pbx.host}:${transport === 'tls' ? pbx.tlsPort : pbx.sipPort}`,
  '--transport',
  transport,
  ...(transport === 'tls' ? ['--ca', authorityFile] : []),
  '--user',
  extension,
];

function callEcho(extension: string, encryption: string, options: { transport?: 'udp' | 'tls' } = {}) {
  const record = join(mkdtempSync(join(tmpdir(), 'sidetone-secure-')), 'heard.wav');
  const run = sidetone(
    [
      ...['call', '600', ...at(extension, options.transport), '--media-encryption', encryption],
      ...['--play', speech, '--record', record, '--for', '3'],
    ],
    { password: pbx.line(extension).password },
  );
  return { run, record };
}

/** The call was encrypted so, and its speaker heard himself. */
async function expectIntact({ run, record }: { run: SidetoneRun; record: string }, encryption: object) {
  expect(await run.exited, run.stderr).toBe(0);
  expect(run.of('encryption')).toMatchObject([encryption]);
  const heard = await readWav(record);
  // A handshake takes the first moments of a call, and playout settles in them.
  const sent = (await readWav(speech)).samples;
  const { windows, gaps } = compareAudio(sent, heard.samples, heard.rate, 1, { slackSeconds: 0.02 });
  const settled = windows.slice(1).flatMap(({ correlation }) => correlation ?? []);
  expect(settled.length).toBeGreaterThan(0);
  expect(Math.min(...settled)).toBeGreaterThanOrEqual(0.98);
  expect(gaps.filter(({ startSeconds }) => startSeconds > 0.5)).toEqual([]);
}

describe('keys in SDP', () => {
  it.each([
    ['102', 'sdes'],
    ['104', 'optional'],
  ])(
    'of extension %s with %s: heard intact, not called secure over UDP',
    async (extension, how) => {
      await expectIntact(callEcho(extension, how), { kind: 'sdes', suite: defaultSuite, secure: false });
    },
    30_000,
  );

  it('are secure over TLS', async () => {
    await expectIntact(callEcho('102', 'sdes', { transport: 'tls' }), { kind: 'sdes', secure: true });
  }, 30_000);
});

describe('a call from phone to phone', () => {
  it('is encrypted on each leg as that extension has it', async () => {
    const callee = sidetone(
      ['answer', '--calls', '1', ...at('103'), '--media-encryption', 'sdes', '--for', '3'],
      {
        password: pbx.line('103').password,
      },
    );
    await callee.waitFor((event) => event.event === 'registration' && event['state'] === 'registered');
    const caller = sidetone(['call', '103', ...at('105'), '--media-encryption', 'dtls'], {
      password: pbx.line('105').password,
    });
    expect(await caller.exited, caller.stderr).toBe(0);
    await callee.exited;
    expect(caller.of('encryption')).toMatchObject([{ kind: 'dtls', secure: true }]);
    expect(callee.of('encryption')).toMatchObject([{ kind: 'sdes', suite: 'AES_CM_128_HMAC_SHA1_32' }]);
  }, 30_000);
});

describe('a handshake', () => {
  it.each([
    ['105', 'either side may begin'],
    ['106', 'the phone begins, reports have a port of their own'],
    ['107', 'the PBX begins'],
  ])(
    'of extension %s (%s): heard intact, and secure',
    async (extension) => {
      await expectIntact(callEcho(extension, 'dtls'), { kind: 'dtls', secure: true });
    },
    30_000,
  );
});

describe('a PBX and an account that do not agree', () => {
  it.each([
    ['101', 'sdes'],
    ['101', 'dtls'],
  ])(
    'say so: extension %s, which is plain, and %s',
    async (extension, how) => {
      const { run } = callEcho(extension, how);
      expect(await run.exited).not.toBe(0);
      expect(JSON.stringify(run.of('error')) + run.stderr).toContain('calls only encrypted');
    },
    30_000,
  );
});
