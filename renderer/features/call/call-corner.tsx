/** In the card's corner: its details, and the record key where calls may be recorded. */
import { CircleDot, Info } from 'lucide-react';
import { useState } from 'react';
import type { CallSnapshot } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import { useActions, usePhone } from '../../store/desk.ts';
import { Icon } from '../../ui/icon.tsx';
import { CallDetails } from './call-details.tsx';

export function CallCorner({ call }: { call: CallSnapshot }) {
  const { record } = useActions();
  const allowed = usePhone(({ settings }) => settings.recording.allowed);
  const [open, setOpen] = useState(false);
  if (call.state !== 'connected') return null;
  return (
    <div className="call-corner">
      <button
        type="button"
        className="icon-button"
        aria-label={en.details.title}
        title={en.details.title}
        onClick={() => setOpen(true)}
      >
        <Icon of={Info} />
      </button>
      {allowed && call.recording?.state !== 'recording' && (
        <button
          type="button"
          className="icon-button"
          aria-label={en.recording.record}
          title={en.recording.record}
          onClick={() => void record(call.id, true)}
        >
          <Icon of={CircleDot} />
        </button>
      )}
      {open && <CallDetails call={call} onClose={() => setOpen(false)} />}
    </div>
  );
}
