/** The phone's window: 380 × 620 like a phone, two panes when somebody makes it wide, back where it was left. */
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { BrowserWindow, type Rectangle, screen } from 'electron';
import Store from 'electron-store';
import { appOrigin } from '../security/trusted-page.ts';
import { pageBackground, pagePreferences } from './page-preferences.ts';
import { restartDelay } from './restart-delay.ts';

const initialSize = { width: 380, height: 620 };
const smallestSize = { width: 340, height: 560 };
/** A window that is dragged moves many times a second; only where it comes to rest is kept. */
const settleMs = 400;

export interface PhoneWindow {
  readonly browserWindow: BrowserWindow;
  /** To the front, with the keyboard: the person asked for it. */
  show(): void;
  /** Visible without taking the keyboard from another program: the phone asks for attention. */
  present(): void;
}

export interface WindowOptions {
  /** Where the window's bounds are kept. */
  configFolder: string;
  dark: boolean;
  /** Starts in the tray: at login, nobody has asked for the window. */
  hidden: boolean;
  /** The person closes the window: the app hides it or ends. It is never destroyed by that alone. */
  onClose: () => void;
}

/** Opens the window on the renderer's page. */
export function openPhoneWindow({ configFolder, dark, hidden, onClose }: WindowOptions): PhoneWindow {
  const store = new Store<{ bounds?: Rectangle }>({
    cwd: configFolder,
    name: 'window',
    clearInvalidConfig: true,
  });
  const browserWindow = new BrowserWindow({
    ...initialSize,
    ...onScreen(store.get('bounds')),
    minWidth: smallestSize.width,
    minHeight: smallestSize.height,
    title: 'Sidetone',
    icon: join(__dirname, '../resources/tray/app.png'),
    backgroundColor: pageBackground(dark),
    autoHideMenuBar: true,
    show: false,
    webPreferences: pagePreferences,
  });
  const phoneWindow: PhoneWindow = {
    browserWindow,
    show: () => {
      if (browserWindow.isMinimized()) browserWindow.restore();
      browserWindow.show();
      browserWindow.focus();
    },
    present: () => {
      if (!browserWindow.isVisible() || browserWindow.isMinimized()) browserWindow.showInactive();
      if (!browserWindow.isFocused()) browserWindow.flashFrame(true);
    },
  };
  browserWindow.on('focus', () => browserWindow.flashFrame(false));
  browserWindow.on('close', (event) => {
    event.preventDefault();
    onClose();
  });
  keepBounds(browserWindow, (bounds) => store.set('bounds', bounds));
  if (!hidden) browserWindow.once('ready-to-show', () => browserWindow.show());
  const loadPage = () => void browserWindow.loadURL(`${appOrigin}/index.html`);
  reloadAfterCrash(browserWindow, loadPage);
  loadPage();
  return phoneWindow;
}

/** The page is only a view: when its process dies, calls go on in the engine and the page comes back to them. */
function reloadAfterCrash(browserWindow: BrowserWindow, loadPage: () => void): void {
  let failures = 0;
  let loadedAt = performance.now();
  browserWindow.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit') return;
    const next = restartDelay(failures, performance.now() - loadedAt);
    failures = next.failures;
    setTimeout(() => {
      if (browserWindow.isDestroyed()) return;
      loadedAt = performance.now();
      loadPage();
    }, next.delayMs);
  });
}

/** Tells the window's bounds once it rests after being moved or resized. */
function keepBounds(browserWindow: BrowserWindow, keep: (bounds: Rectangle) => void): void {
  let settling: NodeJS.Timeout | undefined;
  const settle = () => {
    clearTimeout(settling);
    settling = setTimeout(() => {
      if (!browserWindow.isDestroyed() && !browserWindow.isFullScreen())
        keep(browserWindow.getNormalBounds());
    }, settleMs);
  };
  browserWindow.on('resize', settle);
  browserWindow.on('move', settle);
}

/** Bounds that can still be seen: a screen that has been unplugged leaves the size, not the place. */
function onScreen(bounds: Rectangle | undefined): Partial<Rectangle> {
  if (bounds === undefined) return {};
  const { width, height } = bounds;
  const seen = screen.getAllDisplays().some(({ workArea }) => {
    const right = Math.min(bounds.x + width, workArea.x + workArea.width);
    const bottom = Math.min(bounds.y + height, workArea.y + workArea.height);
    return right - Math.max(bounds.x, workArea.x) >= 100 && bottom - Math.max(bounds.y, workArea.y) >= 60;
  });
  return seen ? bounds : { width, height };
}
