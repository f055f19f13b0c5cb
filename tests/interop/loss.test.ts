/**
 * Signalling over UDP that loses packets in both directions, through Asterisk: registrations succeed, calls are set up and torn
 * down, and nothing stays open on either side. At 30% RFC 3261's own timers let about one transaction in a hundred fail.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AccountLine } from '../../engine/account-line.ts';
import type { MediaEngine } from '../../engine/media/media-engine.ts';
import { AsteriskPbx } from '../support/asterisk.ts';
import { skipWhen } from '../support/skip.ts';
import { LossyLink } from '../support/lossy-link.ts';
import { registeredWithin, testLine, testMediaThread } from '../support/test-line.ts';

const count = 50;
const seed = Number(process.env['SIDETONE_LOSS_SEED'] ?? randomInt(2 ** 31));
/** By then the last of RFC 3261's timers has run out (64 × T1 is 32 s). */
const releasedWithinMs = 40_000;
const missing = await AsteriskPbx.missing();
let media: MediaEngine;

beforeAll(() => {
  if (missing === undefined) media = testMediaThread();
});
beforeEach(skipWhen(missing));
afterAll(() => media?.close());

/** Calls Echo(), talks for a second, hangs up. True when it was answered and ended by us. */
async function callOnce(line: AccountLine): Promise<boolean> {
  const call = line.userAgent.call('600', {
    id: randomUUID(),
    source: { kind: 'silence' },
    sink: { kind: 'none' },
  });
  const stop = call.on(() => {
    if (call.snapshot.state === 'connected') {
      stop();
      setTimeout(() => call.hangup(), 1000);
    }
  });
  await call.ended;
  return call.snapshot.answeredAt !== null && call.snapshot.end?.error === null;
}

describe.concurrent.each([
  { percent: 10, attempts: 1, leastCalls: 50 },
  { percent: 30, attempts: 2, leastCalls: 47 },
])('at $percent% loss in both directions', ({ percent, attempts, leastCalls }) => {
  it(`registers ${count} of ${count} and sets up and tears down at least ${leastCalls} calls, leaving nothing open`, async () => {
    console.log(`loss ${percent}%, seed ${seed} (SIDETONE_LOSS_SEED repeats it)`);
    const loss = percent / 100;
    const pbx = await AsteriskPbx.start();
    const link = await LossyLink.start({
      target: { address: pbx.host, port: pbx.sipPort },
      seed,
      lossToTarget: loss,
      lossToClient: loss,
    });
    const lines = Array.from({ length: count }, (_, index) => {
      const extension = `10${(index % 6) + 1}`;
      return testLine({
        host: link.address,
        port: link.port,
        user: extension,
        password: pbx.line(extension).password,
        media,
      });
    });
    try {
      const registered = await Promise.all(lines.map((line) => registeredWithin(line, attempts)));
      const registrations = registered.filter(Boolean).length;
      const calls = (await Promise.all(lines.map(callOnce))).filter(Boolean).length;
      console.log(`registrations ${registrations} of ${count}, calls ${calls} of ${count}`, link.counts);
      expect(link.counts.toTarget.lost).toBeGreaterThan(0);
      expect(registrations).toBe(count);
      expect(calls).toBeGreaterThanOrEqual(leastCalls);
      await pbx.until(
        'Asterisk to have no channel open',
        async () => (await pbx.activeChannels()) === 0,
        releasedWithinMs,
      );
    } finally {
      await Promise.all(lines.map((line) => line.close()));
      await link.close();
      await pbx.close();
    }
  }, 400_000);
});
