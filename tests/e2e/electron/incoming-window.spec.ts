/** The small window of an incoming call: it comes when one works elsewhere, takes no keyboard, and goes with the ringing. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, type ElectronApplication, type Page } from '@playwright/test';
import type { RequestInput, RequestName } from '../../../contract/phone.ts';
import type { CallSnapshot, PhoneSnapshot } from '../../../contract/snapshot.ts';
import { startDesktopApp } from '../desktop-app.ts';
import { takeScreens } from '../screens.ts';

let home: string;
let app: ElectronApplication;
let page: Page;

test.beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'sidetone-incoming-'));
  app = await startDesktopApp(home);
  page = await app.firstWindow();
});

test.afterEach(async () => {
  await app?.close();
  rmSync(home, { recursive: true, force: true });
});

async function ask<N extends RequestName>(name: N, input: RequestInput<N>): Promise<unknown> {
  const answer = await page.evaluate(([asked, data]) => window.sidetone.request(asked, data), [
    name,
    input,
  ] as const);
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.value;
}
const snapshot = async () => (await ask('phone.snapshot', {})) as PhoneSnapshot;
const callStates = async () => (await snapshot()).calls.map(({ state }) => state);
const incomingCall = async (): Promise<CallSnapshot | undefined> =>
  (await snapshot()).calls.find(({ direction }) => direction === 'incoming');

/** The operator of the practice line calls back whoever has hung up on her. */
async function letItRing(): Promise<Page> {
  await expect.poll(async () => (await snapshot()).accounts[0]?.registration.state).toBe('registered');
  const { callId } = (await ask('call.start', { target: '1001' })) as { callId: string };
  await expect.poll(callStates).toContain('connected');
  const opened = app.waitForEvent('window', { timeout: 30_000 });
  await ask('call.hangup', { callId });
  return opened;
}

/** The person works in another program, or comes back to the phone. There is no window manager in the test that could say so. */
const look = (at: 'elsewhere' | 'phone') =>
  app.evaluate(({ BrowserWindow }, where) => {
    const phone = BrowserWindow.getAllWindows().find(
      (each) => !each.webContents.getURL().endsWith('#incoming'),
    );
    if (phone === undefined) throw new Error('no window of the phone');
    phone.isFocused = () => where === 'phone';
    phone.emit(where === 'phone' ? 'focus' : 'blur');
  }, at);

test('stands while it rings, without the keyboard, answers there, and the call goes on in the phone', async () => {
  await look('elsewhere');
  const small = await letItRing();
  const card = small.getByRole('region', { name: 'Incoming call from Operator' });
  await expect(card).toBeVisible();
  expect(small.url()).toBe('sidetone://app/index.html#incoming');
  const how = await app.evaluate(({ BrowserWindow }) => {
    const found = BrowserWindow.getAllWindows().find((each) =>
      each.webContents.getURL().endsWith('#incoming'),
    );
    return found && { focused: found.isFocused(), onTop: found.isAlwaysOnTop(), visible: found.isVisible() };
  });
  expect(how).toEqual({ focused: false, onTop: true, visible: true });
  const reach = await small.evaluate(() =>
    ['require', 'process', 'electron'].filter((name) => name in window),
  );
  expect(reach).toEqual([]);
  await takeScreens(small, 'electron', 'incoming-window');

  const closed = small.waitForEvent('close');
  await card.getByRole('button', { name: 'Answer' }).click();
  await closed;
  expect((await incomingCall())?.state).toMatch(/connecting|connected/);
  await expect(page.getByTestId('status')).toHaveText('Connected to Operator');
});

test('goes when the phone itself is looked at, and comes back when one looks away', async () => {
  await look('elsewhere');
  const small = await letItRing();
  const closed = small.waitForEvent('close');
  await look('phone');
  await closed;
  await expect(page.getByRole('region', { name: 'Incoming call' })).toBeVisible();
  const again = app.waitForEvent('window');
  await look('elsewhere');
  const back = await again;
  const gone = back.waitForEvent('close');
  await back.getByRole('button', { name: 'Reject' }).click();
  await gone;
  expect(await incomingCall()).toMatchObject({ state: 'ended', end: { by: 'here' } });
});

test('sends a ringing call to the mailbox', async () => {
  await look('elsewhere');
  const small = await letItRing();
  const gone = small.waitForEvent('close');
  await small.getByRole('button', { name: 'To voicemail' }).click();
  await gone;
  expect(await incomingCall()).toMatchObject({ state: 'ended', end: { status: 302 } });
});
