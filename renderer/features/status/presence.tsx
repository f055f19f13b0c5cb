/** What others see of this person: a button in the header, and under the header the states and a note. */
import { CircleCheck, CircleMinus, CircleOff, Clock, type LucideIcon } from 'lucide-react';
import { useRef, useState } from 'react';
import type { PresenceState } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import { useActions, usePhone } from '../../store/desk.ts';
import { Icon } from '../../ui/icon.tsx';

const icons: Readonly<Record<PresenceState, LucideIcon>> = {
  available: CircleCheck,
  away: Clock,
  busy: CircleMinus,
  offline: CircleOff,
};
const choices = ['available', 'away', 'busy'] as const;
const panelId = 'presence-panel';
const buttonId = 'presence-button';

interface PresenceButtonProps {
  open: boolean;
  onPress: () => void;
}

export function PresenceButton({ open, onPress }: PresenceButtonProps) {
  const { state } = usePhone((snapshot) => snapshot.presence);
  const name = en.presence.button(en.presence[state]);
  return (
    <button
      id={buttonId}
      type="button"
      className={state === 'available' ? 'status-icon' : 'status-icon status-presence-told'}
      aria-label={name}
      title={name}
      aria-expanded={open}
      aria-controls={panelId}
      onClick={onPress}
    >
      <Icon of={icons[state]} size={18} />
    </button>
  );
}

/** A state counts at once; the note with Enter or when one leaves its field. Escape closes. */
export function PresencePanel({ onClose }: { onClose: () => void }) {
  const { state, note } = usePhone((snapshot) => snapshot.presence);
  const { tellPresence } = useActions();
  const [draft, setDraft] = useState(note);
  const close = () => {
    onClose();
    document.getElementById(buttonId)?.focus();
  };
  const told = useRef({ state, note });
  const tell = (next: PresenceState) => {
    const words = draft.trim();
    if (told.current.state === next && told.current.note === words) return;
    told.current = { state: next, note: words };
    void tellPresence(next, words);
  };
  return (
    <form
      id={panelId}
      className="presence"
      aria-label={en.presence.title}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.preventDefault();
        close();
      }}
      onSubmit={(event) => {
        event.preventDefault();
        tell(state);
        close();
      }}
    >
      <div className="segments" role="group" aria-label={en.presence.title}>
        {choices.map((choice) => (
          <button
            key={choice}
            type="button"
            aria-pressed={state === choice}
            autoFocus={state === choice}
            onClick={() => tell(choice)}
          >
            {en.presence[choice]}
          </button>
        ))}
      </div>
      <div className="presence-note">
        <input
          className="select"
          value={draft}
          maxLength={200}
          aria-label={en.presence.note}
          placeholder={en.presence.noteHint}
          autoComplete="off"
          onChange={(event) => setDraft(event.target.value)}
          onBlur={() => tell(state)}
        />
        <button type="submit" className="button">
          {en.presence.done}
        </button>
      </div>
    </form>
  );
}
