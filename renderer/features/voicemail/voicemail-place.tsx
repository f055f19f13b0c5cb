/** The mailbox lives at the PBX: one button calls it. */
import { Phone, Voicemail } from 'lucide-react';
import { en } from '../../i18n/en.ts';
import { activeCalls } from '../../store/calls.ts';
import { defaultAccount } from '../../store/default-account.ts';
import { useActions, usePhone, useView } from '../../store/desk.ts';
import { Icon } from '../../ui/icon.tsx';
import './voicemail.css';

const mailboxCode = '*97';

export function VoicemailPlace() {
  const { dial } = useActions();
  const practice = usePhone((snapshot) => defaultAccount(snapshot)?.kind === 'practice');
  const busy = usePhone(({ calls }) => activeCalls(calls).length > 0);
  const dialling = useView((view) => view.dialling !== '');
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
      <button
        type="button"
        className="button button-go"
        disabled={busy || dialling}
        onClick={() => void dial(mailboxCode, en.voicemail.title)}
      >
        <Icon of={Phone} />
        {en.voicemail.call}
      </button>
    </div>
  );
}
