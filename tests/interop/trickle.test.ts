/**
 * Calls whose candidates follow by INFO (RFC 8840): between two phones behind Kamailio, where the only way goes through a relay that is
 * named later, and to Asterisk 22, which knows nothing of it.
 *
 *   caller, 10.x.y.2 ── cable ── 10.x.y.1: Kamailio, coturn's relayed ports        callee, 127.0.0.1, which nobody over there can reach
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { AsteriskPbx } from '../support/asterisk.ts';
import { Coturn } from '../support/coturn.ts';
import { KamailioProxy } from '../support/kamailio.ts';
import { NetworkNamespace } from '../support/network-namespace.ts';
import { type Relay, startRelay } from '../support/relay.ts';
import { sidetone } from '../support/sidetone.ts';
import { skipWhen } from '../support/skip.ts';
import { readWav } from '../support/wav-file.ts';
import { expectSpeech } from './table/heard.ts';
import { spoken } from './table/phones.ts';

const missing =
  (await AsteriskPbx.missing()) ??
  (await KamailioProxy.missing()) ??
  (await Coturn.missing()) ??
  (await NetworkNamespace.missing());
/** So many seconds in a row prove that sound has its way; how well it sounds is tried elsewhere. */
const wholeSeconds = 1;
let network: NetworkNamespace;
let proxy: KamailioProxy;
let pbx: AsteriskPbx;
let relay: Relay;
let folder: string;
let speech: string;

beforeAll(async () => {
  if (missing !== undefined) return;
  network = await NetworkNamespace.create();
  const host = network.hostAddress;
  proxy = await KamailioProxy.start({ host, extensions: ['201', '202'] });
  pbx = await AsteriskPbx.start({ host, extensions: ['101'], endpointLines: { '101': ['ice_support=yes'] } });
  relay = await startRelay({ relayAddress: host });
  folder = mkdtempSync(join(tmpdir(), 'sidetone-trickle-'));
  speech = (await spoken()).path;
}, 300_000);
beforeEach(skipWhen(missing));
afterAll(async () => {
  await Promise.all([proxy?.close(), pbx?.close(), relay?.close()]);
  await network?.close();
});

/** A phone on loopback that waits for one call, with a relay to be reached at, and the caller on the other side of the cable. */
async function call(options: {
  caller: string[];
  callee: string[];
  seconds: number;
  meanwhile?: () => Promise<void>;
}) {
  const heard = join(folder, `heard-${options.callee.length}.wav`);
  const server = ['--server', `${proxy.host}:${proxy.port('udp')}`];
  const [first, second] = [proxy.line('201'), proxy.line('202')];
  const callee = sidetone(
    [
      ...['answer', '--calls', '1', ...server, '--user', '202', '--local-address', '127.0.0.1'],
      ...relay.options,
      ...['--record', heard, ...options.callee],
    ],
    { password: second.password },
  );
  await callee.waitFor(({ event, state }) => event === 'registration' && state === 'registered');
  const before = proxy.log().length;
  const caller = sidetone(
    [
      ...['call', '202', ...server, '--user', '201', '--no-register', '--play', speech],
      ...['--for', String(options.seconds), ...options.caller],
    ],
    { password: first.password, network },
  );
  await caller.waitForCall('connected');
  await options.meanwhile?.();
  expect(await caller.exited, caller.stderr).toBe(0);
  expect(await callee.exited, callee.stderr).toBe(0);
  const infos = proxy
    .log()
    .slice(before)
    .split('\n')
    .filter((line) => line.includes('REQUEST INFO'));
  return { heard, caller, callee, infos };
}

it('a relay that is named after the answer carries the call, and the next address finds it again by a restart', async () => {
  const { heard, caller, callee, infos } = await call({
    caller: ['--ice-trickle'],
    callee: ['--ice-trickle'],
    seconds: 7,
    meanwhile: async () => {
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      await network.changeAddress();
    },
  });
  // A check from the relay may be quicker than the INFO that names it.
  expect(['relay', 'prflx']).toContain(caller.of('path')[0]?.['remote']);
  expect(caller.of('path')[0]?.['remoteAddress']).toMatch(new RegExp(`^${network.hostAddress}:43`));
  expect(callee.of('path')[0]).toMatchObject({ local: 'relay', remote: 'host' });
  expect(infos.length).toBeGreaterThan(0);
  expect(caller.of('path').at(-1)?.['localAddress']).toContain(network.address);
  await expectSpeech(readWav(heard), wholeSeconds, { last: 3 });
}, 40_000);

it.each([
  ['caller', ['--ice-trickle'], ['--ice']],
  ['callee', ['--ice'], ['--ice-trickle']],
])(
  'where the %s alone knows it, everything is named at once and nothing follows',
  async (_who, caller, callee) => {
    const { infos, ...phones } = await call({ caller, callee, seconds: 1 });
    expect(phones.caller.of('path').at(-1)).toMatchObject({ local: 'host', remote: 'relay' });
    expect(phones.callee.of('path').at(-1)).toMatchObject({ local: 'relay' });
    expect(infos).toEqual([]);
  },
  30_000,
);

it('a call to Asterisk, which does not know it, is as good as without it', async () => {
  const record = join(folder, 'echo.wav');
  const run = sidetone(
    [
      ...['call', '600', '--server', `${pbx.host}:${pbx.sipPort}`, '--user', '101', '--ice-trickle'],
      ...['--play', speech, '--record', record, '--for', '3'],
    ],
    { password: pbx.line('101').password, network },
  );
  expect(await run.exited, run.stderr).toBe(0);
  expect(run.of('path').at(-1)).toMatchObject({ local: 'host', remote: 'host' });
  await expectSpeech(readWav(record), wholeSeconds);
}, 30_000);
