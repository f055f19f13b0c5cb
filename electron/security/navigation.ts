/** The window shows our page and nothing else: no navigation, no new windows, no web views. */
import { type App, shell } from 'electron';
import { isAppUrl } from './trusted-page.ts';
import { isWebLink } from './web-link.ts';

/** Holds for every WebContents there will ever be. A link to the web opens in the person's browser. */
export function setupNavigation(app: App): void {
  app.on('web-contents-created', (_created, contents) => {
    contents.on('will-navigate', (event, url) => {
      if (!isAppUrl(url)) event.preventDefault();
    });
    contents.on('will-redirect', (event) => event.preventDefault());
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(({ url }) => {
      if (isWebLink(url)) void shell.openExternal(url);
      return { action: 'deny' };
    });
  });
}
