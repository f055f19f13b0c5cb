/** Every state of the window, light and dark: a screenshot of each for people to look at, and no breach of WCAG 2.2 AA. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { scenes, type Scene } from '../../support/scenes.ts';
import { openGallery, type Gallery } from '../gallery/build-gallery.ts';

const narrow = { width: 380, height: 620 };
const wide = { width: 900, height: 640 };
const small = { width: 400, height: 172 };
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const pictures = 'test-results/gallery';

test.use({
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

for (const [name, scene] of Object.entries<Scene>(scenes)) {
  test(`${name}: drawn without errors and accessible, light and dark`, async ({ page }) => {
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.setViewportSize(scene.small === true ? small : scene.wide === true ? wide : narrow);
    for (const theme of ['light', 'dark'] as const) {
      await page.goto(gallery.address(name, theme));
      await expect(page.locator('html[data-scene="drawn"]')).toBeAttached();
      if (scene.show !== undefined)
        await page
          .getByRole('region', { name: scene.show, exact: true })
          .evaluate((part) => part.scrollIntoView());
      if (scene.open !== undefined) {
        await page.getByText(scene.open).click();
        await page.getByText(scene.open).evaluate((folded) => folded.scrollIntoView());
      }
      for (const button of scene.press ?? [])
        await page.getByRole('button', { name: button, exact: true }).first().click();
      if (scene.until !== undefined) await expect(page.getByText(scene.until).first()).toBeVisible();
      if (scene.type !== undefined) await page.keyboard.type(scene.type);
      await page.evaluate(() => document.fonts.ready.then(() => undefined));
      await page.screenshot({ path: `${pictures}/${name}-${theme}.png` });
      const { violations } = await new AxeBuilder({ page }).withTags(rules).setLegacyMode().analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual(
        [],
      );
    }
    expect(errors).toEqual([]);
  });
}
