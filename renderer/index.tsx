/** A window's beginning: finds its shell, opens the desk and draws: the phone, or at `#incoming` the calls that ring alone. */
import './schema-config.ts';
import 'core-js/actual/array/to-sorted.js';
import '@fontsource-variable/inter/index.css';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { IncomingWindow } from './features/incoming/incoming-window.tsx';
import { browserShell } from './shell/browser.ts';
import { desktopShell } from './shell/desktop.ts';
import { DeskProvider, openDesk, openIncomingDesk } from './store/desk.ts';

const place = document.getElementById('root');
if (place === null) throw new Error('index.html has no #root');
const isIncoming = window.location.hash === '#incoming' && window.sidetone !== undefined;
const shell = window.sidetone === undefined ? browserShell() : desktopShell(window.sidetone);
createRoot(place).render(
  <DeskProvider value={isIncoming ? openIncomingDesk(shell) : openDesk(shell)}>
    {isIncoming ? <IncomingWindow /> : <App />}
  </DeskProvider>,
);
