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
  await expect(page.getByRole('listbox', { name: 'Matches' }).getByRole('option')).toHaveCount(3);
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

test('H holds and resumes, the timer goes on, and the window says who holds whom', async ({ page }) => {
  await open(page, 'call');
  await page.keyboard.press('h');
  await expect(page.getByTestId('status')).toHaveText('Anna Keller is on hold');
  await expect(page.getByRole('button', { name: 'Resume' })).toBeVisible();
  await expect(page.getByRole('timer')).toHaveText(/^04:/);
  await page.keyboard.press('h');
  await expect(page.getByTestId('status')).toHaveText('Connected to Anna Keller');
  expect((await asked(page)).map(({ name }) => name)).toEqual(['call.hold', 'call.resume']);
});

test('hold waits while the far side has not agreed yet, and says so', async ({ page }) => {
  await open(page, 'hold-pending');
  const hold = page.getByRole('button', { name: 'Hold' });
  await expect(hold).toHaveAttribute('aria-disabled', 'true');
  await expect(hold).toHaveAttribute('title', 'Putting on hold…');
  await hold.click({ force: true });
  expect(await asked(page)).toEqual([]);
});

test('a second call is a card: swapping brings the voice there, and the other call becomes the card', async ({
  page,
}) => {
  await open(page, 'two-calls');
  await expect(page.getByRole('heading', { name: 'Ben Ortiz' })).toBeVisible();
  await expect(page.getByText(/^On hold · 02:1\d$/)).toBeVisible();
  await page.getByRole('button', { name: 'Swap to Anna Keller' }).click();
  await expect(page.getByRole('heading', { name: 'Anna Keller' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Swap to Ben Ortiz' })).toBeVisible();
  expect(await asked(page)).toEqual([{ name: 'call.resume', input: { callId: 'anna' } }]);
});

test('showing a held call changes no call', async ({ page }) => {
  await open(page, 'two-calls');
  await page.getByRole('button', { name: 'Show Anna Keller' }).click();
  await expect(page.getByRole('heading', { name: 'Anna Keller' })).toBeVisible();
  await expect(page.getByText('Anna Keller is on hold').first()).toBeVisible();
  expect(await asked(page)).toEqual([]);
});

test('T asks to whom: a few letters and Enter transfer, and the way there is told', async ({ page }) => {
  await open(page, 'call');
  await page.keyboard.press('t');
  await expect(page.getByRole('combobox', { name: 'Transfer to' })).toBeFocused();
  await expect(page.getByRole('button', { name: 'Transfer now' })).toBeDisabled();
  await page.keyboard.type('han');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('region', { name: 'Transfer' })).toContainText('Calling 1033…');
  expect(await asked(page)).toEqual([{ name: 'call.transfer', input: { callId: 'anna', target: '1033' } }]);
});

test('Escape goes back from the transfer to the call and hangs nothing up', async ({ page }) => {
  await open(page, 'transfer');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('heading', { name: 'Anna Keller' })).toBeFocused();
  await page.keyboard.press('5');
  expect(await asked(page)).toEqual([{ name: 'call.digits', input: { callId: 'anna', digits: '5' } }]);
});

test('talk first calls the person, and completing connects the two', async ({ page }) => {
  await open(page, 'call');
  await page.keyboard.press('t');
  await page.keyboard.press('ArrowDown');
  await page.getByRole('button', { name: 'Talk first' }).click();
  const strip = page.getByRole('region', { name: 'Transfer Anna Keller' });
  const complete = strip.getByRole('button', { name: 'Complete' });
  await expect(strip.getByRole('button', { name: 'Merge' })).toHaveAttribute('aria-disabled', 'true');
  await page.evaluate(
    "window.scriptedPhone.changeCall('call-1', { state: 'connected', answeredAt: Date.now() })",
  );
  await complete.click();
  expect(await asked(page)).toEqual([
    { name: 'call.consult', input: { callId: 'anna', target: '1090' } },
    { name: 'call.complete-transfer', input: { callId: 'anna', toCallId: 'call-1' } },
  ]);
});

test('from a consultation one can go back to the first person', async ({ page }) => {
  await open(page, 'consultation');
  await page.getByRole('button', { name: 'Back to Anna Keller' }).click();
  await expect(page.getByRole('heading', { name: 'Anna Keller' })).toBeVisible();
  expect((await asked(page)).map(({ name }) => name)).toEqual(['call.hangup', 'call.resume']);
});

test('two calls are merged into one card, and one of its people can be taken out again', async ({ page }) => {
  await open(page, 'two-calls');
  await page.getByRole('button', { name: 'Merge' }).click();
  await expect(page.getByRole('heading', { name: 'You, Anna Keller and Ben Ortiz' })).toBeVisible();
  await page.getByRole('button', { name: 'Take Anna Keller out of the conference, on hold' }).click();
  await expect(page.getByRole('heading', { name: 'Ben Ortiz' })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Other calls' })).toContainText('On hold');
  expect(await asked(page)).toEqual([
    { name: 'call.merge', input: { callIds: ['ben', 'anna'] } },
    { name: 'call.split', input: { callId: 'anna' } },
  ]);
});

test('a conference is held as one and stays together', async ({ page }) => {
  await open(page, 'conference');
  await page.getByRole('button', { name: 'Hold', exact: true }).click();
  await expect(page.getByRole('list', { name: 'In this conference' }).getByText('On hold')).toHaveCount(2);
  await page.getByRole('button', { name: 'Resume' }).click();
  await expect(page.getByText('On hold')).toHaveCount(0);
  expect((await asked(page)).map(({ name }) => name)).toEqual(['call.hold', 'call.resume']);
});

test('a person who has moved is called where one chooses', async ({ page }) => {
  await open(page, 'moved');
  await page.getByRole('button', { name: 'Call Andre Okafor' }).click();
  expect(await asked(page)).toEqual([
    { name: 'call.redirect', input: { callId: 'anna', target: 'sip:1017@pbx.example.com' } },
  ]);
});

test('a second call goes out on the chosen line while the first one goes on', async ({ page }) => {
  await open(page, 'call');
  await page.getByRole('button', { name: 'Add call' }).click();
  await expect(field(page)).toBeFocused();
  await page.getByRole('combobox', { name: 'Call from' }).selectOption('practice');
  await field(page).fill('*43');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: '✱43' })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Other calls' })).toContainText('Anna Keller');
  expect(await asked(page)).toEqual([
    { name: 'call.start', input: { target: '*43', accountId: 'practice' } },
  ]);
});

test('a ringing call is sent to the mailbox or to a number', async ({ page }) => {
  await open(page, 'incoming');
  await page.getByRole('button', { name: 'Send elsewhere' }).click();
  await page.getByRole('textbox', { name: 'Or to a number' }).fill('1055');
  await page.keyboard.press('Enter');
  expect(await asked(page)).toEqual([{ name: 'call.deflect', input: { callId: 'mia', target: '1055' } }]);
  await open(page, 'incoming');
  await page.getByRole('button', { name: 'Send elsewhere' }).click();
  await page.getByRole('button', { name: 'To voicemail' }).click();
  expect(await asked(page)).toEqual([{ name: 'call.deflect', input: { callId: 'mia', target: '*1001' } }]);
});

test('the moon turns calls away and says so', async ({ page }) => {
  await open(page, 'keypad');
  const moon = page.getByRole('button', { name: 'Do not disturb' });
  await moon.click();
  await expect(moon).toHaveAttribute('aria-pressed', 'true');
  expect(await asked(page)).toEqual([
    { name: 'settings.change', input: { patch: { calls: { do_not_disturb: true } } } },
  ]);
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

test('a first text is written by the keyboard alone, and stands in the thread', async ({ page }) => {
  await open(page, 'texts-empty');
  await page.getByRole('button', { name: 'Write a text' }).press('Enter');
  await page.keyboard.type('anna');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('textbox', { name: 'Text to Anna Keller' })).toBeFocused();
  await page.keyboard.type('Are you in today?');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('log')).toContainText('Are you in today?');
  expect(await asked(page)).toEqual([
    {
      name: 'text.send',
      input: { target: '1042', text: 'Are you in today?', accountId: 'office' },
    },
  ]);
});

test('a text that the phone refuses to send stays in the field', async ({ page }) => {
  await open(page, 'texts-thread');
  await page.evaluate("window.scriptedPhone.refusing.add('text.send')");
  await page.keyboard.type('On my way');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert').filter({ hasText: 'That did not work' })).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Text to Anna Keller' })).toHaveValue('On my way');
});

test('what others see is told by the keyboard, and the focus goes back to its button', async ({ page }) => {
  await open(page, 'presence-busy');
  await page.getByRole('button', { name: 'What others see: Busy' }).press('Enter');
  await expect(page.getByRole('button', { name: 'Busy', exact: true })).toBeFocused();
  await page.getByRole('button', { name: 'Away', exact: true }).press('Enter');
  await page.getByRole('textbox', { name: 'A note for others' }).fill('back at two');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('banner')).toContainText('Away · back at two');
  await expect(page.getByRole('button', { name: 'What others see: Away' })).toBeFocused();
  expect(await asked(page)).toEqual([
    { name: 'presence.set', input: { state: 'away', note: '' } },
    { name: 'presence.set', input: { state: 'away', note: 'back at two' } },
  ]);
});

test('calls are forwarded and come back, and the header says where they go', async ({ page }) => {
  await open(page, 'settings');
  await page.getByRole('textbox', { name: 'All calls' }).fill('10 42');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('banner')).toContainText('Calls go to 1042');
  await expect(page.getByRole('textbox', { name: 'All calls' })).toBeFocused();
  await page.getByRole('button', { name: 'Stop: all calls' }).click();
  await expect(page.getByRole('banner')).toContainText('Ready');
  const always = { accountId: 'office', when: 'always' };
  expect(await asked(page)).toEqual([
    { name: 'account.forward', input: { ...always, to: '1042' } },
    { name: 'account.forward', input: { ...always, to: '' } },
  ]);
});

test('a forwarding that the PBX refuses says so at its line, and is not shown as on', async ({ page }) => {
  await open(page, 'settings');
  await page.evaluate("window.scriptedPhone.refusing.add('account.forward')");
  await page.getByRole('textbox', { name: 'When busy' }).fill('1042');
  await page.keyboard.press('Enter');
  const line = page.getByRole('group', { name: 'Forwarding of Office' });
  await expect(line).toContainText('the script says no');
  await expect(line).not.toContainText('Calls go to');
});

test('extensions are switched on and off in their list; feature codes count with Enter', async ({ page }) => {
  await open(page, 'settings-two-extensions');
  await page.getByRole('switch', { name: 'Use Home office' }).click();
  await page.getByText('Feature codes of the PBX').click();
  await page.getByRole('textbox', { name: 'Forward all calls', exact: true }).fill('✱ 21');
  await page.keyboard.press('Enter');
  expect(await asked(page)).toEqual([
    { name: 'account.change', input: { accountId: 'home', account: { enabled: true } } },
    { name: 'settings.change', input: { patch: { feature_codes: { forward_always_on: '*21' } } } },
  ]);
});

test('codecs are put in order by the keyboard, which stays where it is, and the new place is told', async ({
  page,
}) => {
  await open(page, 'settings-codecs');
  const up = page.getByRole('button', { name: 'Move Opus up' });
  await up.focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('region', { name: 'Codecs' }).getByRole('status')).toHaveText(
    'Opus is number 1 now.',
  );
  await expect(up).toBeFocused();
  await expect(up).toHaveAttribute('aria-disabled', 'true');
  await page.keyboard.press('Enter');
  expect((await asked(page)).map(({ name }) => name)).toEqual(['settings.change', 'settings.change']);
});
