/**
 * The window's first line: which extension, and how it stands, in words: the network while it changes, in a call whether the
 * sound is encrypted, else whether the extension can be reached. Beside it the switch that turns calls away.
 */
import { en } from '../../i18n/en.ts';
import { currentCall } from '../../store/calls.ts';
import { defaultAccount } from '../../store/default-account.ts';
import { usePhone, useView } from '../../store/desk.ts';
import { useNow } from '../../ui/use-now.ts';
import { DoNotDisturb } from './do-not-disturb.tsx';
import { networkWords } from './network-words.ts';
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
  const away = usePhone(({ settings }) => settings.calls.do_not_disturb) && state === 'registered';
  const beside = away ? en.doNotDisturb.name : words;
  const shown = network ?? (secure === null ? beside : secure ? en.call.secure : en.call.plain);
  return (
    <header className="status-header">
      <RegistrationLight state={state} words={words} />
      <span className="status-account">
        {account === undefined ? en.productName : `${account.user} · ${account.label || account.server}`}
      </span>
      <span className="status-words" title={account?.registration.error?.message ?? words}>
        {shown}
      </span>
      <DoNotDisturb />
    </header>
  );
}
