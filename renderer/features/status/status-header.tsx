/** The window's first line: which extension, how it stands, what others are told, and the switch that turns calls away. */
import { useState } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { en } from '../../i18n/en.ts';
import { defaultAccount } from '../../store/default-account.ts';
import { usePhone, useView } from '../../store/desk.ts';
import { useNow } from '../../ui/use-now.ts';
import { DoNotDisturb } from './do-not-disturb.tsx';
import { headerLine } from './header-line.ts';
import { tellsPresence } from './person-words.ts';
import { PresenceButton, PresencePanel } from './presence.tsx';
import { RegistrationLight } from './registration-light.tsx';
import './status.css';

export function StatusHeader() {
  const link = useView((view) => view.link);
  const account = usePhone(defaultAccount);
  const now = useNow(1_000);
  const { light, lightWords, words, forwarded } = usePhone(
    useShallow((snapshot) => headerLine(snapshot, link, now)),
  );
  const tells = usePhone(tellsPresence);
  const [presenceOpen, setPresenceOpen] = useState(false);
  return (
    <>
      <header className="status-header">
        <RegistrationLight state={light} words={lightWords} />
        <span className="status-account">
          {account === undefined ? en.productName : `${account.user} · ${account.label || account.server}`}
        </span>
        <span
          className={forwarded ? 'status-words status-forward' : 'status-words'}
          title={account?.registration.error?.message ?? words}
        >
          {words}
        </span>
        {tells && <PresenceButton open={presenceOpen} onPress={() => setPresenceOpen(!presenceOpen)} />}
        <DoNotDisturb />
      </header>
      {tells && presenceOpen && <PresencePanel onClose={() => setPresenceOpen(false)} />}
    </>
  );
}
