/**
 * THE DESKTOP SHELL, in the order in which it comes to life. Each line is one thing of the app, in a file of its own; the
 * telephone itself runs in other processes (app/engine.ts).
 */
import { join } from 'node:path';
import { Menu, app, ipcMain, nativeTheme, powerMonitor, session, shell } from 'electron';
import { folders } from '../host/folders.ts';
import { createDialRequests } from './app/dial-requests.ts';
import { findDialLink } from './app/dial-link.ts';
import { Engine } from './app/engine.ts';
import { type IncomingWindow, createIncomingWindow } from './app/incoming-window.ts';
import { microphoneAccess } from './app/microphone.ts';
import { setupPageProtocol, setupPageScheme } from './app/page-protocol.ts';
import { setupOrderlyQuit } from './app/quit.ts';
import { showRecording } from './app/show-recording.ts';
import { setupSingleInstance } from './app/single-instance.ts';
import { type PhoneTray, openTray } from './app/tray.ts';
import { hasTrayHost } from './app/tray-host.ts';
import { setupWaking } from './app/waking.ts';
import { type PhoneWindow, openPhoneWindow } from './app/window.ts';
import { bindContract, forwardEvents } from './ipc/bind.ts';
import { channels } from './ipc/channels.ts';
import { setupNavigation } from './security/navigation.ts';
import { setupPermissions } from './security/permissions.ts';

const places = folders();
let phoneWindow: PhoneWindow | null = null;
let incomingWindow: IncomingWindow | null = null;
let tray: PhoneTray | null = null;

const page = () => phoneWindow?.browserWindow.webContents ?? null;
const dialRequests = createDialRequests((target) => page()?.send(channels.dial, target));

/** A second start, a link or the tray: the person wants the phone. */
function open(target: string | null): void {
  if (target !== null) dialRequests.add(target);
  phoneWindow?.show();
}

/** A home of its own (tests, portable use) also keeps Chromium's data and the single-instance lock to itself. */
function setupUserFolder(): void {
  if (process.env['SIDETONE_HOME'] !== undefined) app.setPath('userData', join(places.config, 'chromium'));
}

async function start(): Promise<void> {
  await app.whenReady();
  Menu.setApplicationMenu(process.platform === 'darwin' ? Menu.getApplicationMenu() : null);
  setupPermissions(session.defaultSession);
  setupPageProtocol(session.defaultSession);

  const engine = new Engine();
  engine.start();
  setupWaking(powerMonitor, engine);
  setupOrderlyQuit(app, engine, () => {
    phoneWindow?.browserWindow.hide();
    incomingWindow?.close();
  });
  bindContract(ipcMain, {
    engine,
    microphoneAccess,
    showRecording: (historyId) => showRecording(engine, (file) => shell.showItemInFolder(file), historyId),
    onDialReady: () => dialRequests.ready(),
  });

  const window = openPhoneWindow({
    configFolder: places.config,
    dark: nativeTheme.shouldUseDarkColors,
    hidden: process.argv.includes('--hidden'),
    // Without a tray there would be no way back to a hidden window: closing it then ends the phone.
    onClose: () => (tray === null ? app.quit() : window.browserWindow.hide()),
  });
  phoneWindow = window;
  forwardEvents(engine, page);
  const incoming = createIncomingWindow(window);
  incomingWindow = incoming;
  forwardEvents(engine, () => incoming.browserWindow?.webContents ?? null);
  engine.onEvent((event) => {
    if (event.name !== 'snapshot') return;
    tray?.show(event.data);
    incoming.follow(event.data);
  });
  window.browserWindow.on('focus', () => tray?.markSeen());

  const link = findDialLink(process.argv);
  if (link !== null) dialRequests.add(link);
  app.on('activate', () => open(null));

  if (await hasTrayHost()) tray = openTray({ open: () => open(null), quit: () => app.quit() });
}

setupUserFolder();
setupPageScheme();
setupNavigation(app);
if (setupSingleInstance(app, open)) void start();
else app.quit();
