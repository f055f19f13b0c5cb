/** Several calls in the window and the whole phone behind it: the echo, the mailbox, and both together. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { type RunningWebShell, startWebShell } from './web-shell.ts';

test.use({
  viewport: { width: 380, height: 620 },
  permissions: ['microphone'],
  launchOptions: {
    executablePath: process.env['SIDETONE_TEST_CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
  },
});

let home: string;
let shell: RunningWebShell;
test.beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'sidetone-calls-'));
  shell = await startWebShell(home);
});
test.afterEach(async () => {
  await shell?.close();
  rmSync(home, { recursive: true, force: true });
});

const status = (page: Page) => page.getByTestId('status');
const others = (page: Page) => page.getByRole('region', { name: 'Other calls' });

async function dial(page: Page, number: string, shown: string): Promise<void> {
  await page.getByRole('combobox', { name: 'Name or number' }).fill(number);
  await page.keyboard.press('Enter');
  await expect(status(page)).toHaveText(`Connected to ${shown}`);
}

test('a second call holds the first; swap, merge, take out and hang up, each in one step', async ({
  page,
}) => {
  await page.goto(shell.address);
  await page.getByRole('button', { name: 'Just try it' }).click();
  await expect(page.getByRole('dialog')).toBeHidden();
  await expect(page.getByText('Ready', { exact: true })).toHaveCount(2);

  await dial(page, '*43', '✱43');
  await page.getByRole('button', { name: 'Add call' }).click();
  await dial(page, '*97', '✱97');
  await expect(others(page)).toContainText(/✱43.*On hold/);

  await page.getByRole('button', { name: 'Swap to ✱43' }).click();
  await expect(page.getByRole('heading', { name: '✱43' })).toBeVisible();
  await expect(others(page)).toContainText(/✱97.*On hold/);

  await page.getByRole('button', { name: 'Merge' }).click();
  await expect(page.getByRole('heading', { name: /^You, ✱\d+ and ✱\d+$/ })).toBeVisible();
  await expect(others(page)).toBeHidden();

  await page.getByRole('button', { name: 'Take ✱97 out of the conference, on hold' }).click();
  await expect(page.getByRole('heading', { name: '✱43' })).toBeVisible();
  await expect(others(page)).toContainText(/✱97.*On hold/);

  await page.getByRole('button', { name: 'Hang up', exact: true }).click();
  await expect(page.getByRole('heading', { name: '✱97' })).toBeVisible();
  await page.getByRole('button', { name: 'Resume', exact: true }).click();
  await expect(status(page)).toHaveText('Connected to ✱97');
  await page.getByRole('button', { name: 'Hang up', exact: true }).click();
  await expect(status(page)).toHaveText(/^You hung up/);
});

test('do not disturb stands in the header and is kept', async ({ page }) => {
  await page.goto(shell.address);
  await page.getByRole('button', { name: 'Just try it' }).click();
  await page.getByRole('button', { name: 'Do not disturb' }).click();
  await expect(page.getByRole('banner')).toContainText('Do not disturb');
  await page.reload();
  await expect(page.getByRole('button', { name: 'Do not disturb' })).toHaveAttribute('aria-pressed', 'true');
});
