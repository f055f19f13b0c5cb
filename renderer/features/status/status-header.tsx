/** The window's first line: which extension, and whether it can be reached, in words; in a call, whether the sound is encrypted. */
import { en } from '../../i18n/en.ts';
import { shownCall } from '../../store/calls.ts';
import { defaultAccount } from '../../store/default-account.ts';
import { usePhone, useView } from '../../store/desk.ts';
import { RegistrationLight } from './registration-light.tsx';
import './status.css';
import { registrationWord } from './status-sentence.ts';

export function StatusHeader() {
  const link = useView((view) => view.link);
  const account = usePhone(defaultAccount);
  const secure = usePhone(({ calls }) => {
    const audio = shownCall(calls)?.media.find(({ kind }) => kind === 'audio');
    return audio === undefined ? null : audio.secure;
  });
  const state = link === 'open' ? (account?.registration.state ?? 'off') : 'registering';
  const words =
    link !== 'open'
      ? en.link.connecting
      : account === undefined
        ? en.registration.none
        : registrationWord(account.registration.state, account.registration.reason);
  const shown = secure === null ? words : secure ? en.call.secure : en.call.plain;
  return (
    <header className="status-header">
      <RegistrationLight state={state} words={words} />
      <span className="status-account">
        {account === undefined ? en.productName : `${account.user} · ${account.label || account.server}`}
      </span>
      <span className="status-words" title={account?.registration.error?.message ?? words}>
        {shown}
      </span>
    </header>
  );
}
