/** Transfers of practice callers, asked for by the phone's own engine. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLogger } from '../../../engine/log.ts';
import type { Call } from '../../../engine/sip/call.ts';
import { partyOfUri } from '../../../engine/sip/party.ts';
import { type PracticePbx, startPracticePbx } from '../../../practice-pbx/practice-pbx.ts';
import { testAgent } from '../engine/sip/support/test-agent.ts';
import type { TestAgent } from '../engine/sip/support/test-agent.ts';

const promptsFolder = join(import.meta.dirname, '../../../resources/prompts');
let folder: string;
let pbx: PracticePbx;
let phone: TestAgent;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'practice-transfer-'));
  pbx = await startPracticePbx({ port: 0, dataFolder: folder, promptsFolder, log: silentLogger });
  phone = testAgent(pbx.port, { password: async () => pbx.password, register: false });
  await phone.agent.start();
});
afterEach(async () => {
  await phone.agent.close();
  await pbx.close();
  rmSync(folder, { recursive: true, force: true });
});

async function talk(number: string): Promise<Call> {
  const call = phone.agent.call(number, {
    id: number,
    source: { kind: 'silence' },
    sink: { kind: 'none' },
  });
  await expect.poll(() => call.snapshot.state, { timeout: 5_000 }).toBe('connected');
  return call;
}
const blind = (call: Call, number: string) => {
  const { address } = phone.agent.addressOf(number);
  return call.transfer.blind(address, partyOfUri(address));
};

it.each(['0', '*43', '*1001'])('a caller is handed over to %s, and the call ends', async (number) => {
  const call = await talk('*60');
  await blind(call, number);
  await call.ended;
  expect(call.snapshot.end).toMatchObject({ by: 'here', error: null });
  expect(call.snapshot.transfer).toMatchObject({ state: 'done' });
});

it.each([
  ['1002', /busy/],
  ['1004', /1004/],
  ['2345', /2345/],
])('a transfer to %s fails, says so, and the call is back', async (number, sentence) => {
  const call = await talk('*60');
  await blind(call, number);
  await expect.poll(() => call.snapshot.transfer?.state).toBe('refused');
  expect(call.snapshot.transfer?.sentence).toMatch(sentence);
  await expect.poll(() => call.snapshot.hold).toEqual({ local: false, remote: false, pending: false });
  expect(call.snapshot.state).toBe('connected');
});

it('to 1003 it rings on; hanging up there ends all of it', async () => {
  const call = await talk('*60');
  await blind(call, '1003');
  await expect.poll(() => call.snapshot.transfer?.state).toBe('ringing');
  call.hangup();
  await call.released;
});

it('two calls are joined after a talk with the second, and both end', async () => {
  const [first, second] = [await talk('*60'), await talk('1001')];
  await first.transfer.attended(second.transfer);
  await Promise.all([first.ended, second.ended]);
  expect(first.snapshot.transfer).toMatchObject({ kind: 'attended', state: 'done' });
  await Promise.all([first.released, second.released]);
});
