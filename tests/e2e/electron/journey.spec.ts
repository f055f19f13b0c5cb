/** The journey in the desktop app: a real Electron, a microphone that speaks. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, type ElectronApplication } from '@playwright/test';
import { speech } from '../../support/speech.ts';
import { startDesktopApp } from '../desktop-app.ts';
import { asTelephoned, growEar } from '../heard-sound.ts';
import { journey, type Traveller } from '../journey.ts';

let home: string;
let app: ElectronApplication;
let traveller: Traveller;
const errors: string[] = [];

test.describe.configure({ mode: 'serial', timeout: 150_000 });

test.beforeAll(async () => {
  const voice = await speech({ seconds: 30, rate: 48_000 });
  home = mkdtempSync(join(tmpdir(), 'sidetone-journey-'));
  app = await startDesktopApp(home, voice.path);
  const page = await app.firstWindow();
  // Before the first call there is no sound yet: the ear is in time.
  await page.evaluate(growEar);
  page.on('pageerror', (error) => errors.push(error.message));
  traveller = { page, shell: 'electron', spoken: asTelephoned(voice) };
});

test.afterAll(async () => {
  await app?.close();
  rmSync(home, { recursive: true, force: true });
});

for (const { title, walk } of journey) {
  test(title, async () => {
    await walk(traveller);
    expect(errors).toEqual([]);
  });
}
