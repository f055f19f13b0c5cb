/** The end: calls get their BYE and accounts are unregistered before the app is gone, within the engine's bound. */
import type { App } from 'electron';
import type { Engine } from './engine.ts';

/** Holds each way out (menu, last window, signal, log-off) until the engine has closed. */
export function setupOrderlyQuit(app: App, engine: Engine): void {
  let closed = false;
  app.on('will-quit', (event) => {
    if (closed) return;
    event.preventDefault();
    void engine.close().finally(() => {
      closed = true;
      app.quit();
    });
  });
  app.on('window-all-closed', () => app.quit());
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => app.quit());
}
