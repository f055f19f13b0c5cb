import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLogger } from '../../../engine/log.ts';
import { MailboxLight } from '../../../engine/mailbox-light.ts';
import { MessageStore } from '../../../practice-pbx/message-store.ts';
import { type PracticePbx, startPracticePbx } from '../../../practice-pbx/practice-pbx.ts';
import { registrationIs, testAgent } from '../engine/sip/support/test-agent.ts';
import type { TestAgent } from '../engine/sip/support/test-agent.ts';
import { openTestPhone } from './test-phone.ts';

const promptsFolder = join(import.meta.dirname, '../../../resources/prompts');
let folder: string;
let pbx: PracticePbx;
let phone: TestAgent;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'practice-light-'));
  pbx = await startPracticePbx({ port: 0, dataFolder: folder, promptsFolder, log: silentLogger });
  phone = testAgent(pbx.port, { password: async () => pbx.password });
});
afterEach(async () => {
  await phone.agent.close();
  await pbx.close();
  rmSync(folder, { recursive: true, force: true });
});

it('is told with the registration, and again when a message has been left', async () => {
  new MessageStore(join(folder, 'mailboxes')).add('1000', {
    from: '1001',
    atMs: 1,
    samples: new Int16Array(8000),
  });
  const light = new MailboxLight(phone.agent, () => undefined);
  await phone.agent.start();
  await registrationIs(phone.agent, 'registered');
  await expect.poll(() => light.mailbox).toEqual({ waiting: true, new: 1, old: 0 });

  const caller = await openTestPhone(pbx.port, pbx.password.reveal());
  const call = await caller.call('*1000');
  expect(await call.answered).toBe(200);
  // The key cuts the announcement short; after the tone more than a second is kept.
  call.press('#');
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  call.sound.say(new Int16Array(24_000).map((_, at) => 8_000 * Math.sin(at / 4)));
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  await call.hangUp();
  await expect.poll(() => light.mailbox?.new, { timeout: 5_000 }).toBe(2);
  await caller.close();
}, 30_000);
