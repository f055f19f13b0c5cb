/** What a window of ours may do: show our page behind the bridge, sandboxed, and nothing of Node or Electron beside it. */
import { join } from 'node:path';
import type { WebPreferences } from 'electron';

export const pagePreferences: WebPreferences = {
  preload: join(__dirname, 'preload.cjs'),
  contextIsolation: true,
  sandbox: true,
  nodeIntegration: false,
  webviewTag: false,
  spellcheck: false,
  // Timers of a hidden window must not slow down: the ring tone and the call's clock live there.
  backgroundThrottling: false,
};

/** Paper and graphite of the page, so that opening does not flash. */
export const pageBackground = (dark: boolean) => (dark ? '#17181a' : '#f7f6f3');
