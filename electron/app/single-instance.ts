/** One phone per person: a second start hands over what it was asked to dial and leaves. */
import type { App } from 'electron';
import { findDialLink, parseDialLink } from './dial-link.ts';

/** False when another Sidetone already runs; this one must then quit. `onOpen` gets the link to dial, or null. */
export function setupSingleInstance(app: App, onOpen: (target: string | null) => void): boolean {
  if (!app.requestSingleInstanceLock()) return false;
  app.on('second-instance', (_event, programArguments) => onOpen(findDialLink(programArguments)));
  // macOS hands links over as an event, also at the first start.
  app.on('open-url', (event, url) => {
    event.preventDefault();
    onOpen(parseDialLink(url));
  });
  return true;
}
