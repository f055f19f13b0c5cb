/**
 * The window's first line: which extension, and how it stands, in words: the network while it changes, in a call whether the
 * sound is encrypted, else where calls go, what others see, or whether the extension can be reached. Beside it what others are
 * told, and the switch that turns calls away.
 */
import { useState } from 'react';
import { en } from '../../i18n/en.ts';
import { currentCall } from '../../store/calls.ts';
import { defaultAccount } from '../../store/default-account.ts';
import { usePhone, useView } from '../../store/desk.ts';
import { useNow } from '../../ui/use-now.ts';
import { DoNotDisturb } from './do-not-disturb.tsx';
import { networkWords } from './network-words.ts';
import { forwardWords, personWords, tellsPresence } from './person-words.ts';
import { PresenceButton, PresencePanel } from './presence.tsx';
import { RegistrationLight } from './registration-light.tsx';
import './status.css';
import { registrationWord } from './status-sentence.ts';

export function StatusHeader() {
  const link = useView((view) => view.link);
  const account = usePhone(defaultAccount);
  const secure = usePhone(({ calls }) => {
    const audio = currentCall(calls)?.media.find(({ kind }) => kind === 'audio');
    return audio === undefined ? null : audio.secure;
  });
  const state = link === 'open' ? (account?.registration.state ?? 'off') : 'registering';
  const words =
    link !== 'open'
      ? en.link.connecting
      : account === undefined
        ? en.registration.none
        : registrationWord(account.registration.state, account.registration.reason);
  const now = useNow(1_000);
  const network = usePhone((snapshot) => networkWords(snapshot.network, now));
  const person = usePhone(personWords);
  const forward = usePhone(forwardWords);
  const tells = usePhone(tellsPresence);
  const [presenceOpen, setPresenceOpen] = useState(false);
  const beside = state === 'registered' && person !== null ? person : words;
  const shown = network ?? (secure === null ? beside : secure ? en.call.secure : en.call.plain);
  return (
    <>
      <header className="status-header">
        <RegistrationLight state={state} words={words} />
        <span className="status-account">
          {account === undefined ? en.productName : `${account.user} · ${account.label || account.server}`}
        </span>
        <span
          className={forward !== null && shown === forward ? 'status-words status-forward' : 'status-words'}
          title={account?.registration.error?.message ?? shown}
        >
          {shown}
        </span>
        {tells && <PresenceButton open={presenceOpen} onPress={() => setPresenceOpen(!presenceOpen)} />}
        <DoNotDisturb />
      </header>
      {tells && presenceOpen && <PresencePanel onClose={() => setPresenceOpen(false)} />}
    </>
  );
}
