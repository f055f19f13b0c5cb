/** In the card's corner: its details, and the record key where calls may be recorded. */
import { CircleDot, Info } from 'lucide-react';
import { useState } from 'react';
import type { CallSnapshot } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import { useActions, usePhone } from '../../store/desk.ts';
import { IconButton } from '../../ui/icon-button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { CallDetails } from './call-details.tsx';

export function CallCorner({ call }: { call: CallSnapshot }) {
  const { record } = useActions();
  const allowed = usePhone(({ settings }) => settings.recording.allowed);
  const [open, setOpen] = useState(false);
  if (call.state !== 'connected') return null;
  return (
    <div className="call-corner">
      <IconButton word={en.details.title} onClick={() => setOpen(true)}>
        <Icon of={Info} />
      </IconButton>
      {allowed && call.recording?.state !== 'recording' && (
        <IconButton word={en.recording.record} onClick={() => void record(call.id, true)}>
          <Icon of={CircleDot} />
        </IconButton>
      )}
      {open && <CallDetails call={call} onClose={() => setOpen(false)} />}
    </div>
  );
}
