/**
 * Encrypted sound through Asterisk 22 (libsrtp), and with baresip and linphone at the other end of a proxy: each way and suite is heard
 * intact, and what must be encrypted is, or is not at all. Calls run side by side.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cryptoSuites, type CryptoSuite } from '../../engine/rtp/protection.ts';
import { AsteriskPbx } from '../support/asterisk.ts';
import { Baresip } from '../support/baresip.ts';
import type { FarPhone, FarPhoneAccount } from '../support/far-phone.ts';
import { KamailioProxy } from '../support/kamailio.ts';
import { Linphone } from '../support/linphone.ts';
import { sdpRelay, type SdpRelay } from '../support/sdp-relay.ts';
import { type SidetoneRun, sidetone } from '../support/sidetone.ts';
import { skipWhen } from '../support/skip.ts';
import { readWav } from '../support/wav-file.ts';
import { expectSpeech } from './table/heard.ts';
import { spoken } from './table/phones.ts';

const missing = await AsteriskPbx.missing();
const proxyMissing = await KamailioProxy.missing();
const farMissing = {
  baresip: proxyMissing ?? (await Baresip.missing()),
  linphone: proxyMissing ?? (await Linphone.missing()),
};
let pbx: AsteriskPbx;
/** Between our phone and other makers' phones. */
let proxy: KamailioProxy;
let speech: string;
let authorityFile: string;
/** For each suite and server, a way there on which an offer keeps that suite alone. */
const relays = new Map<string, SdpRelay>();

/** What Asterisk takes before all others. */
const defaultSuite = 'AES_CM_128_HMAC_SHA1_80';
const sdes = ['media_encryption=sdes'];
const dtls = ['media_encryption=dtls', 'dtls_auto_generate_cert=yes'];

/** Another maker's phone for each call: such a phone has one call at a time. */
const farCalls = [
  { maker: 'baresip', extension: '301', encryption: 'sdes', suite: 'AEAD_AES_256_GCM' },
  { maker: 'baresip', extension: '302', encryption: 'sdes', suite: 'AEAD_AES_128_GCM' },
  { maker: 'baresip', extension: '303', encryption: 'dtls', suite: 'AEAD_AES_256_GCM' },
  { maker: 'linphone', extension: '304', encryption: 'sdes', suite: 'AES_256_CM_HMAC_SHA1_80' },
  { maker: 'linphone', extension: '305', encryption: 'sdes', suite: 'AES_256_CM_HMAC_SHA1_32' },
] as const;
const makers = { baresip: Baresip, linphone: Linphone };

beforeAll(async () => {
  speech = (await spoken()).path;
  if (proxyMissing === undefined)
    proxy = await KamailioProxy.start({ extensions: ['300', ...farCalls.map(({ extension }) => extension)] });
  if (missing !== undefined) return;
  pbx = await AsteriskPbx.start({
    extensions: ['101', '102', '103', '104', '105', '106', '107', '108'],
    endpointLines: {
      '102': sdes,
      '103': [...sdes, 'srtp_tag_32=yes'],
      '104': [...sdes, 'media_encryption_optimistic=yes'],
      '105': [...dtls, 'rtcp_mux=yes'],
      '106': [...dtls, 'dtls_setup=passive'],
      '107': [...dtls, 'rtcp_mux=yes', 'dtls_setup=active'],
      '108': [...dtls, 'dtls_setup=active'],
    },
  });
  authorityFile = join(mkdtempSync(join(tmpdir(), 'sidetone-ca-')), 'ca.pem');
  writeFileSync(authorityFile, pbx.authority);
}, 300_000);
afterAll(async () => {
  await Promise.all([...relays.values()].map((relay) => relay.close()));
  await Promise.all([pbx?.close(), proxy?.close()]);
});

/** A way to a server on which an offer of ours keeps one suite alone. */
async function onlyWith(suite: CryptoSuite, towards: { host: string; port: number }): Promise<number> {
  const name = `${suite} ${towards.port}`;
  const line = new RegExp(`^a=crypto:\\d+ (?!${suite} ).*\\r\\n`, 'gm');
  const relay = relays.get(name) ?? (await sdpRelay(towards, (body) => body.replace(line, '')));
  relays.set(name, relay);
  return relay.port;
}

interface EchoOptions {
  transport?: 'udp' | 'tls';
  /** Instead of the PBX's own. */
  port?: number;
  seconds?: number;
  more?: readonly string[];
}

/** Options that reach the test PBX as the given extension. */
const at = (extension: string, { transport = 'udp', port }: EchoOptions = {}) => [
  ...['--server', `${pbx.host}:${port ?? (transport === 'tls' ? pbx.tlsPort : pbx.sipPort)}`],
  ...['--transport', transport, ...(transport === 'tls' ? ['--ca', authorityFile] : [])],
  ...['--user', extension],
];
const newRecording = () => join(mkdtempSync(join(tmpdir(), 'sidetone-secure-')), 'heard.wav');

function callEcho(extension: string, encryption: string, options: EchoOptions = {}) {
  const { seconds = 4, more = [] } = options;
  const record = newRecording();
  const run = sidetone(
    [
      ...['call', '600', ...at(extension, options), '--media-encryption', encryption, ...more],
      ...['--play', speech, '--record', record, '--for', String(seconds)],
    ],
    { password: pbx.line(extension).password },
  );
  return { run, record };
}

/** A wrong key makes noise of all of it; playout moves while so many calls begin beside each other. */
const wholeSeconds = 1;

/** The call was encrypted so, and its speaker heard himself. */
async function expectIntact({ run, record }: { run: SidetoneRun; record: string }, encryption: object) {
  expect(await run.exited, run.stderr).toBe(0);
  expect(run.of('encryption')).toMatchObject([encryption]);
  await expectSpeech(await readWav(record), wholeSeconds);
}

const limitMs = 60_000;

describe.concurrent('keys in SDP', () => {
  beforeEach(skipWhen(missing));

  it.each([
    ['102', 'sdes'],
    ['104', 'optional'],
  ])(
    'of extension %s with %s: heard intact, not called secure over UDP',
    async (extension, how) => {
      await expectIntact(callEcho(extension, how), { kind: 'sdes', suite: defaultSuite, secure: false });
    },
    limitMs,
  );

  it.for(cryptoSuites)('for %s alone: heard intact', { timeout: limitMs }, async (suite, context) => {
    if (!(await pbx.knowsCryptoSuite(suite)))
      context.skip(`this Asterisk was built without ${suite}: res_srtp does not know the name`);
    const port = await onlyWith(suite, { host: pbx.host, port: pbx.sipPort });
    await expectIntact(callEcho('102', 'sdes', { port }), { kind: 'sdes', suite });
  });

  it('are secure over TLS', { timeout: limitMs }, async () => {
    await expectIntact(callEcho('102', 'sdes', { transport: 'tls' }), { kind: 'sdes', secure: true });
  });
});

describe.concurrent('a call from phone to phone', () => {
  beforeEach(skipWhen(missing));

  it('is encrypted on each leg as that extension has it', { timeout: limitMs }, async () => {
    const callee = sidetone(
      ['answer', '--calls', '1', ...at('103'), '--media-encryption', 'sdes', '--for', '3'],
      { password: pbx.line('103').password },
    );
    await callee.waitFor((event) => event.event === 'registration' && event['state'] === 'registered');
    const caller = sidetone(['call', '103', ...at('105'), '--media-encryption', 'dtls'], {
      password: pbx.line('105').password,
    });
    expect(await caller.exited, caller.stderr).toBe(0);
    await callee.exited;
    expect(caller.of('encryption')).toMatchObject([{ kind: 'dtls', secure: true }]);
    expect(callee.of('encryption')).toMatchObject([{ kind: 'sdes', suite: 'AES_CM_128_HMAC_SHA1_32' }]);
  });
});

describe.concurrent('a handshake', () => {
  beforeEach(skipWhen(missing));

  it.each([
    ['105', 'either side may begin'],
    ['107', 'the PBX begins'],
  ])(
    'of extension %s (%s): heard intact, and secure',
    async (extension) => {
      await expectIntact(callEcho(extension, 'dtls'), { kind: 'dtls', secure: true });
    },
    limitMs,
  );

  it.each([
    ['106', 'the phone begins'],
    ['108', 'the PBX begins'],
  ])(
    'of extension %s (%s) where reports have a port of their own: heard intact, and reports tell the round trip',
    async (extension) => {
      // Asterisk reports every five seconds.
      const call = callEcho(extension, 'dtls', { seconds: 11 });
      await expectIntact(call, { kind: 'dtls', secure: true });
      expect(call.run.of('stats').at(-1)?.['rttMs']).toBeGreaterThan(0);
    },
    limitMs,
  );

  it('outlives a hold, after which Asterisk begins another one', { timeout: limitMs }, async () => {
    const more = ['--hold-after', '2', '--hold-for', '1'];
    const { run, record } = callEcho('105', 'dtls', { seconds: 7, more });
    expect(await run.exited, run.stderr).toBe(0);
    expect(run.of('hold').map(({ local }) => local)).toEqual([true, false]);
    expect(run.of('encryption')).toHaveLength(1);
    await expectSpeech(await readWav(record), wholeSeconds, { last: 3.2 });
  });
});

describe.concurrent.each(farCalls)('$maker with $suite by $encryption', (farCall) => {
  const { maker, extension, encryption, suite } = farCall;
  beforeEach(skipWhen(farMissing[maker]));

  it('hears and is heard', { timeout: limitMs }, async () => {
    const server = { host: proxy.host, port: proxy.port('udp') };
    const port = encryption === 'sdes' ? await onlyWith(suite, server) : server.port;
    const { password } = proxy.line(extension);
    const account: FarPhoneAccount = { user: extension, password, server, transport: 'udp', encryption };
    const far: FarPhone = await makers[maker].start(account, speech);
    const record = newRecording();
    try {
      await far.registered();
      const run = sidetone(
        [
          ...['call', extension, '--server', `${server.host}:${port}`, '--user', '300'],
          ...['--media-encryption', encryption, '--play', speech, '--record', record, '--for', '4'],
        ],
        { password: proxy.line('300').password },
      );
      await far.answer();
      expect(await run.exited, run.stderr).toBe(0);
      expect(run.of('encryption')).toMatchObject([{ kind: encryption, suite }]);
      await far.over();
      await expectSpeech(await readWav(record), wholeSeconds);
      await expectSpeech(await far.heard(), wholeSeconds);
    } finally {
      await far.close();
    }
  });
});

describe.concurrent('a PBX and an account that do not agree', () => {
  beforeEach(skipWhen(missing));

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
    limitMs,
  );
});
