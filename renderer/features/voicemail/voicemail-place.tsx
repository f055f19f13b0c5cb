/** The mailbox lives at the PBX: how much waits in it, and one button for each account that calls it. */
import { Phone, Voicemail } from 'lucide-react';
import type { Settings } from '../../../contract/settings.ts';
import type { AccountSnapshot, Mailbox } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import { defaultAccount } from '../../store/default-account.ts';
import { useActions, usePhone, useView } from '../../store/desk.ts';
import { Icon } from '../../ui/icon.tsx';
import './voicemail.css';

/** "2 new messages, 8 old"; null while the PBX has said nothing. */
function mailboxWords(mailbox: Mailbox | null): string | null {
  if (mailbox === null) return null;
  if (mailbox.new > 0 || mailbox.old > 0) return en.voicemail.counts(mailbox.new, mailbox.old);
  return mailbox.waiting ? en.voicemail.waiting : en.voicemail.none;
}

/** The practice account, which no settings hold, has the usual code. */
const voicemailNumber = ({ accounts }: Settings, accountId: string) =>
  accounts.find(({ id }) => id === accountId)?.voicemail_number || '*97';

export function VoicemailPlace() {
  const practice = usePhone((snapshot) => defaultAccount(snapshot)?.kind === 'practice');
  const all = usePhone((snapshot) => snapshot.accounts);
  const real = all.filter(({ kind }) => kind === 'sip');
  const accounts = real.length === 0 ? all : real;
  return (
    <div className="voicemail">
      <div className="empty">
        <span className="voicemail-sign">
          <Icon of={Voicemail} size={34} />
        </span>
        <h1 className="empty-title">{en.voicemail.title}</h1>
        <p>{en.voicemail.text}</p>
        {practice && <p>{en.voicemail.practice}</p>}
      </div>
      <ul className="voicemail-boxes">
        {accounts.map((account) => (
          <Box key={account.id} account={account} alone={accounts.length === 1} />
        ))}
      </ul>
    </div>
  );
}

function Box({ account, alone }: { account: AccountSnapshot; alone: boolean }) {
  const { dial } = useActions();
  const number = usePhone(({ settings }) => voicemailNumber(settings, account.id));
  const dialling = useView((view) => view.dialling !== '');
  const words = mailboxWords(account.mailbox);
  return (
    <li>
      {words !== null && (
        <p
          className={account.mailbox?.waiting === true ? 'voicemail-count voicemail-new' : 'voicemail-count'}
          role="status"
        >
          {alone ? words : `${account.label}: ${words}`}
        </p>
      )}
      <button
        type="button"
        className="button button-go"
        disabled={dialling}
        onClick={() => void dial(number, en.voicemail.title, false, account.id)}
      >
        <Icon of={Phone} />
        {alone ? en.voicemail.call : en.voicemail.callAt(account.label)}
      </button>
    </li>
  );
}
