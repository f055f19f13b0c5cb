/** The journey in a browser: the browser shell as a process, a real Chromium, a microphone that speaks. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, expect, test, type Browser, type BrowserContext } from '@playwright/test';
import { speech } from '../../support/speech.ts';
import { asTelephoned, growEar } from '../heard-sound.ts';
import { journey, type Traveller } from '../journey.ts';
import { takeScreens } from '../screens.ts';
import { type RunningWebShell, startWebShell } from './web-shell.ts';

const viewport = { width: 380, height: 620 };

let home: string;
let shell: RunningWebShell;
let browser: Browser;
let context: BrowserContext;
let traveller: Traveller;
let address: string;
const errors: string[] = [];

test.describe.configure({ mode: 'serial', timeout: 150_000 });

test.beforeAll(async () => {
  const voice = await speech({ seconds: 30, rate: 48_000 });
  home = mkdtempSync(join(tmpdir(), 'sidetone-journey-'));
  shell = await startWebShell(home);
  ({ address } = shell);
  browser = await chromium.launch({
    executablePath: process.env['SIDETONE_TEST_CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-audio-capture=${voice.path}`,
    ],
  });
  context = await browser.newContext({ viewport, permissions: ['microphone', 'clipboard-write'] });
  await context.addInitScript(growEar);
  const page = await context.newPage();
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(address);
  traveller = { page, shell: 'web', spoken: asTelephoned(voice) };
});

test.afterAll(async () => {
  await browser?.close();
  await shell?.close();
  rmSync(home, { recursive: true, force: true });
});

for (const { title, walk } of journey) {
  test(title, async () => {
    await walk(traveller);
    expect(errors).toEqual([]);
  });
}

test('the page may be loaded again: no new link is needed', async () => {
  const { page } = traveller;
  await page.reload();
  await expect(page.getByText('Ready', { exact: true }).first()).toBeVisible();
  expect(page.url()).not.toContain('token');
});

test('a second tab says that another page has the sound, and takes it over when asked to', async () => {
  const { page } = traveller;
  await page.getByRole('combobox', { name: 'Name or number' }).fill('*43');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('status')).toHaveText('Connected to ✱43');
  const second = await context.newPage();
  await second.goto(new URL('/', address).href);
  const card = second.getByRole('region', { name: 'Another page has the sound' });
  await expect(card).toBeVisible();
  await takeScreens(second, 'web', '17-second-tab');
  await card.getByRole('button', { name: 'Use the sound here' }).click();
  await expect(card).toBeHidden();
  await expect(page.getByRole('region', { name: 'Another page has the sound' })).toBeVisible();
  await second.getByRole('button', { name: 'Hang up', exact: true }).click();
  await expect(page.getByTestId('status')).toHaveText(/^You hung up/);
  await second.close();
});

test('a microphone that is denied is one clear sentence, and one can call all the same', async () => {
  const strict = await browser.newContext({ viewport, storageState: await context.storageState() });
  const page = await strict.newPage();
  await page.goto(new URL('/', address).href);
  await page.getByRole('combobox', { name: 'Name or number' }).fill('*43');
  await page.keyboard.press('Enter');
  const card = page.getByRole('region', { name: 'Nobody can hear you' });
  await expect(card).toContainText('The phone may not use the microphone.');
  await takeScreens(page, 'web', '18-microphone-denied');
  await card.getByRole('button', { name: 'Call without a microphone' }).click();
  await expect(page.getByTestId('status')).toHaveText('Connected to ✱43');
  await page.getByRole('button', { name: 'Hang up', exact: true }).click();
  await expect(page.getByTestId('status')).toHaveText(/^You hung up/);
  await strict.close();
});
