/** How the command line tool ends when the server, or whoever drives the tool, is gone. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sidetone } from '../support/sidetone.ts';
import { type SipPeer, peerDescription, sipPeer } from '../support/sip-peer.ts';

let peer: SipPeer;
/** From then on the server says nothing. */
let mute = false;

beforeEach(async () => {
  mute = false;
  peer = await sipPeer();
  peer.onRequest = (request) => {
    if (mute || request.method === 'ACK') return;
    const contact = `Contact: <sip:peer@127.0.0.1:${peer.port}>`;
    if (request.method === 'INVITE') peer.reply(request, '200 OK', [contact], peerDescription(39_998));
    else if (request.method === 'REGISTER')
      peer.reply(request, '200 OK', [`Contact: ${request.header('Contact')}`]);
    else peer.reply(request, '200 OK');
  };
});
afterEach(() => peer.close());

const line = () => ['--server', `127.0.0.1:${peer.port}`, '--user', '1000'];

it('ends within seconds, and says so, when the server is silent from the middle of a call on', async () => {
  const run = sidetone(['call', '1001', ...line(), '--for', '1'], { password: 'x' });
  await run.waitForCall('connected');
  mute = true;
  const ended = await run.waitForCall('ended').then(() => performance.now());
  expect(await run.exited).toBe(0);
  expect(performance.now() - ended).toBeLessThan(12_000);
  expect(run.stderr).toContain('127.0.0.1 has not confirmed the end of the call.');
}, 40_000);

it('ends at once, and complains once, when the server is switched off in the middle of a call', async () => {
  const run = sidetone(['call', '1001', ...line(), '--for', '3'], { password: 'x' });
  await run.waitForCall('connected');
  const { port } = peer;
  await peer.close();
  const ended = await run.waitForCall('ended').then(() => performance.now());
  expect(await run.exited).toBe(0);
  expect(performance.now() - ended).toBeLessThan(8_000);
  expect(run.stderr.split(`refuses connections on port ${port}`).length - 1).toBeLessThanOrEqual(1);
  peer = await sipPeer();
}, 40_000);

it('hangs up and unregisters when nobody reads its events any more', async () => {
  const run = sidetone(['call', '1001', ...line(), '--for', '4'], { password: 'x' });
  await run.waitForCall('calling');
  run.closeStdout();
  await peer.waitFor(({ method }) => method === 'BYE', 10_000);
  expect(await run.exited).toBe(130);
  expect(run.stderr).toContain('Standard output cannot be written (nobody reads it any more).');
  expect(peer.received.at(-1)?.method).toMatch(/REGISTER|BYE/);
}, 40_000);

it('sends nothing to a server when a file or the number on the command line is wrong', async () => {
  const garbage = join(mkdtempSync(join(tmpdir(), 'sidetone-')), 'garbage.wav');
  writeFileSync(garbage, 'no sound');
  for (const [args, words] of [
    [['1001', '--play', garbage], /garbage\.wav cannot be used: it is not a WAV file/],
    [['1001', '--record', join(garbage, 'no/out.wav')], /there is no folder/],
    [['sip:'], /is not a number or SIP address/],
    [['1001', '--local-address', '192.0.2.1'], /does not have that address/],
    [['1001', '--ws-uri', 'http://x/'], /begins with ws:/],
  ] as const) {
    const run = sidetone(['call', ...args, ...line()], { password: 'x' });
    expect(await run.exited, args.join(' ')).toBe(2);
    expect(run.stderr).toMatch(words);
  }
  expect(peer.received).toEqual([]);
}, 40_000);
