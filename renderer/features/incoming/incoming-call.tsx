/** An incoming call: a card above everything else, told at once and never taking the focus. */
import { Phone } from 'lucide-react';
import { en } from '../../i18n/en.ts';
import { activeCalls, incomingCall } from '../../store/calls.ts';
import { useActions, usePhone, useView } from '../../store/desk.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { HangUpIcon, Icon } from '../../ui/icon.tsx';
import { partyName, showNumber } from '../people/party.ts';
import './incoming-call.css';

export function IncomingCall() {
  const call = usePhone(({ calls }) => incomingCall(calls));
  const inCall = usePhone(({ calls }) => activeCalls(calls).length > 0);
  const line = usePhone(({ accounts }) =>
    accounts.length > 1 ? (accounts.find(({ id }) => id === call?.accountId)?.label ?? '') : '',
  );
  const armed = useView(({ escapeArmedFor }) => call !== undefined && escapeArmedFor === call.id);
  const { answer, reject } = useActions();
  if (call === undefined) return null;
  const details = [
    call.remote.name === '' ? '' : showNumber(call.remote.number),
    line === '' ? '' : en.incoming.line(line),
  ].filter((detail) => detail !== '');
  const answerName = inCall ? en.incoming.answerAndEnd : en.incoming.answer;
  return (
    <section className="incoming" aria-label={en.incoming.region}>
      <Avatar party={call.remote} size="small" ringing />
      <div className="row-text">
        <p className="incoming-kind">{armed ? en.incoming.rejectAgain : en.incoming.region}</p>
        <p className="row-title incoming-name">{partyName(call.remote)}</p>
        {details.length > 0 && <p className="row-detail">{details.join(' · ')}</p>}
      </div>
      <button
        type="button"
        className="incoming-button incoming-reject"
        aria-label={en.incoming.reject}
        aria-keyshortcuts="Escape"
        title={`${en.incoming.reject} (Esc Esc)`}
        onClick={() => void reject(call.id)}
      >
        <HangUpIcon />
      </button>
      <button
        type="button"
        className="incoming-button incoming-answer"
        aria-label={answerName}
        aria-keyshortcuts="Enter"
        title={`${answerName} (Enter)`}
        onClick={() => void answer(call.id)}
      >
        <Icon of={Phone} />
      </button>
    </section>
  );
}
