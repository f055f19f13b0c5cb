/** What a person can do in the window, against a scripted phone: keyboard, field, keys, refusals, and no microphone. */
import { expect, test, type Page } from '@playwright/test';
import { openGallery, type Gallery } from '../gallery/build-gallery.ts';

test.use({
  viewport: { width: 380, height: 620 },
  launchOptions: {
    executablePath: process.env['SIDETONE_TEST_CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
  },
});

let gallery: Gallery;
test.beforeAll(async () => {
  gallery = await openGallery();
});
test.afterAll(() => gallery.close());

interface Asked {
  name: string;
  input: unknown;
}
const open = async (page: Page, scene: string) => {
  await page.goto(gallery.address(scene, 'light'));
  await expect(page.getByTestId('status')).toBeAttached();
  await page.waitForTimeout(150);
};
/** What the window asked the phone for, the first snapshot left out. */
const asked = async (page: Page): Promise<Asked[]> => {
  const all = await page.evaluate<Asked[]>('window.scriptedPhone.asked');
  return all.filter(({ name }) => name !== 'phone.snapshot');
};
const field = (page: Page) => page.getByRole('combobox', { name: 'Name or number' });

test('typing replaces the prefilled number and Enter calls', async ({ page }) => {
  await open(page, 'keypad');
  await expect(field(page)).toHaveValue('1001');
  await page.keyboard.type('*43');
  await expect(field(page)).toHaveValue('*43');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('status')).toHaveText('Calling ✱43…');
  expect(await asked(page)).toEqual([{ name: 'call.start', input: { target: '*43' } }]);
});

test('typing in another place goes to the number field, no key lost', async ({ page }) => {
  await open(page, 'voicemail');
  await page.keyboard.type('1042');
  await expect(field(page)).toHaveValue('1042');
});

test('the dialpad writes, holding 0 writes +, and the button deletes', async ({ page }) => {
  await open(page, 'keypad');
  const zero = page.getByRole('button', { name: '0', exact: true });
  await zero.click({ delay: 700 });
  await page.getByRole('button', { name: '4', exact: true }).click();
  await page.getByRole('button', { name: '9', exact: true }).click();
  await zero.click();
  await expect(field(page)).toHaveValue('+490');
  await page.getByRole('button', { name: 'Delete the last key' }).click();
  await expect(field(page)).toHaveValue('+49');
});

test('letters find people, arrows choose, and the button says whom', async ({ page }) => {
  await open(page, 'recents');
  await page.getByRole('button', { name: 'Keypad' }).click();
  await field(page).fill('an');
  await expect(page.getByRole('option')).toHaveCount(3);
  await expect(page.getByRole('button', { name: 'Call Anna Keller' })).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect.poll(() => asked(page)).toEqual([{ name: 'call.start', input: { target: '1017' } }]);
});

test('in a call digits are keys, M mutes and Escape twice hangs up', async ({ page }) => {
  await open(page, 'call');
  await page.keyboard.type('9#');
  await page.keyboard.press('m');
  await expect(page.getByRole('button', { name: 'Muted' })).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByText('You are muted and speaking')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Press Escape again to hang up' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('status')).toHaveText('You hung up.');
  expect((await asked(page)).map(({ name }) => name)).toEqual([
    'call.digits',
    'call.digits',
    'call.mute',
    'call.hangup',
  ]);
});

test('hold says why it cannot be used yet, and does nothing', async ({ page }) => {
  await open(page, 'call');
  const hold = page.getByRole('button', { name: 'Hold' });
  await expect(hold).toHaveAttribute('aria-disabled', 'true');
  await expect(hold).toHaveAttribute('title', 'Hold comes with the next version');
  await hold.click({ force: true });
  expect(await asked(page)).toEqual([]);
});

test('an incoming call is answered by Enter and keeps the focus where it was', async ({ page }) => {
  await open(page, 'incoming');
  await expect(field(page)).toBeFocused();
  await expect(page).toHaveTitle('Incoming call from Mia Laurent');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('status')).toHaveText('Connected to Mia Laurent');
  expect(await asked(page)).toEqual([{ name: 'call.answer', input: { callId: 'mia' } }]);
});

test('a volume slider writes the gain that it stands for', async ({ page }) => {
  await open(page, 'call');
  await page.getByRole('slider', { name: 'Speaker volume' }).fill('1');
  await expect
    .poll(() => asked(page))
    .toEqual([{ name: 'settings.change', input: { patch: { audio: { speaker_volume: 2 } } } }]);
});

test('the first-run form names what is missing, then connects', async ({ page }) => {
  await open(page, 'first-run');
  await page.getByRole('button', { name: 'Connect my extension' }).click();
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await expect(page.getByText('Type your extension, such as 1042.')).toBeVisible();
  await page.getByLabel('Server').fill('pbx.example.com');
  await page.getByLabel('Extension').fill('1042');
  await page.getByLabel('Password').fill('secret');
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  expect((await asked(page)).map(({ name }) => name)).toEqual(['account.add', 'settings.change']);
});

test('a refusal is told in a card that can be closed', async ({ page }) => {
  await open(page, 'keypad');
  await page.evaluate("window.scriptedPhone.refusing.add('call.start')");
  await page.getByRole('button', { name: 'Call 1001' }).click();
  const card = page.getByRole('region', { name: 'The call to 1001 did not work' });
  await expect(card).toContainText('the script says no');
  await card.getByRole('button', { name: 'Close' }).click();
  await expect(card).toHaveCount(0);
});

test('without a microphone the phone says so, does not call, and calls when asked to all the same', async ({
  page,
}) => {
  await page.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
  });
  await open(page, 'keypad');
  await page.getByRole('button', { name: 'Call 1001' }).click();
  await expect(page.getByRole('region', { name: 'Nobody can hear you' })).toBeVisible();
  expect(await asked(page)).toEqual([]);
  await page.getByRole('button', { name: 'Call without a microphone' }).click();
  await expect(page.getByTestId('status')).toHaveText('Calling 1001…');
});
