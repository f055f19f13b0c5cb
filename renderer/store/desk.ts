/** Everything behind the window, put together: the shell, the view, the sound and what a person can do. */
import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { PhoneSnapshot } from '../../contract/snapshot.ts';
import type { Shell } from '../shell/shell.ts';
import { phoneActions, type PhoneActions } from './phone-actions.ts';
import { feedPhoneView } from './phone-feed.ts';
import { soundElsewhere, tieSound } from './phone-sound.ts';
import { createPhoneView, type PhoneView, type PhoneViewStore } from './phone-view.ts';

export interface Desk {
  shell: Shell;
  view: PhoneViewStore;
  actions: PhoneActions;
  close(): void;
}

export function openDesk(shell: Shell): Desk {
  const view = createPhoneView({
    recentsSeenAt: Date.now(),
    textsRead: { since: Date.now(), threads: {} },
  });
  const sound = tieSound(shell, view);
  const actions = phoneActions(shell, view, sound);
  const ends = [
    feedPhoneView(shell, view, Date.now),
    shell.onDialRequest((target) => {
      view.setState({ target, place: 'keypad', folded: true });
    }),
  ];
  return {
    shell,
    view,
    actions,
    close: () => {
      ends.forEach((end) => end());
      sound.close();
    },
  };
}

/** Behind the small window of incoming calls: the phone's own window has the sound, and dials what the system hands over. */
export function openIncomingDesk(shell: Shell): Desk {
  const view = createPhoneView();
  return {
    shell,
    view,
    actions: phoneActions(shell, view, soundElsewhere),
    close: feedPhoneView(shell, view, Date.now),
  };
}

const DeskContext = createContext<Desk | null>(null);
export const DeskProvider = DeskContext.Provider;

export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (desk === null) throw new Error('a view stands outside of the desk');
  return desk;
}

export const useActions = (): PhoneActions => useDesk().actions;

/** A part of the view; a component draws again only when this part changes. */
export function useView<T>(part: (view: PhoneView) => T): T {
  return useStore(useDesk().view, part);
}

/** A part of the phone's snapshot, for components that stand only where there is one. */
export function usePhone<T>(part: (snapshot: PhoneSnapshot) => T): T {
  return useView(({ snapshot }) => {
    if (snapshot === null) throw new Error('the phone has not shown itself yet');
    return part(snapshot);
  });
}
