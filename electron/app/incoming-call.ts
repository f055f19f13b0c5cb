/** An incoming call while the person works elsewhere: the window comes forward without the keyboard, and the system tells it. */
import { Notification } from 'electron';
import type { PhoneSnapshot } from '../../contract/snapshot.ts';
import { newRingingCalls } from './ringing-calls.ts';
import type { PhoneWindow } from './window.ts';

/** Watches snapshots for calls that begin to ring. */
export function createIncomingCallNotice(window: PhoneWindow): (snapshot: PhoneSnapshot) => void {
  const known = new Set<string>();
  const notifications = new Map<string, Notification>();
  return (snapshot) => {
    for (const call of newRingingCalls(snapshot, known)) {
      known.add(call.id);
      const wasFocused = window.browserWindow.isFocused();
      window.present();
      if (wasFocused || !Notification.isSupported()) continue;
      const { name, number } = call.remote;
      const notification = new Notification({
        title: name === '' ? number : name,
        body: name === '' ? 'calls you' : `${number} calls you`,
        // The page rings.
        silent: true,
      });
      notification.on('click', () => window.show());
      notification.show();
      notifications.set(call.id, notification);
    }
    for (const id of known) {
      if (snapshot.calls.some((call) => call.id === id && call.state === 'ringing')) continue;
      notifications.get(id)?.close();
      notifications.delete(id);
      known.delete(id);
    }
  };
}
