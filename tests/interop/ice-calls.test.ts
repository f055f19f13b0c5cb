/** Whole calls whose sound finds its way by ICE, through Asterisk 22: straight, over a relay alone, and as a browser's phone would call. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { AsteriskPbx } from '../support/asterisk.ts';
import { compareAudio } from '../support/audio-compare.ts';
import { Coturn } from '../support/coturn.ts';
import { NetworkNamespace } from '../support/network-namespace.ts';
import { sidetone } from '../support/sidetone.ts';
import { skipWhen } from '../support/skip.ts';
import { speech as makeSpeech } from '../support/speech.ts';
import { readWav } from '../support/wav-file.ts';

const missing =
  (await AsteriskPbx.missing()) ?? (await Coturn.missing()) ?? (await NetworkNamespace.missing());
const user = { username: 'anna', password: 'north star' };
/** Asterisk names no candidate on loopback: phones that shall meet it by ICE live behind a cable. */
let network: NetworkNamespace;
let cabled: AsteriskPbx;
let local: AsteriskPbx;
let relay: Coturn;
let folder: string;
let speech: string;

beforeAll(async () => {
  if (missing !== undefined) return;
  network = await NetworkNamespace.create();
  cabled = await AsteriskPbx.start({
    host: network.hostAddress,
    extensions: ['101', '102', '103'],
    endpointLines: { '102': ['ice_support=yes'], '103': ['webrtc=yes', 'dtls_auto_generate_cert=yes'] },
  });
  local = await AsteriskPbx.start({ extensions: ['101'] });
  relay = await Coturn.start({ credential: user });
  folder = mkdtempSync(join(tmpdir(), 'sidetone-ice-'));
  writeFileSync(join(folder, 'turn-password'), user.password, { mode: 0o600 });
  speech = (await makeSpeech({ rate: 8000, seconds: 10 })).path;
}, 300_000);
beforeEach(skipWhen(missing));
afterAll(async () => {
  await Promise.all([cabled?.close(), local?.close(), relay?.close()]);
  await network?.close();
});

/** Talks to the echo for a while; what the way was, how it was encrypted, and how much of each second came back. */
async function callEcho(pbx: AsteriskPbx, extension: string, options: readonly string[]) {
  const record = join(folder, 'heard.wav');
  const port = options.includes('ws') ? pbx.wsPort : pbx.sipPort;
  const run = sidetone(
    [
      ...['call', '600', '--server', `${pbx.host}:${port}`, '--user', extension, ...options],
      ...['--play', speech, '--record', record, '--for', '4'],
    ],
    { password: pbx.line(extension).password, ...(pbx === cabled ? { network } : {}) },
  );
  expect(await run.exited, run.stderr).toBe(0);
  const heard = readWav(record);
  const compared = compareAudio(readWav(speech).samples, heard.samples, heard.rate, 1, {
    slackSeconds: 0.02,
  });
  const settled = compared.windows.slice(1).flatMap(({ correlation }) => correlation ?? []);
  expect(settled.length).toBeGreaterThan(0);
  expect(Math.min(...settled)).toBeGreaterThanOrEqual(0.98);
  return { path: run.of('path').at(-1), encryption: run.of('encryption').at(-1) };
}

it('a call finds its way straight to an endpoint that speaks ICE', async () => {
  const { path } = await callEcho(cabled, '102', ['--ice']);
  expect(path).toMatchObject({ local: 'host', remote: 'host', protocol: 'udp' });
}, 30_000);

it('a call to an endpoint without ICE goes where SDP says', async () => {
  const { path } = await callEcho(cabled, '101', ['--ice']);
  expect(path).toBeUndefined();
}, 30_000);

it('a call over a relay alone hears itself, and Asterisk sees nothing but the relay', async () => {
  const { path } = await callEcho(local, '101', [
    ...['--relay', '--turn', `turn:127.0.0.1:${relay.port}`, '--turn-user', user.username],
    ...['--turn-password-file', join(folder, 'turn-password')],
  ]);
  expect(path).toMatchObject({ local: 'relay', protocol: 'udp' });
  expect(Number(String(path?.['localAddress']).split(':').at(-1))).toBeGreaterThanOrEqual(43_000);
}, 30_000);

it('a call as a browser makes it: WebSocket, ICE, DTLS, one port', async () => {
  const { path, encryption } = await callEcho(cabled, '103', [
    ...['--transport', 'ws', '--ice', '--rtcp-mux', '--media-encryption', 'dtls'],
  ]);
  expect(path).toMatchObject({ local: 'host', remote: 'host' });
  expect(encryption).toMatchObject({ kind: 'dtls' });
}, 30_000);

it('a call by ICE has its sound back after another address, by a restart', async () => {
  const record = join(folder, 'moved.wav');
  const run = sidetone(
    [
      ...['call', '600', '--server', `${cabled.host}:${cabled.sipPort}`, '--user', '102', '--ice'],
      ...['--play', speech, '--record', record, '--for', '9'],
    ],
    { password: cabled.line('102').password, network },
  );
  await run.waitForCall('connected');
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const changedAt = performance.now();
  const address = await network.changeAddress();
  await run.waitFor(
    ({ event, localAddress }) => event === 'path' && String(localAddress).startsWith(`${address}:`),
  );
  expect(performance.now() - changedAt).toBeLessThan(2_000);
  expect(await run.exited, run.stderr).toBe(0);
  const heard = readWav(record);
  const { windows } = compareAudio(readWav(speech).samples, heard.samples, heard.rate, 1, {
    slackSeconds: 0.05,
  });
  const afterwards = windows.slice(-3).flatMap(({ correlation }) => correlation ?? []);
  expect(afterwards.length).toBeGreaterThan(0);
  expect(Math.min(...afterwards)).toBeGreaterThanOrEqual(0.98);
}, 40_000);
