/** Where a ringing call goes instead: the mailbox, or a number. */
import { useState } from 'react';
import { Voicemail } from 'lucide-react';
import type { CallSnapshot } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import { useActions, usePhone } from '../../store/desk.ts';
import { Icon } from '../../ui/icon.tsx';
import { plainNumber } from '../keypad/key-letters.ts';
import { mailboxOf } from './mailbox-number.ts';

interface DeflectProps {
  call: CallSnapshot;
  /** It was opened by hand and takes the keyboard until it is closed; without it, it always stands. */
  onClose?: () => void;
}

export function Deflect({ call, onClose }: DeflectProps) {
  const user = usePhone(({ accounts }) => accounts.find(({ id }) => id === call.accountId)?.user);
  const { deflect } = useActions();
  const [text, setText] = useState('');
  const target = plainNumber(text) ?? (text.includes('@') ? text.trim() : '');
  return (
    <form
      className="deflect"
      aria-label={en.incoming.elsewhere}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || onClose === undefined) return;
        event.preventDefault();
        onClose();
      }}
      onSubmit={(event) => {
        event.preventDefault();
        if (target !== '') void deflect(call.id, target);
      }}
    >
      {user !== undefined && (
        <button type="button" className="button" onClick={() => void deflect(call.id, mailboxOf(user))}>
          <Icon of={Voicemail} size={18} />
          {en.incoming.voicemail}
        </button>
      )}
      <input
        value={text}
        aria-label={en.incoming.to}
        placeholder={en.incoming.number}
        autoComplete="off"
        autoFocus={onClose !== undefined}
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit" className="button button-strong" disabled={target === ''}>
        {en.incoming.send}
      </button>
    </form>
  );
}
