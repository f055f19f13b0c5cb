/** Pictures of every screen that the journey passes, light and dark, for people to look at. */
import { join } from 'node:path';
import { test, type Page } from '@playwright/test';

const folder = 'test-results/screens';

/** Takes both pictures into `test-results/screens/<shell>/` and attaches them to the running test. */
export async function takeScreens(page: Page, shell: string, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const path = join(folder, shell, `${name}-${colorScheme}.png`);
    await page.screenshot({ path });
    await test.info().attach(`${name}-${colorScheme}`, { path, contentType: 'image/png' });
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
}
