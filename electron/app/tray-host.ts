/**
 * Whether the desktop shows tray icons at all. Windows and macOS always do. On Linux Electron puts an icon out even where
 * nothing shows it, so the session bus is asked for the one that would (freedesktop.org StatusNotifierItem).
 */
import { execFile } from 'node:child_process';

const askLimitMs = 1_000;
const watcherName = 'org.kde.StatusNotifierWatcher';

/** Never rejects; unsure means no, because a window that hides nowhere is lost. */
export function hasTrayHost(): Promise<boolean> {
  if (process.platform !== 'linux') return Promise.resolve(true);
  if (process.env['DBUS_SESSION_BUS_ADDRESS'] === undefined) return Promise.resolve(false);
  const question = [
    ...['call', '--session', '--dest', 'org.freedesktop.DBus', '--object-path', '/org/freedesktop/DBus'],
    ...['--method', 'org.freedesktop.DBus.NameHasOwner', watcherName],
  ];
  return new Promise((resolve) => {
    execFile('gdbus', question, { timeout: askLimitMs }, (error, stdout) => {
      resolve(error === null && stdout.includes('true'));
    });
  });
}
