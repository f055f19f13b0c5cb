/** The phone in the system's tray: how it stands at a glance, and the way back to its window. */
import { join } from 'node:path';
import { Menu, Tray } from 'electron';
import type { PhoneSnapshot } from '../../contract/snapshot.ts';
import { type TrayIcon, trayWords } from './tray-words.ts';

export interface PhoneTray {
  show(snapshot: PhoneSnapshot | null): void;
  /** The person looks at the window now: missed calls are seen. */
  markSeen(): void;
  destroy(): void;
}

/** Puts the phone into the tray. Throws where the system refuses. */
export function openTray(actions: { open: () => void; quit: () => void }): PhoneTray {
  const tray = new Tray(iconFile('trouble'));
  let snapshot: PhoneSnapshot | null = null;
  let seenAt = Date.now();
  let shown = '';

  const draw = () => {
    const words = trayWords(snapshot, seenAt);
    const key = JSON.stringify(words);
    if (key === shown) return;
    shown = key;
    tray.setImage(iconFile(words.icon));
    tray.setToolTip(words.tooltip);
    tray.setContextMenu(
      Menu.buildFromTemplate([
        { label: 'Open Sidetone', click: actions.open },
        { type: 'separator' },
        ...words.accounts.map((label) => ({ label, enabled: false })),
        ...(words.missed === null ? [] : [{ label: words.missed, click: actions.open }]),
        { type: 'separator' },
        { label: 'Quit', click: actions.quit },
      ]),
    );
  };
  tray.on('click', actions.open);
  draw();
  return {
    show: (next) => {
      snapshot = next;
      draw();
    },
    markSeen: () => {
      seenAt = Date.now();
      draw();
    },
    destroy: () => tray.destroy(),
  };
}

/** macOS tints template images by itself; elsewhere shape and colour both tell the state. */
function iconFile(icon: TrayIcon): string {
  const suffix = process.platform === 'darwin' ? 'Template' : '';
  return join(__dirname, '../resources/tray', `${icon}${suffix}.png`);
}
