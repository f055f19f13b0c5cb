/** Everything that goes wrong on a first day gives one clear sentence, the right exit status, and no secret. */
import { createSocket } from 'node:dgram';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AsteriskPbx } from '../support/asterisk.ts';
import { holdOnlyPorts } from '../support/narrow-ports.ts';
import { skipWhen } from '../support/skip.ts';
import { type SidetoneRun, sidetone } from '../support/sidetone.ts';

const missing = await AsteriskPbx.missing();
let pbx: AsteriskPbx;
beforeAll(async () => {
  if (missing !== undefined) return;
  pbx = await AsteriskPbx.start();
}, 300_000);
afterAll(() => pbx?.close());

describe('with Asterisk', () => {
  beforeEach(skipWhen(missing));

  const server = () => ['--server', `${pbx.host}:${pbx.sipPort}`];
  const as = (extension: string) => [...server(), '--user', extension];
  const lastCall = (run: SidetoneRun) => run.of('call').at(-1);

  it('says that the password is not accepted', async () => {
    const run = sidetone(['register', ...as('101')], { password: 'wrong-secret-7' });
    expect(await run.exited).toBe(3);
    expect(run.stderr).toContain('does not accept the password of 101');
    expect(run.stderr + JSON.stringify(run.events)).not.toContain('wrong-secret-7');
    expect(run.of('registration')).toContainEqual(expect.objectContaining({ state: 'failed' }));
  });

  it('says that there is no password', async () => {
    const run = sidetone(['register', ...as('101')], { env: { SIDETONE_PASSWORD: '' } });
    expect(await run.exited).toBe(3);
    expect(run.stderr).toContain('no password for 101');
  });

  it('says that the extension does not exist', async () => {
    const run = sidetone(['call', '999', ...as('101')], { password: pbx.line('101').password });
    expect(await run.exited).toBe(4);
    expect(run.stderr).toContain('There is no extension or number 999.');
    expect(lastCall(run)).toMatchObject({ state: 'ended', code: 404 });
  });

  it('says that the far side is busy', async () => {
    const run = sidetone(['call', '604', ...as('101')], { password: pbx.line('101').password });
    expect(await run.exited).toBe(4);
    expect(run.stderr).toContain('604 is busy.');
    expect(lastCall(run)).toMatchObject({ state: 'ended', code: 486 });
  });

  it('says that nobody answers', async () => {
    const run = sidetone(['call', '608', ...as('101')], { password: pbx.line('101').password });
    expect(await run.exited).toBe(4);
    expect(run.stderr).toContain('608 does not answer.');
  });

  it('says that the server is down', async () => {
    const socket = createSocket('udp4');
    const port = await new Promise<number>((resolve) => {
      socket.bind(0, '127.0.0.1', () => resolve(socket.address().port));
    });
    await new Promise<void>((resolve) => socket.close(() => resolve()));
    const run = sidetone(['register', '--server', `127.0.0.1:${port}`, '--user', '101'], { password: 'x' });
    expect(await run.exited).toBe(3);
    expect(run.stderr).toMatch(/127\.0\.0\.1 (refuses connections on port|does not answer)/);
  }, 90_000);

  it('says that the name of the server cannot be found', async () => {
    const run = sidetone(['register', '--server', 'no-such-pbx.invalid', '--user', '101'], { password: 'x' });
    expect(await run.exited).toBe(3);
    expect(run.stderr).toContain('The name no-such-pbx.invalid cannot be found.');
  }, 40_000);

  it('cancels a call that rings when interrupted, and unregisters', async () => {
    const run = sidetone(['call', '605', ...as('102')], { password: pbx.line('102').password });
    await run.waitForCall('ringing');
    run.signal('SIGINT');
    expect(await run.exited).toBe(130);
    await pbx.until('no channel to be left', async () => (await pbx.activeChannels()) === 0);
    await pbx.until('no contact to be left', async () => (await pbx.contacts('102')).length === 0);
  });
});

it('says that all RTP ports are in use', async () => {
  const home = mkdtempSync(join(tmpdir(), 'sidetone-ports-'));
  const ports = await holdOnlyPorts(home);
  const run = sidetone(['call', '*43', '--for', '1'], { home });
  expect(await run.exited).toBe(4);
  expect(run.stderr).toContain(`All RTP ports from ${ports.min} to ${ports.max} are in use.`);
  ports.release();
  expect(await sidetone(['call', '*43', '--for', '1'], { home }).exited).toBe(0);
});

it.each([
  [['call'], /missing required argument/],
  [['call', '1001', '--codecs', 'GSM'], /GSM is not one of PCMU, PCMA, G722, opus, L16/],
  [['call', '1001', '--server', 'x'], /--user/],
  [['nonsense'], /unknown command/],
])('exits with 2 for %j', async (args, words) => {
  const run = sidetone(args);
  expect(await run.exited).toBe(2);
  expect(run.stderr).toMatch(words);
});
