/** Whether a TURN server helps is found out in Settings, with a real one: what is wrong stands there in a sentence. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { Coturn } from '../../support/coturn.ts';
import { freePort } from '../../support/free-ports.ts';
import { takeScreens } from '../screens.ts';
import { type RunningWebShell, startWebShell } from './web-shell.ts';

const credential = { username: 'mia', password: 'a right password' };

test.use({
  viewport: { width: 380, height: 620 },
  launchOptions: {
    executablePath: process.env['SIDETONE_TEST_CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  },
});

let home: string;
let shell: RunningWebShell | undefined;
let coturn: Coturn | undefined;
test.beforeAll(async () => {
  const missing = await Coturn.missing();
  test.skip(missing !== undefined, missing);
  home = mkdtempSync(join(tmpdir(), 'sidetone-turn-'));
  [shell, coturn] = await Promise.all([startWebShell(home), Coturn.start({ credential })]);
});
test.afterAll(async () => {
  await Promise.all([shell?.close(), coturn?.close()]);
  if (home !== undefined) rmSync(home, { recursive: true, force: true });
});

/** Fills the form that is open and has everything checked; resolves to what is said of the server. */
async function saveAndCheck(page: Page, url: string, password: string) {
  const form = page.getByRole('dialog', { name: 'TURN server' });
  await form.getByLabel('Address').fill(url);
  await form.getByLabel('User name').fill(credential.username);
  await form.getByLabel('Password', { exact: true }).fill(password);
  await form.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'Check the network' }).click();
  const found = page.getByRole('list', { name: 'What was found' });
  return found.getByRole('listitem').filter({ hasText: `TURN server ${url}` });
}

test('a TURN server that works, one that refuses the password, and one that is not there', async ({
  page,
}) => {
  if (shell === undefined || coturn === undefined) throw new Error('nothing was started');
  const url = `turn:127.0.0.1:${coturn.port}`;
  await page.goto(shell.address);
  await page.getByRole('button', { name: 'Just try it' }).click();
  await page.getByRole('button', { name: 'Settings' }).click();

  await page.getByRole('button', { name: 'Add a TURN server' }).click();
  const good = await saveAndCheck(page, url, credential.password);
  await expect(good).toContainText(/Good:.*It relays sound at 127\.0\.0\.1:43\d\d\d\./);
  await takeScreens(page, 'web', '21-turn-server-good');

  await page.getByRole('button', { name: `Change ${url}` }).click();
  const refused = await saveAndCheck(page, url, 'a wrong password');
  await expect(refused).toContainText(/Not good:.*it does not accept the user name or password\./);
  await takeScreens(page, 'web', '22-turn-server-refused');

  await page.getByRole('button', { name: `Change ${url}` }).click();
  const nowhere = `turn:127.0.0.1:${await freePort(44_000, 44_400)}`;
  const silent = await saveAndCheck(page, nowhere, credential.password);
  await expect(silent).toContainText(/Not good:.*nothing listens at its port\./);
});
