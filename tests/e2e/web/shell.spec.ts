/** The browser shell as a process: the address that it prints, what that is good for, and how it ends. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { type RunningWebShell, startWebShell } from './web-shell.ts';

let home: string;
let shell: RunningWebShell;
let url: string;

test.beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'sidetone-web-shell-'));
  shell = await startWebShell(home);
  url = shell.address;
});

test.afterEach(async () => {
  await shell.close();
  rmSync(home, { recursive: true, force: true });
});

test('opens the phone from its address, keeps it over a reload, and shows the token to nobody', async ({
  page,
}) => {
  const violations: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') violations.push(message.text());
  });
  await page.goto(url);
  await expect(page.getByText('Ready').first()).toBeVisible();
  expect(page.url()).not.toContain('token');
  await page.reload();
  await expect(page.getByText('Ready').first()).toBeVisible();
  expect(await page.evaluate(() => document.cookie)).toBe('');
  expect(violations).toEqual([]);
});

test('is closed to a second browser with the same address, and says so', async ({ page, browser }) => {
  await page.goto(url);
  await expect(page.getByText('Ready').first()).toBeVisible();
  const other = await browser.newContext();
  const stranger = await other.newPage();
  await stranger.goto(url);
  await expect(stranger.getByText('may not control the phone').first()).toBeVisible();
  await other.close();
});

test('ends within two seconds when it is interrupted', async ({ page }) => {
  await page.goto(url);
  await expect(page.getByText('Ready').first()).toBeVisible();
  const before = Date.now();
  expect(await shell.interrupt()).toBe(0);
  expect(Date.now() - before).toBeLessThan(2_500);
});
