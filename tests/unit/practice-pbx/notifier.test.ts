/** Lamps and the mailbox of the practice PBX, watched by the phone's own engine. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLogger } from '../../../engine/log.ts';
import type { Subscription } from '../../../engine/sip/subscription.ts';
import { WatchedExtension } from '../../../engine/watched-extension.ts';
import { type PracticePbx, startPracticePbx } from '../../../practice-pbx/practice-pbx.ts';
import { registrationIs, testAgent } from '../engine/sip/support/test-agent.ts';
import type { TestAgent } from '../engine/sip/support/test-agent.ts';

const promptsFolder = join(import.meta.dirname, '../../../resources/prompts');
let folder: string;
let pbx: PracticePbx;
let phone: TestAgent;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'practice-lamps-'));
  pbx = await startPracticePbx({ port: 0, dataFolder: folder, promptsFolder, log: silentLogger });
  phone = testAgent(pbx.port, { password: async () => pbx.password });
  await phone.agent.start();
  await registrationIs(phone.agent, 'registered');
});
afterEach(async () => {
  await phone.agent.close();
  await pbx.close();
  rmSync(folder, { recursive: true, force: true });
});

const lamp = (number: string) => new WatchedExtension(number, phone.agent, () => undefined);

it('a lamp is lit while somebody talks with the extension, and always for the one that is always busy', async () => {
  const [operator, busy, stranger] = [lamp('1001'), lamp('1002'), lamp('2345')];
  await expect.poll(() => [operator.state.state, busy.state.state]).toEqual(['idle', 'busy']);
  await expect.poll(() => stranger.state.reason).toMatch(/404/);
  const call = phone.agent.call('1001', {
    id: 'call',
    source: { kind: 'silence' },
    sink: { kind: 'none' },
  });
  await expect.poll(() => operator.state.state).toBe('busy');
  call.hangup();
  await expect.poll(() => operator.state.state).toBe('idle');
});

it('the mailbox is told to whoever subscribes, again when asked again, until he lets go', async () => {
  const told: string[] = [];
  const subscription: Subscription = phone.agent.beside.subscribe({
    event: 'message-summary',
    accept: ['application/simple-message-summary'],
    onNotify: ({ body }) => told.push(body),
  });
  await expect.poll(() => told).toHaveLength(1);
  expect(told[0]).toContain('Messages-Waiting: no');
  subscription.refresh();
  await expect.poll(() => told).toHaveLength(2);
  expect(subscription.snapshot).toEqual({ phase: 'active', refusal: null });
  await subscription.end();
  expect(subscription.snapshot.phase).toBe('off');
});

it('what nobody can watch is refused with what can be', async () => {
  const subscription = phone.agent.beside.subscribe({
    event: 'presence',
    accept: [],
    onNotify: () => undefined,
  });
  await expect.poll(() => subscription.snapshot.refusal).toMatchObject({ status: 489 });
});
