import { defineConfig, type PlaywrightTestConfig } from '@playwright/test';

const chromium: NonNullable<PlaywrightTestConfig['use']> = {
  browserName: 'chromium',
  launchOptions: {
    executablePath: process.env['SIDETONE_TEST_CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required'],
  },
};

/** The window against a scripted phone. */
const scripted = ['gallery.spec.ts', 'window.spec.ts'];

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
    { name: 'web', testDir: 'tests/e2e/web', testIgnore: scripted, use: chromium },
    // They make no sound: windows may be drawn side by side. So many traces would cost as much as the tests.
    {
      name: 'gallery',
      testDir: 'tests/e2e/web',
      testMatch: scripted,
      fullyParallel: true,
      use: { ...chromium, trace: 'on-first-retry' },
    },
    { name: 'electron', testDir: 'tests/e2e/electron' },
  ],
});
