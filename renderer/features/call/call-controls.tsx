/** Mute, hold (its place) and the keypad. */
import { Grid3x3, Mic, MicOff, Pause, type LucideIcon } from 'lucide-react';
import type { CallSnapshot } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import { useActions, useDesk, useView } from '../../store/desk.ts';
import { Icon } from '../../ui/icon.tsx';

export function CallControls({ call }: { call: CallSnapshot }) {
  const { view } = useDesk();
  const { mute } = useActions();
  const keypad = useView((state) => state.callKeypad);
  return (
    <div className="call-controls">
      <Control
        icon={call.muted ? MicOff : Mic}
        word={call.muted ? en.call.muted : en.call.mute}
        shortcut="M"
        pressed={call.muted}
        onClick={() => void mute(call.id, !call.muted)}
      />
      <Control icon={Pause} word={en.call.hold} unavailable={en.call.holdLater} />
      <Control
        icon={Grid3x3}
        word={keypad ? en.call.hideKeypad : en.call.keypad}
        pressed={keypad}
        onClick={() => view.setState({ callKeypad: !keypad })}
      />
    </div>
  );
}

interface ControlProps {
  icon: LucideIcon;
  word: string;
  shortcut?: string;
  pressed?: boolean;
  /** Why it cannot be used; it can still be reached, so that the reason can be read. */
  unavailable?: string;
  onClick?: () => void;
}

function Control({ icon, word, shortcut, pressed, unavailable, onClick }: ControlProps) {
  return (
    <button
      type="button"
      className="call-control"
      aria-pressed={pressed}
      aria-disabled={unavailable !== undefined}
      aria-description={unavailable}
      aria-keyshortcuts={shortcut}
      title={unavailable ?? (shortcut === undefined ? word : `${word} (${shortcut})`)}
      onClick={onClick}
    >
      <Icon of={icon} />
      <span>{word}</span>
    </button>
  );
}
