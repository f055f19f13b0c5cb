/** What goes wrong outside the phone is one clear sentence in the window, and the phone stays usable. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { holdOnlyPorts } from '../../support/narrow-ports.ts';
import { sipPeer } from '../../support/sip-peer.ts';
import { type RunningWebShell, startWebShell } from './web-shell.ts';

test.use({
  viewport: { width: 380, height: 620 },
  permissions: ['microphone'],
  launchOptions: {
    executablePath: process.env['SIDETONE_TEST_CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--use-fake-device-for-media-stream'],
  },
});

let home: string;
let ports: Awaited<ReturnType<typeof holdOnlyPorts>>;
let shell: RunningWebShell;

test.beforeEach(async ({ page }) => {
  home = mkdtempSync(join(tmpdir(), 'sidetone-errors-'));
  ports = await holdOnlyPorts(home);
  shell = await startWebShell(home);
  await page.goto(shell.address);
  await expect(page.getByRole('banner')).toContainText('Ready');
});

test.afterEach(async () => {
  ports.release();
  await shell.close();
  rmSync(home, { recursive: true, force: true });
});

async function connectExtension(page: Page, server: string): Promise<void> {
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Add an extension' }).click();
  const sheet = page.getByRole('dialog');
  await sheet.getByLabel('Server').fill(server);
  await sheet.getByLabel('Extension', { exact: true }).fill('101');
  await sheet.getByLabel('Password').fill('a password');
  await sheet.getByRole('button', { name: 'Connect', exact: true }).click();
}

test('a server whose name does not exist', async ({ page }) => {
  await connectExtension(page, 'no-such-pbx.invalid');
  const card = page.getByRole('region', { name: 'You cannot be called' });
  await expect(card).toContainText('The name no-such-pbx.invalid cannot be found.');
});

test('a server that is down', async ({ page }) => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  await connectExtension(page, `127.0.0.1:${port}`);
  const card = page.getByRole('region', { name: 'You cannot be called' });
  await expect(card).toContainText(`127.0.0.1 refuses connections on port ${port}.`);
});

test('somebody who does not answer', async ({ page }) => {
  const peer = await sipPeer();
  peer.onRequest = (request) => {
    if (request.method === 'ACK') return;
    if (request.method === 'INVITE') peer.reply(request, '180 Ringing');
    peer.reply(request, request.method === 'INVITE' ? '480 Temporarily Unavailable' : '200 OK');
  };
  try {
    ports.release();
    await connectExtension(page, `127.0.0.1:${peer.port}`);
    await expect(page.getByRole('banner')).toContainText('101');
    await expect(page.getByRole('banner')).toContainText('Ready');
    await page.getByRole('button', { name: 'Keypad' }).click();
    await page.getByRole('combobox', { name: 'Name or number' }).fill('1042');
    await page.keyboard.press('Enter');
    await expect(page.getByTestId('status')).toHaveText('1042 does not answer.');
    await expect(page.getByRole('button', { name: 'Call 1042' })).toBeEnabled();
  } finally {
    await peer.close();
  }
});

test('RTP ports that are all in use; once they are free the same phone calls', async ({ page }) => {
  const field = page.getByRole('combobox', { name: 'Name or number' });
  await field.fill('*43');
  await page.keyboard.press('Enter');
  const sentence = `All RTP ports from ${ports.min} to ${ports.max} are in use.`;
  await expect(page.getByText(sentence).first()).toBeVisible();
  ports.release();
  await field.fill('*43');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('status')).toHaveText('Connected to ✱43');
  await page.getByRole('button', { name: 'Hang up', exact: true }).click();
  await expect(page.getByTestId('status')).toHaveText(/^You hung up/);
});
