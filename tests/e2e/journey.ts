/**
 * What a new user does with the phone, from the first sheet to the last hang-up, in whatever shell it stands. Steps build upon
 * each other; each says what the user sees and hears.
 */
import { readFileSync } from 'node:fs';
import { expect, type Page } from '@playwright/test';
import { sidetone } from '../support/sidetone.ts';
import { expectEcho, likeness } from './echoed-voice.ts';
import { hear, levelDb } from './heard-sound.ts';
import { takeScreens } from './screens.ts';

export interface Traveller {
  page: Page;
  /** Names the folder of the pictures. */
  shell: 'web' | 'electron';
  /** What the fake microphone speaks, over and over, as it sounds over a telephone. */
  spoken: Int16Array;
}
export interface JourneyStep {
  title: string;
  walk: (traveller: Traveller) => Promise<void>;
}

/** Enough to know a recording again among other voices (below 0.1); it does not measure how intact it is. */
const sameWords = 0.8;
/** Quiet enough to be no sound, in dBFS. */
const silenceDb = -60;
const settlingMs = 1_500;
const messageWithinMs = 75_000;
/** The slider's keys move a tenth. */
const sliderSteps = 4;

// ── what a user sees ────────────────────────────────────────────────────────────────────────────────────────────────

const status = (page: Page) => page.getByTestId('status');
const numberField = (page: Page) => page.getByRole('combobox', { name: 'Name or number' });
const trouble = (page: Page) => page.getByRole('alert');
const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true });

async function goTo(page: Page, place: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Places' }).getByRole('button', { name: place }).click();
}

/** Types into the selected number and presses Enter, as fast as keys go. */
async function dial(page: Page, number: string): Promise<void> {
  await goTo(page, 'Keypad');
  await numberField(page).selectText();
  await page.keyboard.type(number);
  await page.keyboard.press('Enter');
}

async function dialAndTalk(page: Page, number: string): Promise<void> {
  await dial(page, number);
  await expect(status(page)).toHaveText(`Connected to ${number.replace('*', '✱')}`);
}

async function hangUp(page: Page): Promise<void> {
  await page.keyboard.press('Escape');
  await expect(button(page, 'Press Escape again to hang up')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(status(page)).toHaveText(/^You hung up/);
}

// ── the steps ───────────────────────────────────────────────────────────────────────────────────────────────────────

const firstRun: JourneyStep = {
  title: 'first run: one click, and the keypad stands with a number to try',
  walk: async ({ page, shell }) => {
    const sheet = page.getByRole('dialog', { name: 'Welcome' });
    await expect(sheet).toBeVisible();
    await takeScreens(page, shell, '01-first-run');
    await sheet.getByRole('button', { name: 'Connect my extension' }).click();
    await sheet.getByRole('button', { name: 'Connect', exact: true }).click();
    await expect(sheet.getByText('Type your extension, such as 1042.')).toBeVisible();
    await takeScreens(page, shell, '02-first-run-connect');
    await sheet.getByRole('button', { name: 'Cancel' }).click();
    await sheet.getByRole('button', { name: 'Just try it' }).click();
    await expect(sheet).toBeHidden();
    await expect(page.getByText('Ready', { exact: true })).toHaveCount(2);
    await expect(numberField(page)).toHaveValue('1001');
    await expect(numberField(page)).toBeFocused();
    expect(await page.evaluate(() => getSelection()?.toString())).toBe('1001');
    await takeScreens(page, shell, '03-keypad');
  },
};

const settings: JourneyStep = {
  title:
    'settings: all of them match the desk phone, the theme follows a click, the sound is left unprocessed',
  walk: async ({ page, shell }) => {
    await goTo(page, 'Settings');
    await takeScreens(page, shell, '04-settings');
    await page.getByText(/^All \d+ settings match the desk phone$/).click();
    const rows = page.getByRole('table', { name: /^Alignment/ }).getByRole('row');
    const count = await rows.count();
    expect(count).toBeGreaterThan(10);
    await expect(rows.filter({ has: page.getByRole('cell', { name: 'matched' }) })).toHaveCount(count);
    await rows.last().scrollIntoViewIfNeeded();
    await takeScreens(page, shell, '05-settings-alignment');
    for (const [word, theme] of [
      ['Dark', 'dark'],
      ['Light', 'light'],
    ] as const) {
      await button(page, word).click();
      await expect(page.locator('html')).toHaveAttribute('data-theme', theme);
    }
    await button(page, 'System').click();
    await expect(button(page, 'System')).toHaveAttribute('aria-pressed', 'true');
    for (const name of ['Echo cancellation', 'Noise reduction', 'Automatic gain']) {
      const processing = page.getByRole('switch', { name, exact: true });
      await processing.click();
      await expect(processing).not.toBeChecked();
    }
    await goTo(page, 'Keypad');
  },
};

const echo: JourneyStep = {
  title: '*43: what one says comes back, second by second the same',
  walk: async ({ page, shell, spoken }) => {
    // The keyboard is at the number already.
    await page.keyboard.type('*43');
    await expect(numberField(page)).toHaveValue('*43');
    await page.keyboard.press('Enter');
    await expect(status(page)).toHaveText('Connected to ✱43');
    await expect(page.getByRole('timer')).toHaveText(/^00:0\d$/);
    await expectEcho(page, spoken, 4);
    await takeScreens(page, shell, '06-call');
  },
};

const details: JourneyStep = {
  title: 'the details tell how the sound travels, by key alone, and the call is recorded for a moment',
  walk: async ({ page, shell }) => {
    await page.getByRole('button', { name: 'Call details' }).focus();
    await page.keyboard.press('Enter');
    const sheet = page.getByRole('dialog', { name: 'Call details' });
    await expect(sheet.getByText('G.711 µ-law · 8 kHz')).toBeVisible();
    await expect(sheet.getByText('Not encrypted.')).toBeVisible();
    await expect(sheet.getByRole('img', { name: /^Quality since the call began/ })).toBeVisible();
    await sheet.getByRole('button', { name: 'Copy for IT' }).click();
    await expect(sheet.getByText('Copied', { exact: true })).toBeVisible();
    await takeScreens(page, shell, '06-call-details');
    await page.keyboard.press('Escape');
    await expect(sheet).toBeHidden();
    await expect(page.getByRole('button', { name: 'Call details' })).toBeFocused();
    await button(page, 'Record this call').click();
    await expect(page.getByText('Recording', { exact: true })).toBeVisible();
    await takeScreens(page, shell, '06-call-recorded');
    await button(page, 'Stop').click();
    await expect(button(page, 'Record this call')).toBeVisible();
  },
};

const muting: JourneyStep = {
  title: 'M mutes: nothing comes back, and whoever speaks all the same is told so',
  walk: async ({ page, shell, spoken }) => {
    await page.keyboard.press('m');
    await expect(button(page, 'Muted')).toHaveAttribute('aria-pressed', 'true');
    await expect(page.getByRole('alert').getByText('You are muted and speaking')).toBeVisible();
    await takeScreens(page, shell, '07-muted');
    // What was said before is still on its way.
    await page.waitForTimeout(settlingMs);
    expect(levelDb(await hear(page, 2))).toBeLessThan(silenceDb);
    await page.keyboard.press('m');
    await expect(button(page, 'Mute')).toHaveAttribute('aria-pressed', 'false');
    await expectEcho(page, spoken, 1);
  },
};

const holding: JourneyStep = {
  title: 'H holds: nothing comes back while the timer goes on; H again, and the voice is back',
  walk: async ({ page, shell }) => {
    await page.keyboard.press('h');
    await expect(status(page)).toHaveText('✱43 is on hold');
    await takeScreens(page, shell, '07-on-hold');
    await page.waitForTimeout(settlingMs);
    const before = await page.getByRole('timer').textContent();
    expect(levelDb(await hear(page, 2))).toBeLessThan(silenceDb);
    await expect(page.getByRole('timer')).not.toHaveText(before ?? '');
    await page.keyboard.press('h');
    await expect(status(page)).toHaveText('Connected to ✱43');
    await page.waitForTimeout(settlingMs);
    expect(levelDb(await hear(page, 4))).toBeGreaterThan(-40);
  },
};

const volume: JourneyStep = {
  title: 'the speaker slider turns the far side down and up again, by keyboard',
  walk: async ({ page }) => {
    const slider = page.getByRole('slider', { name: 'Speaker volume' });
    const heardDb = async () => {
      await page.waitForTimeout(settlingMs);
      return levelDb(await hear(page, 4));
    };
    const before = await heardDb();
    await slider.focus();
    for (let step = 0; step < sliderSteps; step += 1) await page.keyboard.press('PageDown');
    // Four tenths down are 14 dB; no two stretches of speech are equally loud.
    expect(await heardDb()).toBeLessThan(before - 9);
    for (let step = 0; step < sliderSteps; step += 1) await page.keyboard.press('PageUp');
    expect(Math.abs((await heardDb()) - before)).toBeLessThan(5);
    await hangUp(page);
  },
};

const voicemail: JourneyStep = {
  title: '*1000 takes a message; *97 takes the PIN from the keyboard and plays what was said',
  walk: async ({ page, shell, spoken }) => {
    await dialAndTalk(page, '*1000');
    await page.keyboard.press('#');
    await page.waitForTimeout(6_000);
    await button(page, 'Hang up').click();
    await expect(status(page)).toHaveText(/^You hung up/);

    await goTo(page, 'Voicemail');
    await takeScreens(page, shell, '08-voicemail');
    await button(page, 'Call voicemail').click();
    await expect(status(page)).toHaveText('Connected to ✱97');
    await button(page, 'Keypad').click();
    await page.keyboard.type('1000', { delay: 100 });
    await expect(page.getByLabel('Keys sent')).toHaveText('1000');
    await takeScreens(page, shell, '09-call-keypad');
    // The menu speaks on its own; a key is heard while it does.
    await page.waitForTimeout(1_500);
    const one = page.getByRole('group', { name: 'Dialpad' }).getByRole('button', { name: '1', exact: true });
    // The same key plays a message again.
    await expect(async () => {
      await one.click();
      await expect(page.getByLabel('Keys sent')).toHaveText(/^10001+$/);
      const heard = await hear(page, 12);
      const inSeconds = likeness(spoken, heard);
      // Around the message the voice of the mailbox speaks.
      const same = inSeconds.filter(({ correlation }) => correlation > sameWords).length;
      expect(same, JSON.stringify(inSeconds)).toBeGreaterThanOrEqual(2);
    }).toPass({ timeout: messageWithinMs, intervals: [0] });
    await page.keyboard.press('7');
    await page.waitForTimeout(500);
    await hangUp(page);
  },
};

const callBack: JourneyStep = {
  title: '1001 hangs up and calls back: it rings, Enter answers, and the end is told',
  walk: async ({ page, shell }) => {
    await dialAndTalk(page, '1001');
    await expect(status(page)).toHaveText(/^1001 hung up/, { timeout: 15_000 });
    const card = page.getByRole('region', { name: 'Incoming call' });
    await expect(card).toBeVisible({ timeout: 15_000 });
    await expect(card).toContainText('Operator');
    expect(await page.evaluate(() => window.ear.tones())).toEqual([expect.stringMatching(/ring/)]);
    await takeScreens(page, shell, '10-incoming');
    await page.keyboard.press('Enter');
    await expect(status(page)).toHaveText('Connected to Operator');
    expect(await page.evaluate(() => window.ear.tones())).toEqual([]);
    expect(levelDb(await hear(page, 3))).toBeGreaterThan(-40);
    await takeScreens(page, shell, '11-call-with-name');
    await expect(status(page)).toHaveText(/^Operator hung up/, { timeout: 20_000 });
    await takeScreens(page, shell, '12-call-ended');
  },
};

const rejecting: JourneyStep = {
  title: 'a second call back is rejected by Escape, pressed twice',
  walk: async ({ page }) => {
    await dialAndTalk(page, '1001');
    await hangUp(page);
    const card = page.getByRole('region', { name: 'Incoming call' });
    await expect(card).toBeVisible({ timeout: 15_000 });
    await page.keyboard.press('Escape');
    await expect(card).toContainText('Press Escape again to reject');
    await page.keyboard.press('Escape');
    await expect(card).toBeHidden();
    await expect(status(page)).toHaveText('You turned away the call from Operator.');
  },
};

const recents: JourneyStep = {
  title: 'recents holds every call and calls again',
  walk: async ({ page, shell }) => {
    await goTo(page, 'Recents');
    const entries = page.getByRole('main').getByRole('listitem');
    await expect(entries).toHaveCount(7);
    await expect(entries.first()).toContainText('Operator');
    await expect(entries.first()).toContainText('rejected');
    await takeScreens(page, shell, '13-recents');
    await entries.getByRole('button', { name: /^Call ✱43/ }).click();
    await expect(status(page)).toHaveText('Connected to ✱43');
    await hangUpFromCall(page);
    await goTo(page, 'People');
    await takeScreens(page, shell, '14-people');
  },
};

async function hangUpFromCall(page: Page): Promise<void> {
  await button(page, 'Hang up').click();
  await expect(status(page)).toHaveText(/^You hung up/);
}

const writing: JourneyStep = {
  title: 'a number can be pasted, and holding 0 writes a plus',
  walk: async ({ page }) => {
    // Cut from one field and pasted into the other, by keys alone.
    await goTo(page, 'People');
    await page.getByRole('searchbox', { name: 'Find people' }).click();
    await page.keyboard.insertText('+49 (30) 555-01');
    await page.keyboard.press('Control+a');
    await page.keyboard.press('Control+x');
    await goTo(page, 'Keypad');
    await numberField(page).selectText();
    await page.keyboard.press('Control+v');
    await expect(button(page, 'Call +493055501')).toBeEnabled();

    await numberField(page).clear();
    const zero = page.getByRole('group', { name: 'Dialpad' }).getByRole('button', { name: '0', exact: true });
    await zero.click({ delay: 700 });
    await expect(numberField(page)).toHaveValue('+');
    await zero.click();
    await expect(numberField(page)).toHaveValue('+0');
    await numberField(page).clear();
  },
};

const refusals: JourneyStep = {
  title: 'a busy line and an unknown number are told in one sentence each, and the phone goes on',
  walk: async ({ page, shell }) => {
    await dial(page, '1002');
    await expect(trouble(page)).toContainText('1002 is busy.');
    await takeScreens(page, shell, '15-busy');
    await dial(page, '9999');
    await expect(trouble(page)).toContainText('There is no extension or number 9999.');
    await takeScreens(page, shell, '16-unknown');
    await button(page, 'Close').click();
    await expect(button(page, 'Close')).toBeHidden();
    await dialAndTalk(page, '*43');
    await hangUp(page);
  },
};

const ownExtension: JourneyStep = {
  title: 'an extension with a wrong password says so; with the right one it is ready',
  walk: async ({ page, shell }) => {
    const pbx = sidetone(['practice-pbx']);
    try {
      const { port, user, passwordFile } = await pbx.waitFor(({ event }) => event === 'ready');
      const server = `127.0.0.1:${String(port)}`;
      await goTo(page, 'Settings');
      await button(page, 'Add an extension').click();
      const sheet = page.getByRole('dialog');
      await sheet.getByLabel('Server').fill(server);
      await sheet.getByLabel('Extension', { exact: true }).fill(String(user));
      await sheet.getByLabel('Password').fill('not the password');
      await takeScreens(page, shell, '20-add-extension');
      await sheet.getByRole('button', { name: 'Connect', exact: true }).click();
      const card = page.getByRole('region', { name: 'You cannot be called' });
      await expect(card).toContainText(`does not accept the password of ${String(user)}.`);
      await takeScreens(page, shell, '21-wrong-password');
      await page.getByRole('button', { name: /^Change 127/ }).click();
      await sheet.getByLabel('Password').fill(readFileSync(String(passwordFile), 'utf8').trim());
      await sheet.getByRole('button', { name: 'Save' }).click();
      await expect(card).toBeHidden();
      await expect(page.getByRole('banner')).toContainText('Ready');
      // Calls go out on the practice line again.
      await page.getByRole('button', { name: /^Change 127/ }).click();
      await sheet.getByRole('button', { name: 'Remove this extension' }).click();
      await sheet.getByRole('button', { name: 'Remove it for good' }).click();
      await expect(page.getByRole('banner')).toContainText('1000 · Practice');
      await goTo(page, 'Keypad');
    } finally {
      pbx.signal('SIGINT');
      await pbx.exited;
    }
  },
};

export const journey: readonly JourneyStep[] = [
  firstRun,
  settings,
  echo,
  details,
  muting,
  holding,
  volume,
  voicemail,
  callBack,
  rejecting,
  recents,
  writing,
  refusals,
  ownExtension,
];
