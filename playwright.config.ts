import { defineConfig, type PlaywrightTestConfig } from '@playwright/test';

const chromium: NonNullable<PlaywrightTestConfig['use']> = {
  browserName: 'chromium',
  launchOptions: {
    executablePath: process.env['SIDETONE_TEST_CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required'],
  },
};

/**
 * The whole product as a user meets it: `web` in Debian's own Chromium, `electron` in a real Electron under Xvfb.
 * Playwright's browsers are never downloaded: SIDETONE_TEST_CHROMIUM names the browser, SIDETONE_TEST_ELECTRON the runtime.
 */
export default defineConfig({
  testDir: 'tests/e2e',
  outputDir: 'test-results/e2e',
  // Sound is measured: one window at a time.
  workers: 1,
  fullyParallel: false,
  timeout: 90_000,
  expect: { timeout: 10_000 },
  forbidOnly: true,
  retries: 0,
  reporter: [['list']],
  use: { trace: 'retain-on-failure', screenshot: 'only-on-failure' },
  projects: [
    { name: 'web', testDir: 'tests/e2e/web', testIgnore: 'gallery.spec.ts', use: chromium },
    // Pictures make no sound: windows may be drawn side by side.
    {
      name: 'gallery',
      testDir: 'tests/e2e/web',
      testMatch: 'gallery.spec.ts',
      fullyParallel: true,
      use: chromium,
    },
    { name: 'electron', testDir: 'tests/e2e/electron' },
  ],
});
