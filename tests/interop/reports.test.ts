/**
 * What both ends of a call tell each other of its sound by RTCP. Between two of our phones (a proxy passes their descriptions on as
 * they are) each knows how it is heard; Asterisk, which knows nothing of extended reports, is told and tells what RFC 3550 has.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, it } from 'vitest';
import type { MediaStats } from '../../contract/snapshot.ts';
import { AsteriskPbx } from '../support/asterisk.ts';
import { KamailioProxy } from '../support/kamailio.ts';
import { sidetone, type SidetoneRun } from '../support/sidetone.ts';
import { skipWhen } from '../support/skip.ts';
import { speech } from '../support/speech.ts';

const missing = (await AsteriskPbx.missing()) ?? (await KamailioProxy.missing());
let pbx: AsteriskPbx;
let proxy: KamailioProxy;

beforeAll(async () => {
  if (missing !== undefined) return;
  [pbx, proxy] = await Promise.all([
    AsteriskPbx.start(),
    KamailioProxy.start({ extensions: ['210', '211'] }),
  ]);
}, 300_000);
beforeEach(skipWhen(missing));
afterAll(() => Promise.all([pbx?.close(), proxy?.close()]));

/** A call's line in Asterisk's list: packets, losses, percent and jitter of what it receives and of what it sends; the round trip. */
const counted =
  /101-\d+ +\S+ +ulaw +\d+ +(?<lost>\d+) +\d+ +\S+ +\d+ +(?<lostThere>\d+) +\d+ +\S+ +(?<roundTrip>\S+)/;

/** The last counts of a run's only call. */
async function statsOf(run: SidetoneRun): Promise<MediaStats> {
  await run.exited;
  const [stats] = run.of('stats');
  if (stats === undefined) throw new Error(`no statistics: ${run.stderr}`);
  return stats as unknown as MediaStats;
}

it.concurrent(
  'two phones know how they are heard, over a network that loses 8% of the packets of both',
  async ({ expect }) => {
    const { path } = await speech({ rate: 8000, seconds: 40 });
    const line = (user: string) => ['--server', `${proxy.host}:${proxy.port('udp')}`, '--user', user];
    const answering = sidetone(['answer', ...line('211'), '--play', path, '--calls', '1'], {
      password: proxy.line('211').password,
    });
    await answering.waitFor(({ event, state }) => event === 'registration' && state === 'registered');
    const bad = ['--impair', 'loss=8,seed=5'];
    const calling = sidetone(['call', '211', ...line('210'), '--play', path, ...bad, '--for', '12'], {
      password: proxy.line('210').password,
    });
    for (const { lost, rttMs, remote } of await Promise.all([statsOf(calling), statsOf(answering)])) {
      expect(lost).toBeGreaterThan(10);
      expect(rttMs).toBeGreaterThan(0);
      expect(rttMs).toBeLessThan(500);
      expect(remote?.lostPercent).toBeGreaterThan(2);
      expect(remote?.lostPercent).toBeLessThan(20);
      expect(remote?.mos).toBeGreaterThan(1);
      expect(remote?.mos).toBeLessThan(4.2);
      expect(remote?.discardedPercent).toBeGreaterThanOrEqual(0);
      expect(remote?.endDelayMs).toBeGreaterThan(20);
    }
  },
  40_000,
);

it.concurrent(
  'Asterisk measures the round trip and the losses with us, and extended reports do it no harm',
  async ({ expect }) => {
    const server = ['--server', `${pbx.host}:${pbx.sipPort}`, '--user', '101', '--codecs', 'PCMU'];
    const { path } = await speech({ rate: 8000, seconds: 40 });
    const run = sidetone(['call', '600', ...server, '--play', path, '--for', '13'], {
      password: pbx.line('101').password,
    });
    await run.waitForCall('connected');
    await delay(12_000);
    const seen = counted.exec(await pbx.cli('pjsip show channelstats'))?.groups;
    const { rttMs, remote, lost, mos } = await statsOf(run);
    expect(lost).toBe(0);
    expect(mos).toBeGreaterThan(4);
    expect(rttMs).toBeGreaterThan(0);
    expect(rttMs).toBeLessThan(500);
    expect(remote).toMatchObject({ lostPercent: 0, mos: null, discardedPercent: null, endDelayMs: null });
    // What it lost of our stream, and what it has from our reports on its own.
    expect(seen).toMatchObject({ lost: '0', lostThere: '0' });
    expect(Number(seen?.['roundTrip'])).toBeGreaterThan(0);
  },
  40_000,
);
