/** The window's first line: which extension, how it stands, what others are told, and the switch that turns calls away. */
import { KeyRound, LockKeyhole, LockKeyholeOpen } from 'lucide-react';
import { useState } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { en } from '../../i18n/en.ts';
import { defaultAccount } from '../../store/default-account.ts';
import { usePhone, useView } from '../../store/desk.ts';
import { Icon } from '../../ui/icon.tsx';
import { useNow } from '../../ui/use-now.ts';
import type { Secrecy } from '../call/secrecy.ts';
import { DoNotDisturb } from './do-not-disturb.tsx';
import { headerLine } from './header-line.ts';
import { tellsPresence } from './person-words.ts';
import { PresenceButton, PresencePanel } from './presence.tsx';
import { RegistrationLight } from './registration-light.tsx';
import './status.css';

const locks = { encrypted: LockKeyhole, 'keys-in-clear': KeyRound, plain: LockKeyholeOpen } as const;

export function StatusHeader() {
  const link = useView((view) => view.link);
  const account = usePhone(defaultAccount);
  const now = useNow(1_000);
  const { light, lightWords, words, forwarded, secrecy, meaning } = usePhone(
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
          title={meaning || (account?.registration.error?.message ?? words)}
        >
          {secrecy !== null && <Lock secrecy={secrecy} />}
          {words}
          {meaning !== '' && <span className="unseen">. {meaning}</span>}
        </span>
        {tells && <PresenceButton open={presenceOpen} onPress={() => setPresenceOpen(!presenceOpen)} />}
        <DoNotDisturb />
      </header>
      {tells && presenceOpen && <PresencePanel onClose={() => setPresenceOpen(false)} />}
    </>
  );
}

const Lock = ({ secrecy }: { secrecy: Secrecy }) => (
  <span className={`status-lock secrecy-${secrecy}`}>
    <Icon of={locks[secrecy]} size={14} />
  </span>
);
