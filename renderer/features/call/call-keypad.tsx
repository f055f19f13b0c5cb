/** The keypad over a call: every key goes to the far side, what was sent stands above, and how, where it is not the usual way. */
import type { CallSnapshot } from '../../../contract/snapshot.ts';
import { en } from '../../i18n/en.ts';
import { useActions } from '../../store/desk.ts';
import { Dialpad } from '../keypad/dialpad.tsx';
import { showNumber } from '../people/party.ts';

export function CallKeypad({ call }: { call: CallSnapshot }) {
  const { digits } = useActions();
  const open = call.dtmfMethod !== 'none';
  const sentAs = en.call.sentAs[call.dtmfMethod];
  return (
    <div className="call-keypad">
      <output className="call-digits" aria-label={en.call.sent}>
        {open ? showNumber(call.digits) : en.call.noKeys}
      </output>
      {sentAs !== '' && <p className="call-sent-as">{sentAs}</p>}
      <Dialpad plus={false} disabled={!open} onKey={(digit) => void digits(call.id, digit)} />
    </div>
  );
}
