/** The browser shell as a process: the address that it prints, what that is good for, and how it ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from '@playwright/test';
import { projectRoot } from '../../support/project-paths.ts';

let home: string;
let shell: ChildProcess;
let url: string;

test.beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'sidetone-web-shell-'));
  shell = spawn(process.execPath, [join(projectRoot, 'dist/web/main.cjs'), '--no-open', '--json'], {
    env: { ...process.env, SIDETONE_HOME: home },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  if (shell.stdout === null) throw new Error('the shell has no stdout');
  const first = await new Promise<string>((resolve, reject) => {
    createInterface({ input: shell.stdout ?? process.stdin }).once('line', resolve);
    shell.once('exit', (code) => reject(new Error(`the shell ended with ${code}`)));
  });
  const ready = JSON.parse(first) as { event: string; url: string };
  expect(ready.event).toBe('ready');
  url = ready.url;
});

test.afterEach(async () => {
  if (shell.exitCode === null) {
    const left = new Promise((resolve) => shell.once('exit', resolve));
    shell.kill('SIGTERM');
    await left;
  }
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
  const left = new Promise<number | null>((resolve) => shell.once('exit', resolve));
  shell.kill('SIGINT');
  expect(await left).toBe(0);
  expect(Date.now() - before).toBeLessThan(2_500);
});
