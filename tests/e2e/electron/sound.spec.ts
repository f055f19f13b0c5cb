/** Sound in the desktop app's own Chromium: Opus there and back, and RNNoise in the worklet, under the page's policy. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, type ElectronApplication, type Page } from '@playwright/test';
import type { DesktopBridge } from '../../../contract/shell.ts';
import { writeWav } from '../../support/wav-file.ts';
import { startDesktopApp } from '../desktop-app.ts';
import { lookAtSettings } from '../device-change.ts';
import { comparedRate, growEar, hear } from '../heard-sound.ts';
import { skipWhenHopeless, witnessed } from '../machine-witness.ts';
import { listenSeconds, noisyVoice, roomAndVoice } from '../noisy-voice.ts';

declare global {
  interface Window {
    sidetone: DesktopBridge;
  }
}

/** Above this in pauses there is noise in the room. */
const noisyRoomDb = -56;
const patience = { timeout: 40_000, intervals: [0] };

let home: string;
let app: ElectronApplication;
let page: Page;
const errors: string[] = [];

test.beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'sidetone-sound-'));
  const microphone = join(home, 'microphone.wav');
  writeWav(microphone, await noisyVoice(10));
  app = await startDesktopApp(home, microphone);
  page = await app.firstWindow();
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.evaluate(growEar);
});

test.afterAll(async () => {
  await app?.close();
  rmSync(home, { recursive: true, force: true });
});

/** Settings as a person would change them, in the middle of a call. */
async function change(patch: unknown): Promise<void> {
  const answer = await page.evaluate((wanted) => window.sidetone.request('settings.change', wanted), {
    patch,
  });
  if (!answer.ok) throw new Error(answer.error.message);
}

type Levels = ReturnType<typeof roomAndVoice>;

/**
 * Listens until what is heard passes. On a very busy machine the fake microphone stumbles so often that its holes fill the pauses:
 * one listens again.
 */
async function expectSound(judge: (heard: Levels) => void | Promise<void>): Promise<void> {
  let leastLagMs = Infinity;
  const listened = expect(async () => {
    const { result, worstLagMs } = await witnessed(() => hear(page, listenSeconds));
    leastLagMs = Math.min(leastLagMs, worstLagMs);
    await judge(roomAndVoice(result, comparedRate));
  }).toPass(patience);
  await listened.catch((fault: unknown) => {
    skipWhenHopeless(leastLagMs);
    throw fault;
  });
}

test('an Opus call is heard, and strong noise reduction takes the room away and leaves the voice', async () => {
  test.setTimeout(180_000);
  await change({
    interface: { first_run_done: true },
    codecs: [
      { payload_type: 107, name: 'opus', priority: 1, enabled: true },
      { payload_type: 101, name: 'telephone-event', priority: 2, enabled: true },
    ],
    audio: {
      echo_cancellation: false,
      noise_reduction: false,
      auto_gain_control: false,
      // Pauses are sent as they are: what is quiet in them is what the test is about.
      voice_activity_detection: false,
    },
  });
  await expect(page.getByText('Ready', { exact: true }).first()).toBeAttached();
  await page.getByRole('combobox', { name: 'Name or number' }).fill('*43');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('status')).toHaveText('Connected to ✱43');
  await page.getByRole('button', { name: 'Call details' }).click();
  await expect(page.getByRole('dialog').getByText('Opus · 48 kHz')).toBeVisible();
  await page.keyboard.press('Escape');

  await lookAtSettings(page);
  let before: Levels = { roomDb: -Infinity, voiceDb: -Infinity };
  await expectSound((heard) => {
    before = heard;
    expect(before.roomDb).toBeGreaterThan(noisyRoomDb);
  });
  await change({ audio: { strong_noise_reduction: true } });
  await expectSound(async (cleaned) => {
    await expect(page.getByText('Strong noise reduction cannot run here.')).toHaveCount(0, { timeout: 1 });
    expect(cleaned.roomDb).toBeLessThan(before.roomDb - 12);
    expect(Math.abs(cleaned.voiceDb - before.voiceDb)).toBeLessThan(5);
  });
  await change({ audio: { strong_noise_reduction: false } });
  await expectSound(({ roomDb }) => expect(roomDb).toBeGreaterThan(noisyRoomDb));
  expect(errors).toEqual([]);
});
