/** Whole calls whose sound finds its way by ICE, through Asterisk 22: straight, over a relay alone, and as a browser's phone would call. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AsteriskPbx } from '../support/asterisk.ts';
import { Coturn } from '../support/coturn.ts';
import { NetworkNamespace } from '../support/network-namespace.ts';
import { type Relay, startRelay } from '../support/relay.ts';
import { sidetone } from '../support/sidetone.ts';
import { skipWhen } from '../support/skip.ts';
import { readWav } from '../support/wav-file.ts';
import { expectSpeech } from './table/heard.ts';
import { spoken } from './table/phones.ts';

const missing =
  (await AsteriskPbx.missing()) ?? (await Coturn.missing()) ?? (await NetworkNamespace.missing());
/** So many seconds in a row prove that sound has its way; how well it sounds is tried elsewhere. */
const wholeSeconds = 2;
const limitMs = 60_000;
/** Asterisk names no candidate on loopback: phones that shall meet it by ICE live behind a cable. */
let network: NetworkNamespace;
let cabled: AsteriskPbx;
let local: AsteriskPbx;
let relay: Relay;
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
  relay = await startRelay();
  speech = (await spoken()).path;
}, 300_000);
beforeEach(skipWhen(missing));
afterAll(async () => {
  await Promise.all([cabled?.close(), local?.close(), relay?.close()]);
  await network?.close();
});

const newRecording = () => join(mkdtempSync(join(tmpdir(), 'sidetone-ice-')), 'heard.wav');

/** Talks to the echo for a while and hears itself; what the way was, and how it was encrypted. */
async function callEcho(pbx: AsteriskPbx, extension: string, options: readonly string[]) {
  const record = newRecording();
  const port = options.includes('ws') ? pbx.wsPort : pbx.sipPort;
  const run = sidetone(
    [
      ...['call', '600', '--server', `${pbx.host}:${port}`, '--user', extension, ...options],
      ...['--play', speech, '--record', record, '--for', '5'],
    ],
    { password: pbx.line(extension).password, ...(pbx === cabled ? { network } : {}) },
  );
  expect(await run.exited, run.stderr).toBe(0);
  await expectSpeech(readWav(record), wholeSeconds);
  return { path: run.of('path').at(-1), encryption: run.of('encryption').at(-1) };
}

describe('a call', () => {
  it.concurrent(
    'finds its way straight to an endpoint that speaks ICE',
    async () => {
      const { path } = await callEcho(cabled, '102', ['--ice']);
      expect(path).toMatchObject({ local: 'host', remote: 'host', protocol: 'udp' });
    },
    limitMs,
  );

  it.concurrent(
    'to an endpoint without ICE goes where SDP says',
    async () => {
      const { path } = await callEcho(cabled, '101', ['--ice']);
      expect(path).toBeUndefined();
    },
    limitMs,
  );

  it.concurrent(
    'over a relay alone hears itself, and Asterisk sees nothing but the relay',
    async () => {
      const { path } = await callEcho(local, '101', ['--relay', ...relay.options]);
      expect(path).toMatchObject({ local: 'relay', protocol: 'udp' });
      expect(Number(String(path?.['localAddress']).split(':').at(-1))).toBeGreaterThanOrEqual(43_000);
    },
    limitMs,
  );

  it.concurrent(
    'is made as a browser makes it: WebSocket, ICE, DTLS, one port',
    async () => {
      const { path, encryption } = await callEcho(cabled, '103', [
        ...['--transport', 'ws', '--ice', '--rtcp-mux', '--media-encryption', 'dtls'],
      ]);
      expect(path).toMatchObject({ local: 'host', remote: 'host' });
      expect(encryption).toMatchObject({ kind: 'dtls' });
    },
    limitMs,
  );
});

it(
  'a call by ICE has its sound back after another address, by a restart',
  async () => {
    const record = newRecording();
    const run = sidetone(
      [
        ...['call', '600', '--server', `${cabled.host}:${cabled.sipPort}`, '--user', '102', '--ice'],
        ...['--play', speech, '--record', record, '--for', '9'],
      ],
      { password: cabled.line('102').password, network },
    );
    await run.waitForCall('connected');
    await delay(3_000);
    const address = await network.changeAddress();
    await run.waitFor(
      ({ event, localAddress }) => event === 'path' && String(localAddress).startsWith(`${address}:`),
    );
    expect(await run.exited, run.stderr).toBe(0);
    const back = await run.waitFor(({ event, state }) => event === 'network' && state === 'online');
    expect(back['backAfterMs']).toBeLessThan(2_000);
    await expectSpeech(readWav(record), wholeSeconds, { last: 4 });
  },
  limitMs,
);
