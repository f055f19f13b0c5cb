/** Carries key presses of the whole window to what they mean. */
import { useEffect } from 'react';
import { flushSync } from 'react-dom';
import { assertNever } from '../../contract/assert-never.ts';
import { numberFieldId, peopleFieldId } from '../ui/field-ids.ts';
import { incomingCall } from '../store/calls.ts';
import { isConference, isConnected, isHeldHere, shownConversation } from '../store/conversations.ts';
import { useDesk, type Desk } from '../store/desk.ts';
import { meaningOf, type KeyMeaning, type KeyPress } from './shortcut.ts';

/** How long the second Escape may take. */
const escapeAgainMs = 2_500;

/** `wide`: the call has a pane of its own and is always in view. */
export function useShortcuts(wide: boolean): void {
  const desk = useDesk();
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      const { snapshot, folded, chosenCall, callPanel } = desk.view.getState();
      if (snapshot === null) return;
      const meaning = meaningOf(
        {
          key: event.key,
          command: event.ctrlKey || event.metaKey,
          alt: event.altKey,
          focus: focusOf(event.target),
        },
        {
          sheet: document.querySelector('dialog[open]') !== null,
          incoming: incomingCall(snapshot.calls) !== undefined,
          call: shownConversation(snapshot.calls, chosenCall) !== undefined,
          callInView: wide || !folded,
          transferring: callPanel === 'transfer',
          singleKeys: snapshot.settings.interface.single_key_shortcuts,
        },
      );
      if (meaning === null) return;
      event.preventDefault();
      act(desk, meaning);
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [desk, wide]);
}

function focusOf(target: EventTarget | null): KeyPress['focus'] {
  if (!(target instanceof Element)) return 'none';
  if (target.id === numberFieldId) return 'number-field';
  if (target.matches('input[type="range"], input[type="checkbox"], button, summary, a')) return 'control';
  return target.matches('input, select, textarea') ? 'other-field' : 'none';
}

function act({ view, actions }: Desk, meaning: KeyMeaning): void {
  const { snapshot, chosenCall } = view.getState();
  const calls = snapshot?.calls ?? [];
  const incoming = incomingCall(calls);
  const shown = shownConversation(calls, chosenCall);
  const callIds = shown?.calls.map(({ id }) => id) ?? [];
  switch (meaning.do) {
    case 'find-people':
      flushSync(() => {
        view.setState({ folded: true });
        actions.go('people');
      });
      return focusField(peopleFieldId);
    case 'answer':
      return incoming && void actions.answer(incoming.id);
    case 'escape-reject':
      return incoming && second(view, incoming.id, () => void actions.reject(incoming.id));
    case 'escape-hang-up':
      return shown && second(view, shown.calls[0].id, () => void actions.hangUp(...callIds));
    case 'mute':
      return void actions.mute(!shown?.calls.every(({ muted }) => muted), ...callIds);
    case 'hold':
      if (shown === undefined || !isConnected(shown)) return;
      if (isHeldHere(shown)) return void actions.resume(shown.calls[0].id);
      return void actions.hold(shown.calls[0].id);
    case 'transfer':
      if (shown === undefined || !isConnected(shown) || isConference(shown)) return;
      return view.setState({ callPanel: 'transfer' });
    case 'close-transfer':
      return view.setState({ callPanel: null });
    case 'digit':
      if (shown === undefined || isConference(shown)) return;
      return void actions.digits(shown.calls[0].id, meaning.digit);
    case 'type':
      // Drawn at once: the next key is written where the first one stands, however soon it comes.
      flushSync(() => {
        actions.go('keypad');
        view.setState({ target: meaning.text });
      });
      return focusField(numberFieldId, meaning.text.length);
    default:
      return assertNever(meaning);
  }
}

/** The first press arms, the second one acts. */
function second(view: Desk['view'], callId: string, doIt: () => void): void {
  if (view.getState().escapeArmedFor === callId) {
    view.setState({ escapeArmedFor: null });
    return doIt();
  }
  view.setState({ escapeArmedFor: callId });
  setTimeout(() => {
    if (view.getState().escapeArmedFor === callId) view.setState({ escapeArmedFor: null });
  }, escapeAgainMs);
}

/** Focuses a field that stands already, with the caret at the given place. */
function focusField(id: string, caret?: number): void {
  const field = document.getElementById(id);
  if (!(field instanceof HTMLInputElement)) return;
  field.focus();
  if (caret !== undefined) field.setSelectionRange(caret, caret);
}
