/** The window's beginning: finds its shell, opens the desk and draws. */
import './schema-config.ts';
import 'core-js/actual/array/to-sorted.js';
import '@fontsource-variable/inter/index.css';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { browserShell } from './shell/browser.ts';
import { desktopShell } from './shell/desktop.ts';
import { DeskProvider, openDesk } from './store/desk.ts';

const place = document.getElementById('root');
if (place === null) throw new Error('index.html has no #root');
const desk = openDesk(window.sidetone === undefined ? browserShell() : desktopShell(window.sidetone));
createRoot(place).render(
  <DeskProvider value={desk}>
    <App />
  </DeskProvider>,
);
