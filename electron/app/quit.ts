/**
 * The end: calls get their BYE and accounts are unregistered before the app is gone, within the engine's bound.
 * It happens before the last window is destroyed: afterwards not every Electron still runs timers and messages.
 */
import type { App } from 'electron';
import type { Engine } from './engine.ts';

/** Holds each way out (menu, tray, window, signal, log-off) until the engine has closed. `hide` makes the phone vanish at once. */
export function setupOrderlyQuit(app: App, engine: Engine, hide: () => void): void {
  app.on('before-quit', (event) => {
    event.preventDefault();
    hide();
    void engine.close().finally(() => app.exit(0));
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => app.quit());
}
