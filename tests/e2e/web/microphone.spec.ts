/** The microphone before a call and while it goes on: it is checked, and noise is taken out of it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, expect, test, type Page } from '@playwright/test';
import { speech } from '../../support/speech.ts';
import { steadyTone, toneDb } from '../../support/steady-tone.ts';
import { writeWav } from '../../support/wav-file.ts';
import { expectSoundBack, lookAtSettings, microphoneHz, openToneLine, talkOn } from '../device-change.ts';
import { comparedRate, growEar, hear, levelDb } from '../heard-sound.ts';
import { takeScreens } from '../screens.ts';
import { type RunningWebShell, startWebShell } from './web-shell.ts';

const microphoneRate = 48_000;
/** Of the tone for a voice, as mean power: a quarter of full scale at its peak. */
const toneLevelDb = -15;
const settlingMs = 1_500;
const processing = ['Echo cancellation', 'Noise reduction', 'Automatic gain'];
/** Makes of the speech one that just does not clip. */
const voiceGain = 1.8;
/** Where the slider of the microphone stands, and what is said of it then. */
const verdicts = [
  { place: '1', words: 'Your microphone is too loud.' },
  { place: '0.06', words: 'We hear you, but you are quiet.' },
  { place: '0', words: 'We hear nothing.' },
];

let home: string;
let shell: RunningWebShell;
test.beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'sidetone-microphone-'));
  shell = await startWebShell(home);
});
test.afterAll(async () => {
  await shell?.close();
  rmSync(home, { recursive: true, force: true });
});

/** The phone in a browser whose microphone plays a file over and over. */
async function withMicrophone(file: string, address: string, walk: (page: Page) => Promise<void>) {
  const browser = await chromium.launch({
    executablePath: process.env['SIDETONE_TEST_CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--use-fake-device-for-media-stream', `--use-file-for-fake-audio-capture=${file}`],
  });
  try {
    const context = await browser.newContext({
      viewport: { width: 380, height: 620 },
      permissions: ['microphone'],
    });
    await context.addInitScript(growEar);
    const page = await context.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    await page.goto(address);
    const firstRun = page.getByRole('button', { name: 'Just try it' });
    await expect(page.getByText('Ready', { exact: true }).first()).toBeAttached();
    if (await firstRun.isVisible()) await firstRun.click();
    await walk(page);
    expect(errors).toEqual([]);
  } finally {
    await browser.close();
  }
}

const goTo = (page: Page, place: string) =>
  page.getByRole('navigation', { name: 'Places' }).getByRole('button', { name: place }).click();
const turn = (page: Page, name: string) => page.getByRole('switch', { name, exact: true }).click();

test('a check before a call says "we hear you" and plays back what it heard, or says what is wrong', async () => {
  const { samples, rate } = await speech({ seconds: 10, rate: microphoneRate });
  const file = join(home, 'voice.wav');
  writeWav(file, { samples: samples.map((sample) => sample * voiceGain), rate });
  await withMicrophone(file, shell.address, async (page) => {
    await goTo(page, 'Settings');
    // The browser would make any voice as loud as it should be.
    for (const name of processing) await turn(page, name);
    const check = page.getByRole('group', { name: 'Microphone check' });
    await check.getByRole('button', { name: 'Check the microphone' }).click();
    await expect(check.getByText('Say something now…')).toBeVisible();
    await takeScreens(page, 'web', '19-microphone-check');
    await expect(check.getByText('This is how you sound.')).toBeVisible();
    expect(levelDb(await hear(page, 1))).toBeGreaterThan(-45);
    await expect(check.getByRole('button', { name: 'Check again' })).toBeVisible();
    await expect(check.getByText('We hear you.')).toBeVisible();
    await takeScreens(page, 'web', '20-microphone-checked');

    for (const { place, words } of verdicts) {
      await page.getByRole('slider', { name: 'Microphone volume' }).fill(place);
      // The slider writes its setting a few times a second.
      await page.waitForTimeout(300);
      await check.getByRole('button', { name: /^Check/ }).click();
      await expect(check.getByRole('status')).toContainText(words);
      await check.getByRole('button', { name: 'Stop' }).click();
    }
  });
});

/** In a browser of its own, with a tone for a voice. A second browser has no cookie yet: it needs the token of a fresh shell. */
async function withTone(walk: (page: Page) => Promise<void>): Promise<void> {
  const ownHome = mkdtempSync(join(tmpdir(), 'sidetone-microphone-'));
  const file = join(ownHome, 'tone.wav');
  writeWav(file, { samples: steadyTone(microphoneHz, microphoneRate, 2), rate: microphoneRate });
  const own = await startWebShell(ownHome);
  try {
    await withMicrophone(file, own.address, walk);
  } finally {
    await own.close();
    rmSync(ownHome, { recursive: true, force: true });
  }
}

test('in a call strong noise reduction takes a hum away, and lets go of it again', async () => {
  await withTone(async (page) => {
    await goTo(page, 'Settings');
    for (const name of processing) await turn(page, name);
    await goTo(page, 'Keypad');
    await page.getByRole('combobox', { name: 'Name or number' }).fill('*43');
    await page.keyboard.press('Enter');
    await expect(page.getByTestId('status')).toHaveText('Connected to ✱43');
    await lookAtSettings(page);
    await page.waitForTimeout(settlingMs);
    const before = levelDb(await hear(page, 1));
    expect(before).toBeGreaterThan(-40);

    await turn(page, 'Strong noise reduction');
    await expect(async () => {
      expect(levelDb(await hear(page, 1))).toBeLessThan(before - 10);
    }).toPass({ timeout: 15_000 });
    await expect(page.getByText('Strong noise reduction cannot run here.')).toHaveCount(0);
    await turn(page, 'Strong noise reduction');
    await expect(async () => {
      expect(Math.abs(levelDb(await hear(page, 1)) - before)).toBeLessThan(3);
    }).toPass({ timeout: 15_000 });
  });
});

test('in a call other devices take over within 100 ms, and one hears oneself as loud as one wants', async () => {
  const line = await openToneLine();
  try {
    await withTone(async (page) => {
      await talkOn(page, line);
      await lookAtSettings(page);
      await expectSoundBack(page, line, 'Microphone');
      await expectSoundBack(page, line, 'Speaker');

      const oneselfDb = async () => toneDb(await hear(page, 0.5), microphoneHz, comparedRate);
      const slider = page.getByRole('slider', { name: 'Hear yourself' });
      expect(await oneselfDb()).toBeLessThan(-60);
      await slider.press('End');
      await expect(async () => {
        expect(Math.abs((await oneselfDb()) - toneLevelDb)).toBeLessThan(2);
      }).toPass({ timeout: 10_000 });
      // The slider's keys move a tenth, and the gain grows with the square of the place: half the way is 12 dB less.
      for (let step = 0; step < 5; step += 1) await slider.press('PageDown');
      await expect(async () => {
        expect(Math.abs((await oneselfDb()) - (toneLevelDb - 12))).toBeLessThan(2);
      }).toPass({ timeout: 10_000 });
    });
  } finally {
    await line.close();
  }
});
