/**
 * An incoming call while the person works elsewhere: a small window of its own in the corner of the screen. It never takes the
 * keyboard from another program, and it goes when nothing rings any more or when the phone's own window is looked at.
 */
import { BrowserWindow, type Rectangle, nativeTheme, screen } from 'electron';
import type { PhoneSnapshot } from '../../contract/snapshot.ts';
import { appOrigin } from '../security/trusted-page.ts';
import { pageBackground, pagePreferences } from './page-preferences.ts';
import { isAnswered, ringingCalls, wantsIncomingWindow } from './ringing-calls.ts';
import type { PhoneWindow } from './window.ts';

const size = { width: 400, height: 172 };
const marginPixels = 16;

export interface IncomingWindow {
  /** The small window while it stands. */
  readonly browserWindow: BrowserWindow | null;
  follow(snapshot: PhoneSnapshot): void;
  /** Closes it for good. Idempotent. */
  close(): void;
}

/** Watches snapshots for calls that ring. `phone` is the window that comes forward once one is answered. */
export function createIncomingWindow(phone: PhoneWindow): IncomingWindow {
  let small: BrowserWindow | null = null;
  let ringing: readonly string[] = [];
  let waved = new Set<string>();
  let over = false;

  const close = () => {
    const closing = small;
    small = null;
    closing?.destroy();
  };
  const open = () => {
    const opened = openSmallWindow();
    small = opened;
    phone.browserWindow.flashFrame(true);
    // Closed by the person: these calls ring on, but no longer here.
    opened.on('closed', () => {
      if (small !== opened) return;
      small = null;
      waved = new Set(ringing);
    });
  };
  const update = () => {
    const wanted =
      !over && wantsIncomingWindow(ringing, { phoneFocused: phone.browserWindow.isFocused(), waved });
    if (wanted && small === null) open();
    if (!wanted) close();
  };
  phone.browserWindow.on('focus', update);
  phone.browserWindow.on('blur', update);

  return {
    get browserWindow() {
      return small;
    },
    follow: (snapshot) => {
      const rang = new Set(ringing);
      ringing = ringingCalls(snapshot).map(({ id }) => id);
      waved = new Set(ringing.filter((id) => waved.has(id)));
      // Answered there, the call goes on in the phone's own window.
      if (small !== null && isAnswered(snapshot, rang)) {
        if (small.isFocused()) phone.show();
        else phone.present();
      }
      update();
    },
    close: () => {
      over = true;
      close();
    },
  };
}

function openSmallWindow(): BrowserWindow {
  const browserWindow = new BrowserWindow({
    ...size,
    ...cornerOf(screen.getDisplayNearestPoint(screen.getCursorScreenPoint()).workArea),
    title: 'Incoming call',
    backgroundColor: pageBackground(nativeTheme.shouldUseDarkColors),
    frame: false,
    resizable: false,
    minimizable: false,
    maximizable: false,
    fullscreenable: false,
    skipTaskbar: true,
    alwaysOnTop: true,
    acceptFirstMouse: true,
    show: false,
    webPreferences: pagePreferences,
  });
  browserWindow.setAlwaysOnTop(true, 'pop-up-menu');
  browserWindow.setVisibleOnAllWorkspaces(true, {
    visibleOnFullScreen: true,
    skipTransformProcessType: true,
  });
  browserWindow.once('ready-to-show', () => browserWindow.showInactive());
  void browserWindow.loadURL(`${appOrigin}/index.html#incoming`);
  return browserWindow;
}

/** Where notifications are looked for: top right on macOS, bottom right elsewhere. */
function cornerOf(area: Rectangle): { x: number; y: number } {
  const x = area.x + area.width - size.width - marginPixels;
  const top = area.y + marginPixels;
  return { x, y: process.platform === 'darwin' ? top : area.y + area.height - size.height - marginPixels };
}
