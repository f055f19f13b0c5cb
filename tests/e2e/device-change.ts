/**
 * Another microphone or speaker in the middle of a call: how long the voice is away, as the far side gets it. The worklet that
 * takes the voice in also asks for what is played, by one clock: where its voice goes on, so does what one hears.
 */
import { expect, type Page } from '@playwright/test';
import { muLawDecode, muLawEncode } from '../../native-wasm/g711.ts';
import { openAnsweringLine, type AnsweringLine } from '../support/answering-line.ts';
import { peerClockMs } from '../support/rtp-peer-messages.ts';
import { steadyTone, toneFrames } from '../support/steady-tone.ts';

const telephoneRate = 8_000;
const frameMs = 20;
const farSideHz = 600;
/** What the fake microphones sing: all of them play one file. */
export const microphoneHz = 400;
/** Sound has to be back within this. */
const backWithinMs = 100;
/** The change, and a while after it in which a late gap would show. */
const watchedMs = 1_000;
/** A busy machine loses sound of its own accord: the change is made again. */
const attempts = 8;

/** A line that answers with a tone, for {@link talkOn}. */
export const openToneLine = () => openAnsweringLine(muLawEncode(steadyTone(farSideHz, telephoneRate, 1)));

const goTo = (page: Page, place: string) =>
  page.getByRole('navigation', { name: 'Places' }).getByRole('button', { name: place }).click();

/** Folds the call, to change settings while it goes on. */
export async function lookAtSettings(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Look elsewhere' }).click();
  await goTo(page, 'Settings');
}

/** Connects an extension at the line and calls somebody there, with nothing done to the voice. */
export async function talkOn(page: Page, line: AnsweringLine): Promise<void> {
  await goTo(page, 'Settings');
  for (const name of ['Echo cancellation', 'Noise reduction', 'Automatic gain'])
    await page.getByRole('switch', { name, exact: true }).click();
  await page.getByRole('button', { name: 'Add an extension' }).click();
  const form = page.getByRole('dialog');
  await form.getByLabel('Server').fill(`127.0.0.1:${line.sipPort}`);
  await form.getByLabel('Extension', { exact: true }).fill('1042');
  await form.getByLabel('Password').fill('not asked for');
  await form.getByRole('button', { name: 'Connect', exact: true }).click();
  await expect(form).toBeHidden();
  await expect(page.getByRole('banner')).toContainText('1042');
  await expect(page.getByRole('banner')).toContainText('Ready');
  await goTo(page, 'Keypad');
  await page.getByRole('combobox', { name: 'Name or number' }).fill('2000');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('status')).toHaveText('Connected to 2000');
}

/** The longest stretch without the microphone's tone that reached the far side, from now on for so long. */
async function longestGapMs(line: AnsweringLine, change: () => Promise<void>): Promise<number> {
  const fromMs = peerClockMs();
  await change();
  await new Promise((resolve) => setTimeout(resolve, watchedMs));
  const { received } = await line.rtp.report();
  const codes = received
    .filter(({ arrivalMs }) => arrivalMs >= fromMs)
    .flatMap(({ payload }) => [...payload]);
  const { faulty } = toneFrames(muLawDecode(Uint8Array.from(codes)), microphoneHz, telephoneRate);
  const missing = new Set(faulty);
  let [run, longest] = [0, 0];
  for (let frame = 0; frame * frameMs < watchedMs; frame += 1) {
    run = missing.has(frame) ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest * frameMs;
}

/** Goes back and forth between two devices of a kind until the sound was back soon enough once. */
export async function expectSoundBack(
  page: Page,
  line: AnsweringLine,
  name: 'Microphone' | 'Speaker',
): Promise<void> {
  const kind = name === 'Microphone' ? 'Input' : 'Output';
  const gapsMs: number[] = [];
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const label = `Fake Audio ${kind} ${1 + (attempt % 2)}`;
    const gapMs = await longestGapMs(line, async () => {
      await page.getByRole('combobox', { name, exact: true }).selectOption({ label });
    });
    if (gapMs <= backWithinMs) return;
    gapsMs.push(gapMs);
  }
  throw new Error(`without sound for ${gapsMs.join(', ')} ms`);
}
